"""The state of one owner's ledger in memory: what stands where. It does no I/O, and knows of no file."""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice, takewhile
from operator import attrgetter
from sys import intern
from typing import Generic, TypeVar

from msgspec import Struct, field

from recollect.model import Document, Entry, SessionState
from recollect.store.events import DocumentWritten, EntryAdded, EntryRewritten, Event, SessionRemoved, SessionSet
from recollect.store.protocol import NOTICES, SETTINGS

P = TypeVar("P")
"""A place: where an event can be fetched from."""

_position = attrgetter("position")


class EntryAt(Struct, Generic[P], eq=False, gc=False):
    """What a ledger knows of an entry without fetching it. Its digest and place change when it is rewritten."""

    position: int
    session: str
    id: str
    role: str
    digest: bytes
    place: P


class DocumentAt(Struct, Generic[P], frozen=True, eq=False, gc=False):
    """What a ledger knows of a document without fetching it. ``removed``: it is a notice."""

    position: int
    collection: str
    key: str
    removed: bool
    place: P


class Session(Struct, Generic[P], eq=False):
    """A session, its entries in order and by id, and the place of what was set of it last."""

    name: str
    created: int
    updated: int
    activity: int
    tokens: int = 0
    ttl: int | None = None
    expires: int | None = None
    edition: int = 0
    entries: list[EntryAt[P]] = field(default_factory=list)
    by_id: dict[str, EntryAt[P]] = field(default_factory=dict)
    place: P | None = None

    @property
    def position(self) -> int:
        """Where its latest entry stands; 0 without entries."""
        return self.activity if self.entries else 0

    def expired(self, now: int) -> bool:
        """Tell whether its time is over."""
        return self.expires is not None and self.expires <= now


class Collection(Struct, Generic[P], eq=False):
    """The documents and notices of a collection by key, and the keys of the documents in order."""

    by_key: dict[str, DocumentAt[P]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)


