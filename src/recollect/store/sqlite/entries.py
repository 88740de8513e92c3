"""Entries: appending and reading, within a transaction that the caller holds."""

from collections.abc import Sequence
from typing import Any

import apsw

from recollect.errors import Conflict, StoreError
from recollect.model import Entry, Owner
from recollect.store.protocol import Clock
from recollect.store.sqlite.queries import ENTRY_AT, FIRST_ENTRIES, LAST_ENTRIES, OWNER, POSITIONS, fetch_all, fetch_one
from recollect.store.sqlite.rows import LedgerRow, SessionRow, find, make_ledger, make_session
from recollect.store.sqlite.sessions import remove


def append(db: apsw.Connection, owner: Owner, name: str, entries: Sequence[Entry], expect: int | None, clock: Clock) -> int:
    """See Store.append."""
    (own, session), now = find(db, owner, name), clock()
    if own is not None and session is not None and session.expired(now):
        own, session = remove(db, own, name, session), None
    position = 0 if session is None else session.position
    if expect is not None and expect != position and (session is None or not entries or _new(db, session, name, entries)):
        raise Conflict(f"session {name!r} stands at position {position}, not at {expect}; read what came, and try again", position)
    if not entries:
        return position
    own = own or make_ledger(db, owner)
    if session is None:
        session = make_session(db, own, name, entries[0].created, None, None)
    return _insert(db, own, session, entries, now) or _insert_new(db, own, session, name, entries, now)


def with_opening(db: apsw.Connection, values: tuple[Any, ...], newest: bool, opening: int) -> list[tuple[Any, ...]]:
    """Return rows of entries; where as many as asked for were found, with the session's first ones in front: see Store.entries."""
    rows = fetch_all(db, LAST_ENTRIES if newest else FIRST_ENTRIES, values)
    if newest:
        rows.reverse()
    if rows and len(rows) == values[-1]:
        return [*db.execute(FIRST_ENTRIES, (*values[:5], 0, rows[0][0], opening)), *rows]
    return rows


def entries_at(db: apsw.Connection, owner: Owner, positions: Sequence[int], now: int) -> list[tuple[Any, ...]]:
    """See Store.at."""
    wanted = sorted({position for position in positions if 0 < position < POSITIONS})
    own = fetch_one(db, OWNER, (owner.tenant, owner.kind, owner.name))
    if own is None:
        return []
    found = (fetch_one(db, ENTRY_AT, (position, own[0], now)) for position in wanted)
    return [row for row in found if row is not None]


def _insert_new(db: apsw.Connection, own: LedgerRow, session: SessionRow, name: str, entries: Sequence[Entry], now: int) -> int:
    """Insert those of the entries that are not there yet, and return the highest position of all."""
    new = _new(db, session, name, entries)
    if new:
        return _insert(db, own, session, new, now)
    places: list[int] = [_known(db, session, entry)[2] for entry in entries]
    return max(places) % POSITIONS


def _insert(db: apsw.Connection, own: LedgerRow, session: SessionRow, entries: Sequence[Entry], now: int) -> int:
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


def _new(db: apsw.Connection, session: SessionRow, name: str, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that are not there yet, each once; raise Conflict where an id stands for two contents."""
    new: dict[str, Entry] = {}
    for entry in entries:
        known = _known(db, session, entry)
        if known is None:
            twin = new.setdefault(entry.id, entry)
            known = (twin.role, twin.digest)
        if known[:2] != (entry.role, entry.digest):
            raise Conflict(f"session {name!r} has another message with the id {entry.id!r}; give the new one an id of its own", session.position)
    return list(new.values())


def _known(db: apsw.Connection, session: SessionRow, entry: Entry) -> Any:
    """Return role, digest and place of the stored entry that has the id of this one; None if there is none."""
    return fetch_one(db, "SELECT role, digest, place FROM recollect_entry WHERE session = ? AND id = ?", (session.id, entry.id))
