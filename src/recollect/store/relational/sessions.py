"""Sessions: settings, clearing, removal, within a transaction."""

from collections.abc import Sequence

from msgspec.structs import replace

from recollect.errors import Conflict
from recollect.model import Document, Owner
from recollect.store.protocol import REMOVED, SETTINGS
from recollect.store.relational.database import Transaction
from recollect.store.relational.documents import check_position, position_of, write
from recollect.store.relational.rows import Ledger, SessionRow, session_row
from recollect.store.relational.statements import Statements


def update_session(tx: Transaction, sql: Statements, owner: Owner, name: str, settings: bytes, ttl: int | None, expect: int, now: int) -> int:
    """See Store.update_session."""
    ledger = Ledger(tx, sql, owner)
    found, document = ledger.open(ledger.find(name), position_of(ledger, SETTINGS, name), make=True)
    session = session_row(found)
    if session is not None and session.expired(now):
        remove(ledger, name, session, settings=bool(document))
        session, document = None, []
    check_position(document, SETTINGS, name, expect)
    revision = write(ledger, [Document(SETTINGS, name, settings)])
    expires = None if ttl is None else now + ttl
    if session is None:
        ledger.make_session(name, SessionRow(revision, 0, 0, now, now, revision, ttl, expires))
    else:
        ledger.set_session(replace(session, ttl=ttl, expires=expires))
    ledger.finish()
    return revision


def clear_session(tx: Transaction, sql: Statements, owner: Owner, name: str, now: int) -> bool:
    """See Store.clear_session."""
    ledger = Ledger(tx, sql, owner)
    (found,) = ledger.open(ledger.find(name))
    session = session_row(found)
    if ledger.head is None or session is None or session.expired(now):
        return False
    tx.tell((sql.remove_entries, (ledger.number, session.number)))
    position = write(ledger, [Document(REMOVED, name, b"")])
    ledger.set_session(replace(session, count=0, tokens=0, activity=position))
    ledger.finish()
    return True


def delete_session(tx: Transaction, sql: Statements, owner: Owner, name: str, expect: int | None, now: int) -> bool:
    """See Store.delete_session."""
    ledger = Ledger(tx, sql, owner)
    found, document = ledger.open(ledger.find(name), position_of(ledger, SETTINGS, name))
    session = session_row(found)
    if ledger.head is None or session is None:
        return False
    over = session.expired(now)
    if not over and expect is not None and expect != session.position:
        raise Conflict(f"session {name!r} stands at position {session.position}, not at {expect}; read what came, and try again", session.position)
    remove(ledger, name, session, settings=bool(document))
    ledger.finish()
    return not over


def expire(tx: Transaction, sql: Statements, owner: Owner, names: Sequence[str], now: int) -> list[str]:
    """Delete those of an owner's sessions whose time is still over, and return which."""
    ledger = Ledger(tx, sql, owner)
    answers = ledger.open(*(ledger.find(name) for name in names), *(position_of(ledger, SETTINGS, name) for name in names))
    gone = []
    for name, found, document in zip(names, answers[: len(names)], answers[len(names) :], strict=True):
        session = session_row(found)
        if ledger.head is not None and session is not None and session.expired(now):
            remove(ledger, name, session, settings=bool(document))
            gone.append(name)
    if gone:
        ledger.finish()
    return gone


def remove(ledger: Ledger, name: str, session: SessionRow, *, settings: bool) -> None:
    """Remove a session whole. ``settings``: whether it has any."""
    place = (ledger.number, session.number)
    ledger.transaction.tell((ledger.sql.remove_entries, place), (ledger.sql.remove_session, place))
    notices = [Document(SETTINGS, name, None)] if settings else []
    write(ledger, [*notices, Document(REMOVED, name, b"")])
