"""A store over ledgers in memory: every operation but where the ledgers are kept."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import nlargest
from typing import Generic, TypeVar, cast

from msgspec.structs import replace

from recollect.errors import Damaged, StoreError
from recollect.model import Document, Entry, Owner, Saved, SessionState
from recollect.store import decisions
from recollect.store.decisions import Decision
from recollect.store.events import Kept
from recollect.store.ledger import DocumentAt, EntryAt, Ledger, Session, select
from recollect.store.protocol import Clock

P = TypeVar("P")
T = TypeVar("T")

Fetch = Callable[[P], Kept]
"""Returns the event at a place."""


class LedgerStore(ABC, Generic[P]):
    """The operations of ``Store``, over ``_read``, ``_write``, ``_owners``, ``save``, ``saved``, ``erase``, ``size`` and ``close`` of a child."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @abstractmethod
    def _read(self, owner: Owner, look: Callable[[Ledger[P], Fetch[P]], T], absent: T) -> T:
        """Return what ``look`` finds in an owner's ledger, which does not change meanwhile; ``absent`` where there is none."""

    @abstractmethod
    def _write(self, owner: Owner, decide: Callable[[Ledger[P], Fetch[P]], Decision[T]], *, make: bool) -> T:
        """Let happen what ``decide`` returns for an owner's ledger, all or none.

        Where the owner has no ledger, ``decide`` sees an empty one, which is kept only if ``make`` is set and something happens.
        """

    @abstractmethod
    def _owners(self, tenant: str | None) -> Iterable[Owner]:
        """Return the owners of a tenant, or of all of them, in any order.

        Raises:
            Damaged: it cannot be told whose a ledger is, raised behind the others; of a tenant's owners, only where it may be the tenant's.

        """

    @abstractmethod
    def save(self, owner: Owner, name: str, position: int, parts: Sequence[bytes]) -> bool:
        """See Store.save."""

    @abstractmethod
    def saved(self, owner: Owner, name: str) -> Saved | None:
        """See Store.saved."""

    @abstractmethod
    def erase(self, owner: Owner) -> bool:
        """See Store.erase."""

    @abstractmethod
    def size(self) -> int:
        """See Store.size."""

    @abstractmethod
    def close(self) -> None:
        """See Store.close."""

    def append(self, owner: Owner, session: str, entries: Sequence[Entry], *, expect: int | None = None) -> int:
        """See Store.append."""
        return self._write(owner, lambda ledger, _: decisions.append(ledger, session, entries, expect, self._clock()), make=True)

    def entries(
        self,
        owner: Owner,
        session: str,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int | None = None,
        newest: bool = False,
        opening: int = 0,
    ) -> list[Entry]:
        """See Store.entries."""

        def look(ledger: Ledger[P], fetch: Fetch[P]) -> list[Entry]:
            found = ledger.live(session, self._clock())
            chosen = [] if found is None else select(found.entries, after, before, limit, newest, opening)
            return [_entry(ledger, fetch, kept) for kept in chosen]

        return self._read(owner, look, [])

    def at(self, owner: Owner, positions: Sequence[int]) -> list[Entry]:
        """See Store.at."""
        return self._read(owner, lambda ledger, fetch: [_entry(ledger, fetch, kept) for kept in ledger.at(positions, self._clock())], [])

    def rewrite(self, owner: Owner, session: str, entries: Sequence[Entry], *, edition: int) -> int:
        """See Store.rewrite."""

        def decide(ledger: Ledger[P], fetch: Fetch[P]) -> Decision[int]:
            return decisions.rewrite(ledger, session, entries, edition, self._clock(), lambda kept: _entry(ledger, fetch, kept))

        return self._write(owner, decide, make=False)

    def session(self, owner: Owner, session: str) -> SessionState | None:
        """See Store.session."""

        def look(ledger: Ledger[P], fetch: Fetch[P]) -> SessionState | None:
            found = ledger.live(session, self._clock())
            return None if found is None else _state(ledger, fetch, found)

        return self._read(owner, look, None)

    def sessions(self, owner: Owner, *, after: int | None = None, limit: int) -> list[SessionState]:
        """See Store.sessions."""

        def look(ledger: Ledger[P], fetch: Fetch[P]) -> list[SessionState]:
            return [_state(ledger, fetch, session) for session in ledger.newest(after, limit, self._clock())]

        return self._read(owner, look, [])

    def update_session(self, owner: Owner, session: str, settings: bytes, *, ttl: int | None, expect: int) -> int:
        """See Store.update_session."""
        return self._write(owner, lambda ledger, _: decisions.update_session(ledger, session, settings, ttl, expect, self._clock()), make=True)

    def clear_session(self, owner: Owner, session: str) -> bool:
        """See Store.clear_session."""
        return self._write(owner, lambda ledger, _: decisions.clear_session(ledger, session, self._clock()), make=False)

    def delete_session(self, owner: Owner, session: str, *, expect: int | None = None) -> bool:
        """See Store.delete_session."""
        return self._write(owner, lambda ledger, _: decisions.delete_session(ledger, session, expect, self._clock()), make=False)

    def put(self, owner: Owner, documents: Sequence[Document], *, expect: Mapping[tuple[str, str], int] | None = None) -> int:
        """See Store.put."""
        return self._write(owner, lambda ledger, _: decisions.put(ledger, documents, expect or {}), make=True)

    def documents(
        self,
        owner: Owner,
        collection: str,
        *,
        keys: Sequence[str] | None = None,
        prefix: str = "",
        after: str | None = None,
        limit: int | None = None,
    ) -> list[Document]:
        """See Store.documents."""

        def look(ledger: Ledger[P], fetch: Fetch[P]) -> list[Document]:
            chosen = ledger.documents(collection, keys, prefix, after, limit)
            return cast("list[Document]", [fetch(document.place).item for document in chosen])

        return self._read(owner, look, [])

    def changes(self, owner: Owner, after: int, limit: int) -> list[Entry | Document]:
        """See Store.changes."""
        return self._read(owner, lambda ledger, fetch: [_item(ledger, fetch, kept) for kept in ledger.changes(after, limit)], [])

    def recent(self, tenant: str, *, limit: int) -> list[tuple[Owner, SessionState]]:
        """See Store.recent. The cost is that of all of the tenant's sessions."""
        every = ((owner, state) for owner in self._owners(tenant) for state in self._latest(owner, limit))
        return nlargest(limit, every, key=lambda found: found[1].updated)

    def _latest(self, owner: Owner, limit: int) -> list[SessionState]:
        def look(ledger: Ledger[P], fetch: Fetch[P]) -> list[SessionState]:
            latest = nlargest(limit, ledger.newest(None, None, self._clock()), key=lambda session: session.updated)
            return [_state(ledger, fetch, session) for session in latest]

        return self._read(owner, look, [])

    def owners(self, tenant: str, *, after: Owner | None = None, limit: int) -> list[Owner]:
        """See Store.owners. The cost is that of all of the tenant's owners."""
        beyond = ("", "") if after is None else (after.kind, after.name)
        return sorted(owner for owner in self._owners(tenant) if (owner.kind, owner.name) > beyond)[:limit]

    def expire(self) -> list[tuple[Owner, str]]:
        """See Store.expire. Each owner's ledger is one transaction; a damaged one does not keep the others from theirs."""
        now = self._clock()
        gone: list[tuple[Owner, str]] = []
        damage: Damaged | None = None
        try:
            for owner in self._owners(None):
                try:
                    gone += self._expire(owner, now)
                except Damaged as error:
                    damage = damage or error
        except Damaged as error:
            damage = damage or error
        except StoreError as error:
            error.expired = [*gone, *error.expired]
            raise
        if damage is not None:
            damage.expired = gone
            raise damage
        return gone

    def _expire(self, owner: Owner, now: int) -> list[tuple[Owner, str]]:
        none: list[str] = []
        due = self._read(owner, lambda ledger, _: ledger.expired(now), none)
        try:
            names = self._write(owner, lambda ledger, _: decisions.expire(ledger, now), make=False) if due else none
        except StoreError as error:
            error.expired = [(owner, name) for name in due] if error.outcome == "unknown" else ()
            raise
        return [(owner, name) for name in names]


def _item(ledger: Ledger[P], fetch: Fetch[P], kept: EntryAt[P] | DocumentAt[P]) -> Entry | Document:
    return _entry(ledger, fetch, kept) if isinstance(kept, EntryAt) else fetch(kept.place).item


def _entry(ledger: Ledger[P], fetch: Fetch[P], kept: EntryAt[P]) -> Entry:
    entry, edition = cast("Entry", fetch(kept.place).item), ledger.edition(kept.session)
    return replace(entry, edition=edition) if edition else entry


def _state(ledger: Ledger[P], fetch: Fetch[P], session: Session[P]) -> SessionState:
    state, settings = ledger.describe(session)
    return state if settings is None else replace(state, settings=cast("Document", fetch(settings).item).body)
