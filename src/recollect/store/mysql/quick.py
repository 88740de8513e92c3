"""The append that happens nearly always, new entries to a session that is there, in one round trip."""
# ruff: noqa: S608  # SQL is put together of our own constants, and of names that were checked

from collections.abc import Sequence

from recollect.model import Entry
from recollect.store.relational import Statement
from recollect.store.relational.statements import ENTRY_COLUMNS

MANY = 16
"""Longer batches go the general way."""

NOT_SO = frozenset({1048, 1062})
"""A column that is null: there is no such session, or not where it was expected to be. A unique row: an id is there already."""


class QuickAppend:
    """Writes the transaction for one set of tables.

    The first statement behind its beginning takes the lock of the owner's row, as every writer does, and hands the new head out as
    LAST_INSERT_ID. Where owner or session are not there, or not where they were expected to be, or an id is there already, the second
    fails, and with it the transaction.
    """

    def __init__(self, names: dict[str, str]) -> None:
        live = f"(SELECT s.number FROM {names['session']} AS s WHERE s.owner = %s AND s.name = %s AND (s.expires IS NULL OR s.expires > %s)"
        values = "LAST_INSERT_ID() - %s, %s, %s, %s, %s, %s, %s)"
        self._take = f"UPDATE {names['owner']} SET head = LAST_INSERT_ID(head + %s) WHERE owner = %s"
        self._insert = f"INSERT INTO {names['entry']} ({ENTRY_COLUMNS}) VALUES "
        self._row = f"(%s, {live}), {values}"
        self._expected_row = f"(%s, {live} AND CASE WHEN s.count > 0 THEN s.activity ELSE 0 END = %s), {values}"
        # the assignments are made in this order, each upon those in front of it
        self._move = (
            f"UPDATE {names['session']} SET created = CASE WHEN count > 0 THEN created ELSE %s END, count = count + %s, tokens = tokens + %s, "
            "updated = %s, activity = LAST_INSERT_ID(), expires = %s + ttl WHERE owner = %s AND name = %s"
        )

    def statements(self, owner: bytes, session: str, entries: Sequence[Entry], expect: int | None, now: int) -> list[Statement]:
        """Return what appends entries (1 to MANY), each id once. The new head is what the first statement hands out."""
        count, name = len(entries), session.encode()
        where = (owner, owner, name, now, *([] if expect is None else [expect]))
        rows = ", ".join([self._row if expect is None else self._expected_row] * count)
        values: list[object] = []
        for behind, e in enumerate(entries, 1 - count):
            values += (*where, -behind, e.id.encode(), e.role, e.created, e.tokens, e.digest, e.body)
        tokens = sum([entry.tokens or 0 for entry in entries])
        move = (entries[0].created, count, tokens, entries[-1].created, now, owner, name)
        return [(self._take, (count, owner)), (self._insert + rows, values), (self._move, move)]