class Ledger(Generic[P]):
    """The state that a row of events leads to.

    An interrupt may fall between any two lines. So each step leaves what can be read, and no position is given twice: the head
    rises first, and an entry or document counts as standing once its session or collection has it.

    Args:
        base: positions begin beyond this one.

    ``floor`` is the position of the latest notice, or the first beyond the base: what is derived of less is not kept.

    """

    def __init__(self, base: int) -> None:
        self.base = base
        self.head = base
        self.floor = base + 1
        self._sessions: OrderedDict[str, Session[P]] = OrderedDict()  # by rising activity
        self._collections: dict[str, Collection[P]] = {}
        self._timeline: list[EntryAt[P] | DocumentAt[P]] = []  # by position; what has been removed stays for a while
        self._standing = 0

    def __len__(self) -> int:
        """Count the sessions, entries, documents and notices."""
        return self._standing + len(self._sessions)

    # what happens

    def apply(self, event: Event, place: P) -> P | None:
        """Take in an event that can be fetched from ``place``. Return the place of the one event that it replaces, if there is one."""
        if isinstance(event, EntryAdded):
            self._add(event.item, event.expires, place)
            return None
        if isinstance(event, DocumentWritten):
            return self._write(event.item, place)
        if isinstance(event, EntryRewritten):
            return self._replace(event, place)
        if isinstance(event, SessionRemoved):
            self._standing -= len(self._sessions.pop(event.name).entries)
            self._trim()
            return None
        return self._set(event, place)

    def _add(self, entry: Entry, expires: int | None, place: P) -> None:
        session = self._sessions.get(entry.session) or Session(entry.session, entry.created, entry.created, 0)
        kept = EntryAt(entry.position, session.name, entry.id, intern(entry.role), entry.digest, place)
        self._note(kept)
        if not session.entries:
            session.created = entry.created
        session.updated, session.activity, session.expires = entry.created, entry.position, expires
        self._sessions[session.name] = session
        self._sessions.move_to_end(session.name)
        session.tokens += entry.tokens or 0
        session.entries.append(kept)
        session.by_id[kept.id] = kept
        self._trim()

    def _replace(self, event: EntryRewritten, place: P) -> P:
        session = self._sessions[event.item.session]
        kept = session.by_id[event.item.id]
        former, kept.place, kept.digest = kept.place, place, event.item.digest
        session.tokens += event.tokens
        return former

    def _write(self, document: Document, place: P) -> P | None:
        collection = self._collections.get(document.collection)
        if collection is None:
            collection = self._collections[document.collection] = Collection()
        kept = DocumentAt(document.position, intern(document.collection), document.key, document.body is None, place)
        former = collection.by_key.get(kept.key)
        self._standing -= former is not None
        self._note(kept)
        if not kept.removed:
            _list(collection.keys, kept.key)
        collection.by_key[kept.key] = kept
        if kept.removed:
            _strike(collection.keys, kept.key)
        if kept.removed or kept.collection in NOTICES:
            self.floor = max(self.floor, kept.position)
        self._trim()
        return None if former is None else former.place

    def _set(self, event: SessionSet, place: P) -> P | None:
        self.head = max(self.head, event.activity)
        session = self._sessions.get(event.name) or Session(event.name, event.created, event.updated, 0)
        moved = session.activity != event.activity
        session.created, session.updated, session.activity = event.created, event.updated, event.activity
        session.ttl, session.expires, session.edition = event.ttl, event.expires, event.edition
        self._sessions[session.name] = session
        if moved:
            self._sessions.move_to_end(session.name)
        former, session.place = session.place, place
        return former

    def _note(self, kept: EntryAt[P] | DocumentAt[P]) -> None:
        self.head = kept.position
        self._standing += 1
        self._timeline.append(kept)

    def _trim(self) -> None:
        """Drop what has been removed from the timeline, whenever that is most of it."""
        if len(self._timeline) > 2 * self._standing + 64:
            self._timeline = [kept for kept in self._timeline if self._stands(kept)]

    def _stands(self, kept: EntryAt[P] | DocumentAt[P]) -> bool:
        if isinstance(kept, DocumentAt):
            return self._collections[kept.collection].by_key.get(kept.key) is kept
        session = self._sessions.get(kept.session)
        return session is not None and session.by_id.get(kept.id) is kept

    # what is the case

    def admits(self, position: int, former: int | None) -> bool:
        """Tell whether a derived document may be kept. ``former``: the position of the one in whose place it would be."""
        return self.floor <= position <= self.head and (former is None or former <= position)

    def at(self, positions: Sequence[int], now: int) -> Iterator[EntryAt[P]]:
        """Yield the entries at some positions, in order, whose session's time is not over."""
        for position in sorted(set(positions)):
            place = bisect_left(self._timeline, position, key=_position)
            for kept in self._timeline[place : place + 1]:
                if kept.position == position and isinstance(kept, EntryAt) and self._stands(kept) and self.live(kept.session, now):
                    yield kept

    def find(self, name: str) -> Session[P] | None:
        """Return a session, also one whose time is over."""
        return self._sessions.get(name)

    def edition(self, name: str) -> int:
        """Return how often entries of a session that there is have been rewritten."""
        return self._sessions[name].edition

    def expired(self, now: int) -> list[str]:
        """Return the names of the sessions whose time is over."""
        return [session.name for session in self._sessions.values() if session.expired(now)]

    def live(self, name: str, now: int) -> Session[P] | None:
        """Return a session whose time is not over."""
        session = self._sessions.get(name)
        return None if session is None or session.expired(now) else session

    def newest(self, after: int | None, limit: int | None, now: int) -> Iterator[Session[P]]:
        """Return the sessions whose time is not over and whose activity is below ``after``, by falling activity."""
        newest = reversed(self._sessions.values())
        return islice((session for session in newest if (after is None or session.activity < after) and not session.expired(now)), limit)

    def describe(self, session: Session[P]) -> tuple[SessionState, P | None]:
        """Return a session's state without the body of its settings, and the place of these."""
        settings = self.document(SETTINGS, session.name)
        state = SessionState(
            session.name,
            len(session.entries),
            session.tokens,
            session.created,
            session.updated,
            session.position,
            session.activity,
            session.ttl,
            session.expires,
            revision=0 if settings is None else settings.position,
        )
        return state, None if settings is None else settings.place

    def document(self, collection: str, key: str) -> DocumentAt[P] | None:
        """Return one document; None if there is none, or only a notice."""
        held = self._collections.get(collection)
        kept = None if held is None else held.by_key.get(key)
        return None if kept is None or kept.removed else kept

    def documents(self, collection: str, keys: Sequence[str] | None, prefix: str, after: str | None, limit: int | None) -> list[DocumentAt[P]]:
        """See Store.documents."""
        held = self._collections.get(collection)
        if held is None:
            return []
        if keys is None:
            start = max(bisect_left(held.keys, prefix), 0 if after is None else bisect_right(held.keys, after))
            chosen = takewhile(lambda key: key.startswith(prefix), (held.keys[n] for n in range(start, len(held.keys))))
            found = (self.document(collection, key) for key in chosen)
        else:
            found = (self.document(collection, key) for key in sorted(set(keys)) if key.startswith(prefix) and (after is None or key > after))
        return list(islice((kept for kept in found if kept is not None), limit))

    def changes(self, after: int, limit: int) -> list[EntryAt[P] | DocumentAt[P]]:
        """See Store.changes."""
        start = bisect_right(self._timeline, after, key=_position)
        following = (self._timeline[n] for n in range(start, len(self._timeline)))
        return list(islice((kept for kept in following if self._stands(kept)), max(limit, 0)))

    def story(self) -> Iterator[P | SessionSet]:
        """Yield what leads to this state, and no more: the places of entries and documents, and each session behind its latest activity."""
        kept: Iterator[tuple[int, int, P | SessionSet]] = ((at.position, 0, at.place) for at in self._timeline if self._stands(at))
        told = ((s.activity, 1, SessionSet(s.name, s.created, s.updated, s.activity, s.ttl, s.expires, s.edition)) for s in self._sessions.values())
        return (what for _, _, what in merge(kept, told))


def _list(keys: list[str], key: str) -> None:
    """Put a key into its place, if it is not there."""
    place = bisect_left(keys, key)
    if keys[place : place + 1] != [key]:
        keys.insert(place, key)


def _strike(keys: list[str], key: str) -> None:
    """Take a key out, if it is there."""
    place = bisect_left(keys, key)
    if keys[place : place + 1] == [key]:
        del keys[place]


def select(entries: list[EntryAt[P]], after: int, before: int | None, limit: int | None, newest: bool, opening: int) -> list[EntryAt[P]]:
    """Return some of a session's entries; see Store.entries."""
    start = bisect_right(entries, after, key=_position)
    end = len(entries) if before is None else bisect_left(entries, before, start, key=_position)
    if limit is None or limit > end - start:
        return entries[start:end]
    start, end = (end - limit, end) if newest else (start, start + limit)
    return [*entries[: min(opening, start)], *entries[start:end]] if limit else []
