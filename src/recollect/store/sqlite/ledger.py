"""The ledger's writes, each within a transaction that its caller holds."""

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush, heapreplace
from typing import Any, NamedTuple

import apsw

from recollect.errors import Conflict, StoreError
from recollect.model import Document, Entry, Owner
from recollect.store.protocol import REMOVED, SETTINGS
from recollect.store.sqlite.queries import FIRST_ENTRIES, LAST_ENTRIES, LEDGER, OWNER_ID, POSITIONS
from recollect.store.text import beyond_prefix


class _Ledger(NamedTuple):
    """An owner's row, and the highest position that its ledger has reached."""

    id: int
    head: int


class _Session(NamedTuple):
    """A session's row."""

    id: int
    count: int
    tokens: int
    created: int
    first: int
    activity: int
    ttl: int | None
    expires: int | None

    @property
    def position(self) -> int:
        """Where its latest entry stands; 0 without entries."""
        return self.activity if self.count else 0


def append(db: apsw.Connection, owner: Owner, name: str, entries: Sequence[Entry], expect: int | None, now: int) -> int:
    """See Store.append."""
    own, session = _find(db, owner, name)
    if own is not None and session is not None and _expired(session, now):
        own, session = _remove(db, own, name, session), None
    position = 0 if session is None else session.position
    if expect is not None and expect != position:
        if session is None or not entries or _new(db, session, name, entries):
            raise Conflict(f"session {name!r} stands at position {position}, not at {expect}; read what came, and try again", position)
    if not entries:
        return position
    if session is None:
        own = own or _make_ledger(db, owner)
        session = _make_session(db, own, name, entries[0].created, None, None)
    return _insert(db, own, session, entries, now) or _insert_new(db, own, session, name, entries, now)


def entries(
    db: apsw.Connection, session: tuple[str, str, str, str, int], after: int, before: int | None, limit: int | None, newest: bool, opening: int
) -> list[tuple[Any, ...]]:
    """See Store.entries. ``session``: tenant, kind and name of its owner, its own name, and the time."""
    after = min(after, POSITIONS)
    until = POSITIONS if before is None else min(before, POSITIONS)
    rows = db.execute(LAST_ENTRIES if newest else FIRST_ENTRIES, (*session, after, until, -1 if limit is None else limit)).fetchall()
    if newest:
        rows.reverse()
    if opening and rows and len(rows) == limit:
        return [*db.execute(FIRST_ENTRIES, (*session, 0, rows[0][0], opening)), *rows]
    return rows


def _insert_new(db: apsw.Connection, own: _Ledger, session: _Session, name: str, entries: Sequence[Entry], now: int) -> int:
    """Insert those of the entries that are not there yet, and return the highest position of all."""
    new = _new(db, session, name, entries)
    if new:
        return _insert(db, own, session, new, now)
    return max(_place(db, session, entry)[2] for entry in entries) % POSITIONS


def _insert(db: apsw.Connection, own: _Ledger, session: _Session, entries: Sequence[Entry], now: int) -> int:
    """Insert entries at the next positions and return the last of these; insert none, and return 0, if an id is there already."""
    first, last = own.head + 1, own.head + len(entries)
    if last >= POSITIONS:
        raise StoreError(f"the ledger is full: it holds {POSITIONS:,} positions")
    low, before = session.id << 32, db.total_changes()
    db.executemany(
        "INSERT INTO recollect_entry VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session, id) DO NOTHING",
        [(low + n, session.id, e.id, e.role, e.created, e.tokens, e.digest, e.body) for n, e in enumerate(entries, first)],
    )
    if db.total_changes() - before != len(entries):
        db.execute("DELETE FROM recollect_entry WHERE place BETWEEN ? AND ?", (low + first, low + last))
        return 0
    db.execute(
        "UPDATE recollect_session SET count = ?, tokens = ?, created = ?, updated = ?, first = ?, activity = ?, expires = ? WHERE id = ?",
        (
            session.count + len(entries),
            session.tokens + sum([entry.tokens or 0 for entry in entries]),
            session.created if session.count else entries[0].created,
            entries[-1].created,
            session.first if session.count else first,
            last,
            None if session.ttl is None else now + session.ttl,
            session.id,
        ),
    )
    return last


