"""What a store should hold, in dicts and lists, written to be obvious. It shares no code with the stores.

A store is free in which positions it hands out, as long as they rise. So each write here returns *news*: what the store's
``changes`` must tell next. ``learn`` compares the two, and takes the positions over.
"""

from dataclasses import dataclass, field

from msgspec.structs import replace

from recollect.errors import Conflict
from recollect.model import Document, Entry, Owner, SessionState
from recollect.store.protocol import REMOVED, REWRITTEN, SETTINGS

News = list[set[tuple]]
"""Groups, each in any order within itself: ("entry", session, id, body), ("document", collection, key, body), and of notices
("removed", session) and ("rewritten", session)."""


@dataclass
class PlainSession:
    created: int
    updated: int
    activity: int = 0
    entries: list[Entry] = field(default_factory=list)
    ttl: int | None = None
    expires: int | None = None
    edition: int = 0

    @property
    def position(self) -> int:
        return self.entries[-1].position if self.entries else 0


@dataclass
class PlainLedger:
    sessions: dict[str, PlainSession] = field(default_factory=dict)
    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    notices: dict[str, int] = field(default_factory=dict)
    rewritten: dict[str, int] = field(default_factory=dict)

    def log(self) -> list[tuple[int, tuple]]:
        rows = [(item.position, ("entry", name, item.id, item.body)) for name, session in self.sessions.items() for item in session.entries]
        rows += [(item.position, ("document", item.collection, item.key, item.body)) for item in self.documents.values()]
        rows += [(position, ("removed", name)) for name, position in self.notices.items()]
        rows += [(position, ("rewritten", name)) for name, position in self.rewritten.items()]
        return sorted(rows)


