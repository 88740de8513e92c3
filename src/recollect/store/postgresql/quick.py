"""The append that happens nearly always, new entries to a session that is there, as one statement."""
# ruff: noqa: S608  # SQL is put together of our own constants, and of names that were checked

from collections.abc import Sequence
from functools import lru_cache

from recollect.model import Entry
from recollect.store.postgresql.connection import milliseconds
from recollect.store.relational import Statement
from recollect.store.relational.statements import ENTRY_COLUMNS

MANY = 16
"""Longer batches go the general way."""

_LIVE = "s.owner = %s AND s.name = %s AND (s.expires IS NULL OR s.expires > %s)"
_EXPECTED = f"{_LIVE} AND CASE WHEN s.count > 0 THEN s.activity ELSE 0 END = %s"


class QuickAppend:
    """Writes the statement for one set of tables.

    It returns the new head; no row, with nothing written, where owner or session are not there, or not where they were expected to
    be; and it fails where an id is there already. It takes the lock of the owner's row first, as every writer does: so that heads are
    committed in the order of their positions. ``wait``: the seconds for which it waits for the lock.
    """

    def __init__(self, names: dict[str, str], wait: float) -> None:
        self._names = names
        self._bound = f"set_config('lock_timeout', '{milliseconds(wait)}', true) <> ''"  # for this statement's transaction; before it locks
        self._sql = lru_cache(2 * MANY)(self._write)

    def statement(self, owner: object, name: str, entries: Sequence[Entry], expect: int | None, now: int) -> Statement:
        """Return the statement that appends entries (1 to MANY), each id once."""
        count = len(entries)
        session = (owner, name.encode(), now, *([] if expect is None else [expect]))
        tokens = sum([entry.tokens or 0 for entry in entries])
        rows = [value for e in entries for value in (e.id.encode(), e.role, e.created, e.tokens, e.digest, e.body)]
        changes = (count, tokens, entries[0].created, entries[-1].created, now)
        return self._sql(count, _LIVE if expect is None else _EXPECTED), (count, owner, *session, *changes, *session, owner, *rows)

    def _write(self, count: int, session: str) -> str:
        t = self._names
        rows = ", ".join([f"({place - count}, %s::bytea, %s::text, %s::bigint, %s::bigint, %s::bytea, %s::bytea)" for place in range(1, count + 1)])
        return f"""
WITH o AS (
    UPDATE {t["owner"]} SET head = head + %s
    WHERE owner = %s AND EXISTS (SELECT FROM {t["session"]} AS s WHERE {session}) AND {self._bound} RETURNING head
), a AS (
    UPDATE {t["session"]} AS s
    SET count = s.count + %s, tokens = s.tokens + %s, created = CASE WHEN s.count > 0 THEN s.created ELSE %s END, updated = %s,
        activity = o.head, expires = %s + s.ttl
    FROM o WHERE {session} RETURNING s.number, o.head
), e AS (
    INSERT INTO {t["entry"]} ({ENTRY_COLUMNS})
    SELECT %s, a.number, a.head + v.place, v.id, v.role, v.created, v.tokens, v.digest, v.body
    FROM a CROSS JOIN (VALUES {rows}) AS v (place, id, role, created, tokens, digest, body)
)
SELECT head FROM a"""
