"""What each writing operation does to a ledger: checked and decided here, and changed nowhere yet.

Each function returns the events that are to happen, all or none, and the value that its caller gets.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from msgspec.structs import replace

from recollect.errors import Conflict
from recollect.model import Document, Entry
from recollect.store.events import DocumentWritten, EntryAdded, EntryRewritten, Event, SessionRemoved, SessionSet
from recollect.store.ledger import EntryAt, Ledger, Session
from recollect.store.protocol import REMOVED, REWRITTEN, SETTINGS

P = TypeVar("P")
T = TypeVar("T")


class Decision(NamedTuple, Generic[T]):
    """What is to happen, in order, and what to return once it has."""

    events: list[Event]
    value: T


def append(ledger: Ledger[P], name: str, entries: Sequence[Entry], expect: int | None, now: int) -> Decision[int]:
    """See Store.append."""
    session = ledger.find(name)
    events: list[Event] = []
    if session is not None and session.expired(now):
        events, session = _removal(ledger, name), None
    position = 0 if session is None else session.position
    new = _new(session, name, entries)
    if expect is not None and expect != position and (new or not entries):
        raise Conflict(f"session {name!r} stands at position {position}, not at {expect}; read what came, and try again", position)
    if session is not None and entries and not new:
        return Decision(events, max(session.by_id[entry.id].position for entry in entries))
    head = _head(ledger, events)
    expires = None if session is None or session.ttl is None else now + session.ttl
    for place, e in enumerate(new, head + 1):
        events.append(EntryAdded(Entry(place, e.id, e.role, e.created, e.tokens, e.digest, e.body, name), expires))
    return Decision(events, head + len(new) if new else position)


def rewrite(ledger: Ledger[P], name: str, entries: Sequence[Entry], edition: int, now: int, fetch: Callable[[EntryAt[P]], Entry]) -> Decision[int]:
    """See Store.rewrite. ``fetch`` returns an entry as it stands."""
    session = ledger.live(name, now)
    known = {} if session is None else session.by_id
    standing = {entry.id: (at, entry) for entry in entries if (at := known.get(entry.id)) is not None and at.position == entry.position}
    if session is None or not standing:
        return Decision([], 0)
    if edition != session.edition:
        raise Conflict(f"session {name!r} has been rewritten since edition {edition}; read its entries again, and try again", session.position)
    notice = ledger.head + 1
    events: list[Event] = [DocumentWritten(Document(REWRITTEN, name, b"", notice)), _as_it_is(session, edition + 1)]
    for at, entry in standing.values():
        was = fetch(at)
        now_is = Entry(was.position, was.id, was.role, was.created, entry.tokens, entry.digest, entry.body, name)
        events.append(EntryRewritten(now_is, (entry.tokens or 0) - (was.tokens or 0)))
    return Decision(events, notice)


def update_session(ledger: Ledger[P], name: str, settings: bytes, ttl: int | None, expect: int, now: int) -> Decision[int]:
    """See Store.update_session."""
    session = ledger.find(name)
    events: list[Event] = []
    if session is not None and session.expired(now):
        events, session = _removal(ledger, name), None
    _check_document(0 if events else _revision(ledger, SETTINGS, name), SETTINGS, name, expect)
    revision = _head(ledger, events) + 1
    events.append(DocumentWritten(Document(SETTINGS, name, settings, revision)))
    was = SessionSet(name, now, now, revision) if session is None else _as_it_is(session, session.edition)
    events.append(replace(was, ttl=ttl, expires=None if ttl is None else now + ttl))
    return Decision(events, revision)


def clear_session(ledger: Ledger[P], name: str, now: int) -> Decision[bool]:
    """See Store.clear_session."""
    session = ledger.live(name, now)
    if session is None:
        return Decision([], value=False)
    position = ledger.head + 1
    notice = DocumentWritten(Document(REMOVED, name, b"", position))
    emptied = replace(_as_it_is(session, session.edition), activity=position)
    return Decision([SessionRemoved(name), notice, emptied], value=True)


def delete_session(ledger: Ledger[P], name: str, expect: int | None, now: int) -> Decision[bool]:
    """See Store.delete_session."""
    session = ledger.find(name)
    if session is None:
        return Decision([], value=False)
    over = session.expired(now)
    if not over and expect is not None and expect != session.position:
        raise Conflict(f"session {name!r} stands at position {session.position}, not at {expect}; read what came, and try again", session.position)
    return Decision(_removal(ledger, name), not over)


def expire(ledger: Ledger[P], now: int) -> Decision[list[str]]:
    """See Store.expire. The value is the names of the sessions."""
    events: list[Event] = []
    names = ledger.expired(now)
    for name in names:
        events += _removal(ledger, name, _head(ledger, events))
    return Decision(events, names)


def put(ledger: Ledger[P], documents: Sequence[Document], expect: Mapping[tuple[str, str], int]) -> Decision[int]:
    """See Store.put."""
    for (collection, key), position in expect.items():
        _check_document(_revision(ledger, collection, key), collection, key, position)
    written = [DocumentWritten(Document(d.collection, d.key, d.body, position)) for position, d in enumerate(documents, ledger.head + 1)]
    return Decision([*written], ledger.head + len(written) if written else 0)


def _new(session: Session[P] | None, name: str, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that are not there yet, each once; raise Conflict where an id stands for two contents."""
    known = {} if session is None else session.by_id
    new: dict[str, Entry] = {}
    for entry in entries:
        other = known.get(entry.id) or new.setdefault(entry.id, entry)
        if (other.role, other.digest) != (entry.role, entry.digest):
            position = 0 if session is None else session.position
            raise Conflict(f"session {name!r} has another message with the id {entry.id!r}; give the new one an id of its own", position)
    return list(new.values())


def _removal(ledger: Ledger[P], name: str, head: int | None = None) -> list[Event]:
    """Return what removes a session whole, and tells of it at the positions beyond ``head``."""
    position = ledger.head if head is None else head
    events: list[Event] = [SessionRemoved(name)]
    if _revision(ledger, SETTINGS, name):
        position += 1
        events.append(DocumentWritten(Document(SETTINGS, name, None, position)))
    events.append(DocumentWritten(Document(REMOVED, name, b"", position + 1)))
    return events


def _as_it_is(session: Session[P], edition: int) -> SessionSet:
    return SessionSet(session.name, session.created, session.updated, session.activity, session.ttl, session.expires, edition)


def _head(ledger: Ledger[P], events: list[Event]) -> int:
    """Return the highest position once these events have happened."""
    positions = (event.item.position for event in reversed(events) if isinstance(event, EntryAdded | DocumentWritten))
    return next(positions, ledger.head)


def _revision(ledger: Ledger[P], collection: str, key: str) -> int:
    kept = ledger.document(collection, key)
    return 0 if kept is None else kept.position


def _check_document(position: int, collection: str, key: str, expect: int) -> None:
    if position != expect:
        raise Conflict(f"{key!r} in {collection!r} stands at position {position}, not at {expect}; read it, and try again", position)
