"""A store in which the erased stay erased: the engine writes through it."""

from collections.abc import Mapping, Sequence
from typing import Any

from recollect.core.tombstones import Tombstones
from recollect.errors import Erased, StoreError
from recollect.model import Document, Entry, Owner, Saved, SessionState
from recollect.store.protocol import Store

MOST = 100_000
"""Owners of whom it is known how far their ledger was alive. If there are more, all are looked up anew."""

REFUSED = "this user was erased, and nothing is kept of what was to be written; if the person returns: user.readmit(), or recollect readmit"


class Living:
    """Passes calls on to a store, and takes back what is written to the ledger of an owner who was erased.

    An erasure sets a tombstone, then removes the ledger, and leaves a gap of one position. So a write that follows at once on the last
    position at which the owner was known to be alive has nothing of an erasure in front of it, and costs no look. Any other write looks for
    the tombstone, once it is done: if there is one, it erases the ledger again, and raises ``Erased``. What was written in front of the
    ledger's removal is gone with it; what is written behind finds the tombstone.
    """

    def __init__(self, inner: Store, tombstones: Tombstones) -> None:
        self.inner = inner
        self.tombstones = tombstones
        self._alive: dict[Owner, int] = {}

    def append(self, owner: Owner, session: str, entries: Sequence[Entry], *, expect: int | None = None) -> int:
        """See Store.append.

        Raises:
            Erased: the owner was erased.

        """
        last = self.inner.append(owner, session, entries, expect=expect)
        count = len(entries)
        if count > 1:
            count = len({entry.id for entry in entries})
        if self._alive.get(owner) != last - count:
            self._look(owner)
        self._alive[owner] = last
        return last

    def update_session(self, owner: Owner, session: str, settings: bytes, *, ttl: int | None, expect: int) -> int:
        """See Store.update_session, and append."""
        revision = self.inner.update_session(owner, session, settings, ttl=ttl, expect=expect)
        self._written(owner, revision - 1, revision)
        return revision

    def put(self, owner: Owner, documents: Sequence[Document], *, expect: Mapping[tuple[str, str], int] | None = None) -> int:
        """See Store.put, and append."""
        last = self.inner.put(owner, documents, expect=expect)
        if last:  # what was removed may have taken no position
            self._written(owner, last - sum(document.body is not None for document in documents), last)
        return last

    def erase(self, owner: Owner) -> bool:
        """See Store.erase. It sets no tombstone: see erasing."""
        self.forget(owner)
        return self.inner.erase(owner)

    def forget(self, owner: Owner) -> None:
        """Let the next write of an owner look for a tombstone."""
        self._alive.pop(owner, None)

    def _written(self, owner: Owner, before: int, last: int) -> None:
        if self._alive.get(owner) != before:
            self._look(owner)
        self._alive[owner] = last

    def _look(self, owner: Owner) -> None:
        """Take back what was just written, if the owner was erased."""
        if owner.kind == "tenant":
            return
        try:
            erased = self.tombstones.has(owner)
            if erased:
                self.erase(owner)
        except StoreError as error:
            error.outcome = "unknown"  # it is written, and was not looked after
            raise
        if erased:
            raise Erased(REFUSED)
        if len(self._alive) >= MOST:
            self._alive.clear()

    # all else is the store's

    def entries(self, owner: Owner, session: str, **options: Any) -> list[Entry]:
        """See Store.entries."""
        return self.inner.entries(owner, session, **options)

    def at(self, owner: Owner, positions: Sequence[int]) -> list[Entry]:
        """See Store.at."""
        return self.inner.at(owner, positions)

    def rewrite(self, owner: Owner, session: str, entries: Sequence[Entry], *, edition: int) -> int:
        """See Store.rewrite."""
        return self.inner.rewrite(owner, session, entries, edition=edition)

    def session(self, owner: Owner, session: str) -> SessionState | None:
        """See Store.session."""
        return self.inner.session(owner, session)

    def sessions(self, owner: Owner, *, after: int | None = None, limit: int) -> list[SessionState]:
        """See Store.sessions."""
        return self.inner.sessions(owner, after=after, limit=limit)

    def clear_session(self, owner: Owner, session: str) -> bool:
        """See Store.clear_session."""
        return self.inner.clear_session(owner, session)

    def delete_session(self, owner: Owner, session: str, *, expect: int | None = None) -> bool:
        """See Store.delete_session."""
        return self.inner.delete_session(owner, session, expect=expect)

    def documents(self, owner: Owner, collection: str, **options: Any) -> list[Document]:
        """See Store.documents."""
        return self.inner.documents(owner, collection, **options)

    def changes(self, owner: Owner, after: int, limit: int) -> list[Entry | Document]:
        """See Store.changes."""
        return self.inner.changes(owner, after, limit)

    def save(self, owner: Owner, name: str, position: int, parts: Sequence[bytes]) -> bool:
        """See Store.save. It refuses by itself what was made of a ledger that was erased."""
        return self.inner.save(owner, name, position, parts)

    def saved(self, owner: Owner, name: str) -> Saved | None:
        """See Store.saved."""
        return self.inner.saved(owner, name)

    def recent(self, tenant: str, *, limit: int) -> list[tuple[Owner, SessionState]]:
        """See Store.recent."""
        return self.inner.recent(tenant, limit=limit)

    def owners(self, tenant: str, *, after: Owner | None = None, limit: int) -> list[Owner]:
        """See Store.owners."""
        return self.inner.owners(tenant, after=after, limit=limit)

    def expire(self) -> list[tuple[Owner, str]]:
        """See Store.expire."""
        return self.inner.expire()

    def size(self) -> int:
        """See Store.size."""
        return self.inner.size()

    def close(self) -> None:
        """See Store.close."""
        self.inner.close()