class PlainModel:
    def __init__(self) -> None:
        self.now = 0
        self.ledgers: dict[Owner, PlainLedger] = {}
        self.heads: dict[Owner, int] = {}

    # reading

    def expired(self, session: PlainSession) -> bool:
        return session.expires is not None and session.expires <= self.now

    def live(self, owner: Owner, name: str) -> PlainSession | None:
        session = self.ledgers[owner].sessions.get(name) if owner in self.ledgers else None
        return None if session is None or self.expired(session) else session

    def revision(self, owner: Owner, name: str) -> int:
        if self.live(owner, name) is None:
            return 0
        return self.document_position(owner, (SETTINGS, name))

    def document_position(self, owner: Owner, key: tuple[str, str]) -> int:
        document = self.ledgers[owner].documents.get(key) if owner in self.ledgers else None
        return 0 if document is None or document.body is None else document.position

    def state(self, owner: Owner, name: str) -> SessionState | None:
        session = self.live(owner, name)
        if session is None:
            return None
        settings = self.ledgers[owner].documents.get((SETTINGS, name))
        return SessionState(
            name,
            len(session.entries),
            sum(item.tokens or 0 for item in session.entries),
            session.created,
            session.updated,
            session.position,
            session.activity,
            session.ttl,
            session.expires,
            settings.body if settings else None,
            settings.position if settings and settings.body is not None else 0,
        )

    def states(self, owner: Owner) -> list[SessionState]:
        names = self.ledgers[owner].sessions if owner in self.ledgers else ()
        states = [state for name in names if (state := self.state(owner, name)) is not None]
        return sorted(states, key=lambda state: -state.activity)

    def documents(self, owner: Owner, collection: str) -> list[Document]:
        held = self.ledgers[owner].documents.values() if owner in self.ledgers else ()
        return sorted((item for item in held if item.collection == collection and item.body is not None), key=lambda item: item.key)

    # writing

    def append(self, owner: Owner, name: str, batch: list[Entry], expect: int | None) -> tuple[News, list[Entry]]:
        """Return the news, and the entries that are to be new; raise Conflict with the position that the store's must tell."""
        session = self.live(owner, name)
        position = session.position if session else 0
        held = {item.id: item for item in session.entries} if session else {}
        fresh: dict[str, Entry] = {}
        for item in batch:
            other = held.get(item.id) or fresh.get(item.id)
            if other is None:
                fresh[item.id] = item
            elif (other.role, other.digest) != (item.role, item.digest):
                raise Conflict("id", position)
        if expect not in (None, position) and (fresh or not batch):
            raise Conflict("expect", position)
        if not fresh:
            return [], []
        news = self._start_anew(owner, name)
        return [*news, *({("entry", name, item.id, item.body)} for item in fresh.values())], list(fresh.values())

    def appended(self, owner: Owner, name: str, fresh: list[Entry]) -> None:
        """Take in what ``learn`` has not: times."""
        session = self.ledgers[owner].sessions[name]
        if len(session.entries) == len(fresh):
            session.created = fresh[0].created
        session.updated = fresh[-1].created
        session.activity = session.position
        session.expires = None if session.ttl is None else self.now + session.ttl

    def rewrite(self, owner: Owner, name: str, items: list[Entry], edition: int) -> News:
        """Rewrite the entries that are there; raise Conflict if there are any, of another edition."""
        session = self.live(owner, name)
        wanted = {(item.position, item.id): item for item in items}
        held = session.entries if session else []
        if not any((item.position, item.id) in wanted for item in held):
            return []
        if edition != session.edition:
            raise Conflict("edition", session.position)
        session.edition += 1
        for place, item in enumerate(held):
            new = wanted.get((item.position, item.id), item)
            held[place] = replace(item, tokens=new.tokens, digest=new.digest, body=new.body, edition=session.edition)
        return [{("rewritten", name)}]

    def update(self, owner: Owner, name: str, settings: bytes, ttl: int | None, expect: int) -> News:
        revision = self.revision(owner, name)
        if expect != revision:
            raise Conflict("revision", revision)
        news = [group - {("document", SETTINGS, name, None)} for group in self._start_anew(owner, name)]  # written anew at once
        session = self._ledger(owner).sessions.setdefault(name, PlainSession(self.now, self.now))
        session.ttl, session.expires = ttl, None if ttl is None else self.now + ttl
        return [*news, {("document", SETTINGS, name, settings)}]

    def updated(self, owner: Owner, name: str, revision: int) -> None:
        """Take in the position of a session that the update has made."""
        session = self.ledgers[owner].sessions[name]
        session.activity = session.activity or revision

    def clear(self, owner: Owner, name: str) -> News:
        session = self.live(owner, name)
        if session is None:
            return []
        session.entries = []
        return [{("removed", name)}]

    def cleared(self, owner: Owner, name: str) -> None:
        """Take in the position of the notice that clearing has left."""
        self.ledgers[owner].sessions[name].activity = self.ledgers[owner].notices[name]

    def delete(self, owner: Owner, name: str) -> News:
        """Return the news of a session's removal, be it expired or not."""
        if owner not in self.ledgers or self.ledgers[owner].sessions.pop(name, None) is None:
            return []
        settings = {("document", SETTINGS, name, None)} if self.document_position(owner, (SETTINGS, name)) else set()
        return [{("removed", name)} | settings]

    def put(self, owner: Owner, documents: list[Document], expect: dict[tuple[str, str], int]) -> News:
        for key, position in expect.items():
            stands = self.document_position(owner, key)
            if stands != position:
                raise Conflict("document", stands)
        return [{("document", item.collection, item.key, item.body) for item in documents}] if documents else []

    def erase(self, owner: Owner) -> bool:
        return self.ledgers.pop(owner, None) is not None

    def _start_anew(self, owner: Owner, name: str) -> News:
        return [] if self.live(owner, name) else self.delete(owner, name)

    # taking over what the store tells

    def learn(self, owner: Owner, news: News, told: list[Entry | Document]) -> None:
        """Check that the store tells the news, at positions that rise, and take the items in."""
        waiting = [group.copy() for group in news]
        for item in told:
            assert item.position > self.heads.get(owner, 0), "a position was used again"
            self.heads[owner] = item.position
            label = _label(item)
            assert waiting, f"the store tells {label}, which was not written"
            assert label in waiting[0], f"the store tells {label} instead of {waiting[0]}"
            waiting[0].remove(label)
            if not waiting[0]:
                waiting.pop(0)
            self._take(self._ledger(owner), item)
        assert not waiting, f"the store does not tell {waiting}"

    def _take(self, ledger: PlainLedger, item: Entry | Document) -> None:
        if isinstance(item, Entry):
            session = ledger.sessions.setdefault(item.session, PlainSession(item.created, item.created))
            assert item.edition == session.edition
            session.entries.append(item)
        elif item.collection == REWRITTEN:
            ledger.rewritten[item.key] = item.position
        elif item.collection != REMOVED:
            ledger.documents[item.collection, item.key] = item
        else:
            ledger.notices[item.key] = item.position

    def _ledger(self, owner: Owner) -> PlainLedger:
        return self.ledgers.setdefault(owner, PlainLedger())


def _label(item: Entry | Document) -> tuple:
    if isinstance(item, Entry):
        return ("entry", item.session, item.id, item.body)
    kind = {REMOVED: "removed", REWRITTEN: "rewritten"}.get(item.collection)
    return (kind, item.key) if kind else ("document", item.collection, item.key, item.body)