def _new(db: apsw.Connection, session: _Session, name: str, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that are not there yet, each once; raise Conflict where an id stands for two contents."""
    new: dict[str, Entry] = {}
    for entry in entries:
        row = _place(db, session, entry)
        twin = new.setdefault(entry.id, entry) if row is None else None
        if (row[:2] if row is not None else (twin.role, twin.digest)) != (entry.role, entry.digest):
            raise Conflict(f"session {name!r} has another message with the id {entry.id!r}; give the new one an id of its own", session.position)
    return list(new.values())


def _place(db: apsw.Connection, session: _Session, entry: Entry) -> Any:
    """Return role, digest and place of the entry that has the id of this one; None if there is none."""
    return db.execute("SELECT role, digest, place FROM recollect_entry WHERE session = ? AND id = ?", (session.id, entry.id)).fetchone()


def update_session(db: apsw.Connection, owner: Owner, name: str, settings: bytes, ttl: int | None, expect: int, now: int) -> int:
    """See Store.update_session."""
    own, session = _find(db, owner, name)
    own = own or _make_ledger(db, owner)
    if session is not None and _expired(session, now):
        own, session = _remove(db, own, name, session), None
    _check_document(db, own, SETTINGS, name, expect)
    revision = _write(db, own, [Document(SETTINGS, name, settings)])
    expires = None if ttl is None else now + ttl
    if session is None:
        _make_session(db, own._replace(head=revision), name, now, ttl, expires)
    else:
        db.execute("UPDATE recollect_session SET ttl = ?, expires = ? WHERE id = ?", (ttl, expires, session.id))
    return revision


def clear_session(db: apsw.Connection, owner: Owner, name: str, now: int) -> bool:
    """See Store.clear_session."""
    own, session = _find(db, owner, name)
    if own is None or session is None or _expired(session, now):
        return False
    _remove_entries(db, session)
    position = _write(db, own, [Document(REMOVED, name, b"")])
    db.execute("UPDATE recollect_session SET count = 0, tokens = 0, first = ?, activity = ? WHERE id = ?", (position, position, session.id))
    return True


def delete_session(db: apsw.Connection, owner: Owner, name: str, now: int) -> bool:
    """See Store.delete_session."""
    own, session = _find(db, owner, name)
    if own is None or session is None:
        return False
    _remove(db, own, name, session)
    return not _expired(session, now)


def put(db: apsw.Connection, owner: Owner, documents: Sequence[Document], expect: Mapping[tuple[str, str], int]) -> int:
    """See Store.put."""
    own = _find(db, owner, "")[0] or (_make_ledger(db, owner) if documents else _Ledger(0, 0))  # no owner has the number 0
    for (collection, key), position in expect.items():
        _check_document(db, own, collection, key, position)
    return _write(db, own, documents) if documents else 0


def documents(
    db: apsw.Connection, owner: Owner, collection: str, keys: Sequence[str] | None, prefix: str, after: str | None, limit: int | None
) -> list[Document]:
    """See Store.documents."""
    sql = f"SELECT collection, key, body, position FROM recollect_document WHERE owner = {OWNER_ID} AND collection = ? AND body IS NOT NULL"
    where = (owner.tenant, owner.kind, owner.name, collection)
    if keys is not None:
        found = [row for key in sorted(set(keys)) for row in db.execute(f"{sql} AND key = ?", (*where, key))]
        kept = [row for row in found if row[1].startswith(prefix) and (after is None or row[1] > after)]
        return [Document(*row) for row in kept[:limit]]
    end = beyond_prefix(prefix)
    sql += " AND key >= ?" + (" AND key > ?" if after is not None else "") + (" AND key < ?" if end is not None else "") + " ORDER BY key LIMIT ?"
    bounds = [bound for bound in (prefix, after, end) if bound is not None]
    return [Document(*row) for row in db.execute(sql, (*where, *bounds, -1 if limit is None else limit))]


def changes(db: apsw.Connection, owner: Owner, after: int, limit: int) -> list[Entry | Document]:
    """See Store.changes: merges the owner's documents and sessions, opening a session only when its turn has come."""
    own, _ = _find(db, owner, "")
    if own is None or limit < 1:
        return []
    sessions = db.execute(
        "SELECT first, id, name FROM recollect_session WHERE owner = ? AND activity > ? AND count > 0 ORDER BY first", (own.id, after)
    ).fetchall()[::-1]
    heap: list[tuple[int, Entry | Document, Iterator[Entry | Document]]] = []
    _open(heap, _document_rows(db, own, after, limit))
    found: list[Entry | Document] = []
    while len(found) < limit:
        while sessions and (not heap or sessions[-1][0] < heap[0][0]):
            _, session, name = sessions.pop()
            _open(heap, _entry_rows(db, session, name, after, limit))
        if not heap:
            break
        _, item, rest = heap[0]
        found.append(item)
        following = next(rest, None)
        if following is None:
            heappop(heap)
        else:
            heapreplace(heap, (following.position, following, rest))
    return found


def _open(heap: list[tuple[int, Entry | Document, Iterator[Entry | Document]]], rows: Iterator[Entry | Document]) -> None:
    first = next(rows, None)
    if first is not None:
        heappush(heap, (first.position, first, rows))


def _entry_rows(db: apsw.Connection, session: int, name: str, after: int, limit: int) -> Iterator[Entry]:
    sql = (
        "SELECT place & 0xFFFFFFFF, id, role, created, tokens, digest, body FROM recollect_entry WHERE place > ? AND place < ? ORDER BY place LIMIT ?"
    )
    return (Entry(*row, name) for row in db.execute(sql, ((session << 32) + after, session + 1 << 32, limit)))


def _document_rows(db: apsw.Connection, own: _Ledger, after: int, limit: int) -> Iterator[Document]:
    sql = "SELECT collection, key, body, position FROM recollect_document WHERE owner = ? AND position > ? ORDER BY position LIMIT ?"
    return (Document(*row) for row in db.execute(sql, (own.id, after, limit)))


def erase(db: apsw.Connection, owner: Owner) -> bool:
    """See Store.erase. The watermark keeps the owner's positions from being used again."""
    own, _ = _find(db, owner, "")
    if own is None:
        return False
    for (session,) in db.execute("SELECT id FROM recollect_session WHERE owner = ?", (own.id,)).fetchall():
        db.execute("DELETE FROM recollect_entry WHERE place > ? AND place < ?", (session << 32, session + 1 << 32))
    db.execute("DELETE FROM recollect_session WHERE owner = ?", (own.id,))
    db.execute("DELETE FROM recollect_document WHERE owner = ?", (own.id,))
    db.execute("DELETE FROM recollect_owner WHERE id = ?", (own.id,))
    db.execute("UPDATE recollect_watermark SET position = max(position, ?)", (own.head,))
    return True


def expire(db: apsw.Connection, now: int) -> int:
    """See Store.expire."""
    sql = "SELECT o.tenant, o.kind, o.name, s.name FROM recollect_session s JOIN recollect_owner o ON o.id = s.owner WHERE s.expires <= ?"
    rows = db.execute(sql, (now,)).fetchall()
    for tenant, kind, user, name in rows:
        delete_session(db, Owner(tenant, kind, user), name, now)
    return len(rows)


def _find(db: apsw.Connection, owner: Owner, name: str) -> tuple[_Ledger | None, _Session | None]:
    row = db.execute(LEDGER, (name, owner.tenant, owner.kind, owner.name)).fetchone()
    if row is None:
        return None, None
    return _Ledger(*row[:2]), None if row[2] is None else _Session(*row[2:])


def _make_ledger(db: apsw.Connection, owner: Owner) -> _Ledger:
    sql = "INSERT INTO recollect_owner (tenant, kind, name, base) SELECT ?, ?, ?, position FROM recollect_watermark RETURNING id, base"
    return _Ledger(*db.execute(sql, (owner.tenant, owner.kind, owner.name)).fetchone())


def _make_session(db: apsw.Connection, own: _Ledger, name: str, created: int, ttl: int | None, expires: int | None) -> _Session:
    sql = """INSERT INTO recollect_session (owner, name, count, tokens, created, updated, first, activity, ttl, expires)
    VALUES (?, ?, 0, 0, ?, ?, ?, ?, ?, ?) RETURNING id, count, tokens, created, first, activity, ttl, expires"""
    return _Session(*db.execute(sql, (own.id, name, created, created, own.head, own.head, ttl, expires)).fetchone())


def _expired(session: _Session, now: int) -> bool:
    return session.expires is not None and session.expires <= now


def _remove(db: apsw.Connection, own: _Ledger, name: str, session: _Session) -> _Ledger:
    """Remove a session whole, and return the ledger with its new head."""
    _remove_entries(db, session)
    db.execute("DELETE FROM recollect_session WHERE id = ?", (session.id,))
    settings = db.execute(
        "SELECT 1 FROM recollect_document WHERE owner = ? AND collection = ? AND key = ? AND body IS NOT NULL", (own.id, SETTINGS, name)
    ).fetchone()
    notices = [Document(SETTINGS, name, None)] if settings else []
    return own._replace(head=_write(db, own, [*notices, Document(REMOVED, name, b"")]))


def _remove_entries(db: apsw.Connection, session: _Session) -> None:
    db.execute("DELETE FROM recollect_entry WHERE place > ? AND place < ?", (session.id << 32, session.id + 1 << 32))


def _write(db: apsw.Connection, own: _Ledger, documents: Sequence[Document]) -> int:
    """Write documents at the next positions, and return the last of these."""
    last = own.head + len(documents)
    if last >= POSITIONS:
        raise StoreError(f"the ledger is full: it holds {POSITIONS:,} positions")
    db.executemany(
        "INSERT OR REPLACE INTO recollect_document (owner, collection, key, position, body) VALUES (?, ?, ?, ?, ?)",
        [(own.id, document.collection, document.key, position, document.body) for position, document in enumerate(documents, own.head + 1)],
    )
    return last


def _check_document(db: apsw.Connection, own: _Ledger, collection: str, key: str, expect: int) -> None:
    sql = "SELECT position FROM recollect_document WHERE owner = ? AND collection = ? AND key = ? AND body IS NOT NULL"
    row = db.execute(sql, (own.id, collection, key)).fetchone()
    position = 0 if row is None else row[0]
    if position != expect:
        raise Conflict(f"{key!r} in {collection!r} stands at position {position}, not at {expect}; read it, and try again", position)
