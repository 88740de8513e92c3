"""The SQL of the ledger's reads. An entry's place is its session's number * 2^32 + its position."""

from collections.abc import Iterator
from typing import Any

import apsw

from recollect.store.protocol import SETTINGS

POSITIONS = 1 << 32
"""Positions are below this."""

BODY = "CAST(body AS BLOB)"
"""Bytes, also where somebody has put text there by hand: it does not fit then, and is told as damage."""

DIGEST = "CAST(digest AS BLOB)"

OWNER = "SELECT id FROM recollect_owner WHERE tenant = ? AND kind = ? AND name = ?"
OWNER_ID = f"({OWNER})"
_LIVE = "(expires IS NULL OR expires > ?)"
_ENTRIES = f"""
SELECT e.place & 0xFFFFFFFF, e.id, e.role, e.created, e.tokens, {DIGEST}, {BODY}, s.edition
FROM (SELECT id, edition FROM recollect_session WHERE owner = {OWNER_ID} AND name = ? AND {_LIVE}) AS s
CROSS JOIN recollect_entry AS e ON e.place > (s.id << 32) + ? AND e.place < (s.id << 32) + ?
ORDER BY e.place"""
FIRST_ENTRIES = f"{_ENTRIES} LIMIT ?"
LAST_ENTRIES = f"{_ENTRIES} DESC LIMIT ?"

ENTRY_AT = f"""
SELECT e.place & 0xFFFFFFFF, e.id, e.role, e.created, e.tokens, {DIGEST}, {BODY}, s.name, s.edition
FROM recollect_session AS s CROSS JOIN recollect_entry AS e ON e.place = (s.id << 32) + ?1
WHERE s.owner = ?2 AND s.activity >= ?1 AND s.first <= ?1 AND (s.expires IS NULL OR s.expires > ?3)
ORDER BY s.activity LIMIT 1"""
"""The entry at a position of an owner's ledger. Its session is mostly the first that was active then or later: sessions seldom overlap for long."""

_HEAD = """max(o.base, coalesce((SELECT max(activity) FROM recollect_session WHERE owner = o.id), 0),
coalesce((SELECT max(position) FROM recollect_document WHERE owner = o.id), 0))"""

LEDGER = f"""
SELECT o.id, {_HEAD}, s.id, s.count, s.tokens, s.created, s.first, s.activity, s.ttl, s.expires
FROM recollect_owner AS o LEFT JOIN recollect_session AS s ON s.owner = o.id AND s.name = ?
WHERE o.tenant = ? AND o.kind = ? AND o.name = ?"""

_STATE = f"""s.name, s.count, s.tokens, s.created, s.updated, iif(s.count, s.activity, 0), s.activity, s.ttl, s.expires,
(SELECT {BODY} FROM recollect_document WHERE owner = s.owner AND collection = '{SETTINGS}' AND key = s.name),
coalesce((SELECT position FROM recollect_document WHERE owner = s.owner AND collection = '{SETTINGS}' AND key = s.name AND body IS NOT NULL), 0)"""

SESSION = f"SELECT {_STATE} FROM recollect_session AS s WHERE s.owner = {OWNER_ID} AND s.name = ? AND {_LIVE}"

SESSIONS = f"""
SELECT {_STATE} FROM recollect_session AS s WHERE s.owner = {OWNER_ID} AND s.activity < ? AND {_LIVE}
ORDER BY s.activity DESC LIMIT ?"""

RECENT = f"""
SELECT o.kind, o.name, {_STATE} FROM recollect_session AS s JOIN recollect_owner AS o ON o.id = s.owner
WHERE o.tenant = ? AND {_LIVE}
ORDER BY s.updated DESC, s.id DESC LIMIT ?"""

OWNERS = "SELECT kind, name FROM recollect_owner WHERE tenant = ? AND (kind, name) > (?, ?) ORDER BY kind, name LIMIT ?"


def fetch_one(db: apsw.Connection, sql: str, values: tuple[Any, ...]) -> Any:
    """Return the first row, or None."""
    return db.execute(sql, values).fetchone()


def fetch_all(db: apsw.Connection, sql: str, values: tuple[Any, ...]) -> list[Any]:
    """Return all rows."""
    return db.execute(sql, values).fetchall()


def fetch_each(db: apsw.Connection, sql: str, values: tuple[Any, ...]) -> Iterator[Any]:
    """Return the rows one by one."""
    return db.execute(sql, values)
