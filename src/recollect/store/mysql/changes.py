"""The changes of an owner's ledger, without the temporary tables that the servers would sort them in."""
# ruff: noqa: S608  # SQL is put together of our own constants, and of names that were checked

from operator import itemgetter

from recollect.model import Document, Entry
from recollect.store.relational import Statement
from recollect.store.relational.changes import change
from recollect.store.relational.database import Row
from recollect.store.relational.statements import POSITIONS

_position = itemgetter(0)


class Changes:
    """Reads changes for one set of tables: one statement, and so one snapshot, whose two parts are each read in the order of an index."""

    def __init__(self, names: dict[str, str]) -> None:
        self._sql = (
            "(SELECT e.position, 0, s.name, e.id, e.role, e.created, e.tokens, e.digest, e.body, s.edition "
            f"FROM {names['entry']} AS e FORCE INDEX (by_position) "
            f"STRAIGHT_JOIN {names['session']} AS s ON s.owner = e.owner AND s.number = e.session "
            "WHERE e.owner = %s AND e.position > %s ORDER BY e.position LIMIT %s) UNION ALL "
            "(SELECT d.position, 1, d.collection, d.name, NULL, NULL, NULL, NULL, d.body, NULL "
            f"FROM {names['document']} AS d FORCE INDEX (by_position) WHERE d.owner = %s AND d.position > %s ORDER BY d.position LIMIT %s)"
        )

    def statement(self, owner: bytes, after: int, limit: int) -> Statement:
        """Return what reads the changes beyond a position; see ``in_order`` for its rows."""
        part = (owner, min(after, POSITIONS), limit)
        return self._sql, (*part, *part)


def in_order(rows: list[Row], limit: int) -> list[Entry | Document]:
    """Return the first changes of those that the rows tell of."""
    rows.sort(key=_position)
    return [change(row) for row in rows[:limit]]
