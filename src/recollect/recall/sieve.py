"""What may be found."""

import apsw

from recollect.recall.passage import Filters
from recollect.recall.rows import array, listed
from recollect.recall.tables import ROLES, TURNS
from recollect.recall.traits import Traits, traits


class Sieve:
    """The filters of a query, in the numbers of an index."""

    def __init__(self, db: apsw.Connection, filters: Filters) -> None:
        self._db = db
        self._filters = filters
        self.open = filters == Filters()
        self._blocks: frozenset[int] | None = None
        if filters.sessions is not None:
            self._blocks = frozenset(listed(db, "SELECT id FROM block WHERE session IN (SELECT value FROM json_each(?))", array(filters.sessions)))
        roles = filters.roles
        self._roles = None if roles is None else frozenset(number for number, role in enumerate(ROLES) if role in roles)

    def sources(self, rows: list[int], count: int) -> list[int]:
        """Return the rows whose words count, of rows in order of promise: enough that ``count`` of them may be found.

        A message of another role is no hit, but its words may say what its neighbours are about.
        """
        if self.open:
            return rows[:count]
        if self._blocks is not None:
            rows = [row for row in rows if row // TURNS in self._blocks]
        sources: list[int] = []
        passed = 0
        for start in range(0, len(rows), 2 * count):
            part = rows[start : start + 2 * count]
            known = {one.row: one for one in traits(self._db, part)}
            for row in part:
                if row in known and self._stands(known[row]):
                    sources.append(row)
                    passed += self.passes(known[row])
            if passed >= count:
                break
        return sources

    def passes(self, one: Traits) -> bool:
        """Tell whether a message may be found."""
        return self.open or (self._stands(one) and (self._roles is None or one.role in self._roles))

    def _stands(self, one: Traits) -> bool:
        """Tell whether a message is of the sessions and times that are asked for."""
        only = self._filters
        return (
            (self._blocks is None or one.row // TURNS in self._blocks)
            and (only.since is None or one.created >= only.since)
            and (only.until is None or one.created < only.until)
            and (only.before is None or one.position < only.before)
        )
