"""What one owner's readers see in an outage: the copy, and what was spooled, on top of it."""

from bisect import bisect_left
from collections.abc import Iterable
from threading import Lock
from typing import NamedTuple, cast

from msgspec.structs import replace

from recollect.errors import Conflict, StoreError
from recollect.model import Document, Entry, Owner, SessionState
from recollect.store import decisions
from recollect.store.decisions import Decision
from recollect.store.events import DocumentWritten, EntryAdded, EntryRewritten, Event, Kept, SessionSet
from recollect.store.failover.copy import Copy
from recollect.store.failover.operations import LEAD, Append, Clear, Delete, Erase, Operation, Put, Rewrite, Update
from recollect.store.failover.positions import PROVISIONAL
from recollect.store.failover.spool import Extent, Row, Spool
from recollect.store.failover.state import Moved
from recollect.store.ledger import DocumentAt, EntryAt, Ledger, Session
from recollect.store.protocol import REWRITTEN, SETTINGS

KNOWN = 200
"""So many of a session's newest entries in the copy are known by their ids, to tell a retry. It bounds what a first write costs."""

TRIES = 5
"""How often a session of the copy is read that changes meanwhile."""


class At(NamedTuple):
    """A place in the spool: an operation's number, and which of its entries or documents."""

    number: int
    item: int


Place = At | Kept | None
"""Where a body is: in the spool, here (what was read of the copy), or nowhere (an entry of the copy, which is read there)."""


class Frozen(NamedTuple):
    """A session of the copy as it was when it was first written to.

    ``end`` is its position; ``older`` and ``tokens`` are the number and the tokens of its entries that are not known by id.
    """

    session: Session[Place]
    end: int
    older: int
    tokens: int


class Rewritten(NamedTuple):
    """Where the bodies are that entries of a session were given here, by id."""

    session: Session[Place]
    bodies: dict[str, At]


