"""Sessions: settings, clearing, removal, expiry, within a transaction that the caller holds."""

import apsw

from recollect.errors import Conflict
from recollect.model import Document, Owner
from recollect.store.protocol import REMOVED, SETTINGS, Clock
from recollect.store.sqlite.documents import check_position, write
from recollect.store.sqlite.queries import fetch_all, fetch_one
from recollect.store.sqlite.rows import LedgerRow, SessionRow, find, make_ledger, make_session


def update_session(db: apsw.Connection, owner: Owner, name: str, settings: bytes, ttl: int | None, expect: int, clock: Clock) -> int:
    """See Store.update_session."""
    (own, session), now = find(db, owner, name), clock()
    own = own or make_ledger(db, owner)
    if session is not None and session.expired(now):
        own, session = remove(db, own, name, session), None
    check_position(db, own, SETTINGS, name, expect)
    revision = write(db, own, [Document(SETTINGS, name, settings)])
    expires = None if ttl is None else now + ttl
    if session is None:
        make_session(db, LedgerRow(own.id, revision), name, now, ttl, expires)
    else:
        db.execute("UPDATE recollect_session SET ttl = ?, expires = ? WHERE id = ?", (ttl, expires, session.id))
    return revision


def clear_session(db: apsw.Connection, owner: Owner, name: str, clock: Clock) -> bool:
    """See Store.clear_session."""
    own, session = find(db, owner, name)
    if own is None or session is None or session.expired(clock()):
        return False
    _remove_entries(db, session)
    position = write(db, own, [Document(REMOVED, name, b"")])
    db.execute("UPDATE recollect_session SET count = 0, tokens = 0, first = ?, activity = ? WHERE id = ?", (position, position, session.id))
    return True


def delete_session(db: apsw.Connection, owner: Owner, name: str, expect: int | None, clock: Clock) -> bool:
    """See Store.delete_session."""
    own, session = find(db, owner, name)
    if own is None or session is None:
        return False
    over = session.expired(clock())
    if not over and expect is not None and expect != session.position:
        raise Conflict(f"session {name!r} stands at position {session.position}, not at {expect}; read what came, and try again", session.position)
    remove(db, own, name, session)
    return not over


def expire(db: apsw.Connection, clock: Clock) -> list[tuple[Owner, str]]:
    """See Store.expire."""
    sql = "SELECT o.tenant, o.kind, o.name, s.name FROM recollect_session s JOIN recollect_owner o ON o.id = s.owner WHERE s.expires <= ?"
    gone = [(Owner(tenant, kind, user), name) for tenant, kind, user, name in fetch_all(db, sql, (clock(),))]
    for owner, name in gone:
        delete_session(db, owner, name, None, clock)
    return gone


def remove(db: apsw.Connection, own: LedgerRow, name: str, session: SessionRow) -> LedgerRow:
    """Remove a session whole, and return the ledger with its new head."""
    _remove_entries(db, session)
    db.execute("DELETE FROM recollect_session WHERE id = ?", (session.id,))
    settings = fetch_one(
        db, "SELECT 1 FROM recollect_document WHERE owner = ? AND collection = ? AND key = ? AND body IS NOT NULL", (own.id, SETTINGS, name)
    )
    notices = [Document(SETTINGS, name, None)] if settings else []
    return LedgerRow(own.id, write(db, own, [*notices, Document(REMOVED, name, b"")]))


def _remove_entries(db: apsw.Connection, session: SessionRow) -> None:
    db.execute("DELETE FROM recollect_entry WHERE place > ? AND place < ?", (session.id << 32, session.id + 1 << 32))
