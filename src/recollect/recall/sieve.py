"""What may be found."""

from collections.abc import Collection, Mapping

import apsw

from recollect.recall.passage import FACT, Filters
from recollect.recall.rows import array, listed
from recollect.recall.tables import FACTS, ROLES, TURNS
from recollect.recall.traits import Traits, traits

_FACT = ROLES.index(FACT)
_BLOCKS = "SELECT id FROM block WHERE session IN (SELECT value FROM json_each(?))"

_LAST = 1 << 62
"""Beyond every time and position."""
_PASSING = """
SELECT row FROM passage WHERE row IN (SELECT value FROM json_each(?1)) AND length > 0
AND (?2 IS NULL OR role IN (SELECT value FROM json_each(?2)))
AND created >= ?3 AND created < ?4 AND (created <= ?5 OR role = ?6) AND position < ?7
"""


class Sieve:
    """The filters of a query, in the numbers of an index. It is ``open`` where only some facts and prompts are left out, the ``hidden`` rows."""

    def __init__(self, db: apsw.Connection, facts: Mapping[str, int], prompts: Collection[int], filters: Filters) -> None:
        self._db = db
        self._filters = filters
        self.open = filters == Filters(hidden=filters.hidden, prompts=filters.prompts)
        self.hidden = frozenset(facts[key] for key in filters.hidden if key in facts).union(() if filters.prompts else prompts)
        self._blocks: frozenset[int] | None = None
        if filters.sessions is not None:
            self._blocks = frozenset(listed(db, _BLOCKS, array({*filters.sessions, FACTS})))
        roles = filters.roles
        if roles == frozenset({FACT}):
            self._blocks = frozenset(listed(db, _BLOCKS, array([FACTS])))
        self._roles = None if roles is None else frozenset(number for number, role in enumerate(ROLES) if role in roles)

    @property
    def all(self) -> bool:
        """Tell whether everything may be found."""
        return self.open and not self.hidden

    @property
    def narrow(self) -> bool:
        """Tell whether only some sessions, or facts alone, may be found: few of all messages."""
        return self._blocks is not None

    def sources(self, rows: list[int], count: int) -> tuple[list[int], bool]:
        """Return the rows whose words count, of rows in order of promise: enough that ``count`` of them may be found, and whether it is so.

        A message of another role is no hit, but its words may say what its neighbours are about: those with the most promise count, too.
        """
        if self.hidden:
            rows = [row for row in rows if row not in self.hidden]
        if self.open:
            return rows[:count], True
        if self._blocks is not None:
            rows = [row for row in rows if row // TURNS in self._blocks]
        head, rest = rows[: 2 * count], rows[2 * count :]
        known = {one.row: one for one in traits(self._db, head)}
        sources = [row for row in head if row in known and self._stands(known[row])]
        missing = count - sum(self.passes(known[row]) for row in sources)
        found = self.passing(rest)[:missing] if missing > 0 else []
        return sources + found, len(found) >= missing

    def passing(self, rows: list[int]) -> list[int]:
        """Return those of many rows that may be found, in the same order, told by SQLite alone."""
        if self.open:
            return rows
        only = self._filters
        roles = None if self._roles is None else array(self._roles)
        until = _LAST if only.until is None else only.until
        as_of = _LAST if only.as_of is None else only.as_of
        before = _LAST if only.before is None else only.before
        passing = set(listed(self._db, _PASSING, array(rows), roles, -_LAST if only.since is None else only.since, until, as_of, _FACT, before))
        return [row for row in rows if row in passing]

    def passed(self, known: list[Traits]) -> list[Traits]:
        """Return those that may be found."""
        return known if self.all else [one for one in known if self.passes(one)]

    def passes(self, one: Traits) -> bool:
        """Tell whether a message or a fact may be found."""
        return one.row not in self.hidden and self._stands(one) and (self._roles is None or one.role in self._roles)

    def _stands(self, one: Traits) -> bool:
        """Tell whether it is of the sessions and times that are asked for."""
        only = self._filters
        return (
            (self._blocks is None or one.row // TURNS in self._blocks)
            and (only.since is None or one.created >= only.since)
            and (only.until is None or one.created < only.until)
            and (only.as_of is None or one.created <= only.as_of or one.role == _FACT)
            and (only.before is None or one.position < only.before)
        )