class Overlay:
    """One owner's ledger in an outage. ``lock`` is to be held by whoever uses it.

    A session that is written to is frozen: what reaches the copy later is not mixed in, so that the order which readers have seen stays.
    """

    def __init__(self, owner: Owner, copy: Copy, spool: Spool) -> None:
        self.owner = owner
        self.lock = Lock()
        self.copy = copy
        self.spool = spool
        self.reset()

    def reset(self) -> None:
        """Forget everything: it can be read again."""
        self.extent = Extent(0, 0)
        self._begin(erased=False)

    def _begin(self, *, erased: bool) -> None:
        self.erased = erased
        self.made = False
        self.ledger: Ledger[Place] = Ledger(0)
        self.sessions: dict[str, Frozen | None] = {}
        self.rewritten: dict[str, Rewritten] = {}
        self.first = 0
        self.documents: set[tuple[str, str]] = set()

    # catching up

    def catch_up(self) -> Extent:
        """Take in what was spooled since the last time, by any process, and return where that ends."""
        extent = self.spool.extent(self.owner)
        if extent == self.extent:
            return extent
        if extent.first != self.extent.first:  # what was known has been replayed, or erased
            known, self.extent = self.extent.last, Extent(extent.first, 0)
            self._begin(erased=False)
            if known and not extent.last:
                raise Moved("what was spooled has just moved to the primary; repeat the call")
        for row in self.spool.rows(self.owner, self.extent.last):
            self.know(row.operation)
            self.take(row)
        return self.extent

    def know(self, operation: Operation) -> None:
        """Read of the copy what an operation is decided by."""
        if isinstance(operation, Append | Rewrite | Update | Clear | Delete):
            self.know_session(operation.session)

    def know_session(self, name: str) -> Session[Place] | None:
        """Read a session's end in the copy, unless it is known. Return what the session is now, be its time over or not."""
        if name not in self.sessions:
            self.sessions[name] = None if self.erased else self._freeze(name)
        return self.ledger.find(name)

    def know_document(self, collection: str, key: str) -> Document | None:
        """Return a document as it is now."""
        if (collection, key) not in self.documents:
            for document in [] if self.erased else self.copy.documents(self.owner, collection, [key]):
                self._apply(DocumentWritten(document))
            self.documents.add((collection, key))
        at = self.ledger.document(collection, key)
        return None if at is None else self.fetch_document(at)

    def _freeze(self, name: str) -> Frozen | None:
        state, entries = self._end(name)
        if state is None:
            return None
        for entry in entries:
            self.ledger.apply(EntryAdded(replace(entry, body=b"")), None)
        edition = entries[-1].edition if entries else 0
        self.ledger.apply(SessionSet(name, state.created, state.updated, state.activity, state.ttl, state.expires, edition), None)
        if state.settings is not None:
            self._apply(DocumentWritten(Document(SETTINGS, name, state.settings, state.revision)))
        known = cast("Session[Place]", self.ledger.find(name))
        tokens = state.tokens - sum([entry.tokens or 0 for entry in entries])
        return Frozen(known, state.position, state.count - len(entries), tokens)

    def exists(self) -> bool:
        """Tell whether the owner has anything."""
        return self.made or (not self.erased and self.copy.has(self.owner))

    def check_origin(self, entries: Iterable[Entry], session: Session[Place] | None) -> None:
        """Raise Conflict where entries that are not here may be somewhere else: nobody may take them for removed.

        They were read of the primary, which may have more than the copy, and other positions; or in an outage that is over.
        """
        for entry in entries:
            if 0 < entry.position < PROVISIONAL:
                raise Conflict(f"message {entry.id!r} was read of the primary, which is down; read it again, or try again later", entry.position)
            if session is not None and PROVISIONAL <= entry.position < self.first:
                raise Conflict(f"message {entry.id!r} was read in an outage that is over; read it again, and try again", entry.position)

    def _end(self, name: str) -> tuple[SessionState | None, list[Entry]]:
        """Return a session of the copy, and its newest entries."""
        for _ in range(TRIES):
            state = self.copy.session(self.owner, name)
            entries = [] if state is None else self.copy.entries(self.owner, name, 0, None, KNOWN, newest=True)
            if state is None or state.position == (entries[-1].position if entries else 0):
                return state, entries
        raise StoreError(f"session {name!r} keeps changing in the fallback; repeat the call")

    # what happens

    def _decide(self, operation: Operation, now: int) -> Decision[int] | Decision[bool]:
        """Return what an operation does here, whatever it expected: that was checked when it was spooled."""
        ledger = self.ledger
        if isinstance(operation, Append):
            return decisions.append(ledger, operation.session, operation.entries, None, now)
        if isinstance(operation, Update):
            at = ledger.document(SETTINGS, operation.session) if ledger.live(operation.session, now) else None
            return decisions.update_session(ledger, operation.session, operation.settings, operation.ttl, 0 if at is None else at.position, now)
        if isinstance(operation, Clear):
            return decisions.clear_session(ledger, operation.session, now)
        if isinstance(operation, Delete):
            return decisions.delete_session(ledger, operation.session, None, now)
        return decisions.put(ledger, operation.documents if isinstance(operation, Put) else [], {})

    def take(self, row: Row) -> int | None:
        """Let happen what was spooled, at the positions that it was given, and return what its caller gets, if that comes of it."""
        self.extent = Extent(self.extent.first or row.number, row.number)
        self.first = self.first or row.position
        operation = row.operation
        if isinstance(operation, Erase):
            self._begin(erased=True)
            self.extent = Extent(row.number, row.number)
            return None
        self.ledger.head = row.position - 1
        if isinstance(operation, Rewrite):
            return self._rewrite(row, operation)
        try:
            events, value = self._decide(operation, row.at)
        except Conflict:  # another process has decided, with more of the copy before it; the replay tells
            return 0
        if isinstance(operation, Append):
            order = {entry.id: index for index, entry in reversed(list(enumerate(operation.entries)))}
            events = [_moved(event, row.position + LEAD, order) for event in events]
        for event in events:
            self._apply(event, row)
            self.made = True
        if isinstance(operation, Append):
            session = self.ledger.find(operation.session)
            value = max((session.by_id[entry.id].position for entry in operation.entries), default=0) if session else 0
        return value

    def _rewrite(self, row: Row, operation: Rewrite) -> int:
        session = self.ledger.live(operation.session, row.at)
        if session is None:  # another process has decided, with more of the copy before it
            return 0
        held = self.rewritten.get(session.name)
        if held is None or held.session is not session:
            held = self.rewritten[session.name] = Rewritten(session, {})
        self._apply(DocumentWritten(Document(REWRITTEN, session.name, b"", row.position)))
        for item, entry in enumerate(operation.entries):
            held.bodies[entry.id] = At(row.number, item)
            known = session.by_id.get(entry.id)
            if known is not None:
                self.ledger.apply(EntryRewritten(replace(entry, session=session.name), 0), known.place)
        session.tokens += operation.tokens
        session.edition += 1
        self.made = True
        return row.position

    def _apply(self, event: Event, row: Row | None = None) -> None:
        place: Place = None
        if isinstance(event, EntryAdded) and row is not None and isinstance(row.operation, Append):
            place = At(row.number, event.item.position - row.position - LEAD)
        elif isinstance(event, DocumentWritten):
            self.documents.add((event.item.collection, event.item.key))
            place = event
            if row is not None and isinstance(row.operation, Put):
                place = At(row.number, event.item.position - row.position)
        self.ledger.apply(event, place)

    # bodies

    def fetch_entries(self, chosen: Iterable[EntryAt[Place]]) -> list[Entry]:
        """Return entries that were spooled."""
        held: dict[int, Append] = {}
        found = []
        for at in chosen:
            place = cast("At", at.place)
            if place.number not in held:
                held[place.number] = cast("Append", self.spool.operation(place.number))
            found.append(replace(held[place.number].entries[place.item], position=at.position, session=at.session))
        return found

    def as_rewritten(self, session: Session[Place], found: Iterable[Entry]) -> list[Entry]:
        """Return entries of a session as they are here, with its edition."""
        held = self.rewritten.get(session.name)
        bodies = held.bodies if held is not None and held.session is session else {}
        fetched: dict[int, Rewrite] = {}
        entries = []
        for was in found:
            place, entry = bodies.get(was.id), was
            if place is not None:
                if place.number not in fetched:
                    fetched[place.number] = cast("Rewrite", self.spool.operation(place.number))
                entry = fetched[place.number].entries[place.item]
            entries.append(Entry(was.position, was.id, was.role, was.created, entry.tokens, entry.digest, entry.body, session.name, session.edition))
        return entries

    def fetch_document(self, at: DocumentAt[Place]) -> Document:
        """Return a document."""
        if isinstance(at.place, At):
            put = cast("Put", self.spool.operation(at.place.number))
            return replace(put.documents[at.place.item], position=at.position)
        return cast("DocumentWritten", at.place).item

    def frozen(self, session: Session[Place]) -> Frozen | None:
        """Return what the copy has of a session, unless it was cleared or begun anew since."""
        frozen = self.sessions.get(session.name)
        return frozen if frozen is not None and frozen.session is session else None


def spooled(session: Session[Place]) -> list[EntryAt[Place]]:
    """Return those of a session's entries that wait in the spool."""
    return session.entries[bisect_left(session.entries, PROVISIONAL, key=lambda at: at.position) :]


def _moved(event: Event, first: int, order: dict[str, int]) -> Event:
    """Give an entry the position that goes by its place in the batch: the same in each process, whatever else it knows."""
    if isinstance(event, EntryAdded):
        return replace(event, item=replace(event.item, position=first + order[event.item.id]))
    return event
