"""The fallback as it is read in an outage: a copy of the primary, with its positions moved where they are its own."""

from collections.abc import Callable, Sequence

from recollect.errors import StoreError
from recollect.model import Document, Entry, Owner, SessionState
from recollect.store.failover.positions import BEYOND, BORROWED, placed, placed_state
from recollect.store.protocol import Store


class Copy:
    """Reads of a fallback.

    Args:
        store: gives the fallback.
        replica: its positions are the primary's own. If not, they are served with BORROWED added.

    """

    def __init__(self, store: Callable[[], Store], *, replica: bool) -> None:
        self._store = store
        self.replica = replica
        self._offset = 0 if replica else BORROWED

    def entries(
        self, owner: Owner, session: str, after: int, before: int | None, limit: int | None, newest: bool = False, opening: int = 0
    ) -> list[Entry]:
        """See Store.entries."""
        found = self._store().entries(
            owner, session, after=self._lower(after), before=self.upper(before), limit=limit, newest=newest, opening=opening
        )
        return [placed(entry, self._offset) for entry in found]

    def at(self, owner: Owner, positions: Sequence[int]) -> list[Entry]:
        """See Store.at."""
        found = self._store().at(owner, [position - self._offset for position in positions if self._offset < position < BEYOND])
        return [placed(entry, self._offset) for entry in found]

    def session(self, owner: Owner, session: str) -> SessionState | None:
        """See Store.session."""
        state = self._store().session(owner, session)
        return None if state is None else placed_state(state, self._offset)

    def sessions(self, owner: Owner, after: int | None, limit: int) -> list[SessionState]:
        """See Store.sessions."""
        return [placed_state(state, self._offset) for state in self._store().sessions(owner, after=self.upper(after), limit=limit)]

    def documents(
        self, owner: Owner, collection: str, keys: Sequence[str] | None = None, prefix: str = "", after: str | None = None, limit: int | None = None
    ) -> list[Document]:
        """See Store.documents."""
        found = self._store().documents(owner, collection, keys=keys, prefix=prefix, after=after, limit=limit)
        return [placed(document, self._offset) for document in found]

    def changes(self, owner: Owner, after: int, limit: int) -> list[Entry | Document]:
        """See Store.changes. Only a replica has them: a follower must not be led to positions that the primary does not know.

        Raises:
            StoreError: the fallback is no replica.

        """
        if not self.replica:
            raise StoreError("the primary is down, and its ledger cannot be followed or exported from a fallback; try again when it is back")
        return self._store().changes(owner, self._lower(after), limit)

    def recent(self, tenant: str, limit: int) -> list[tuple[Owner, SessionState]]:
        """See Store.recent."""
        return [(owner, placed_state(state, self._offset)) for owner, state in self._store().recent(tenant, limit=limit)]

    def owners(self, tenant: str, after: Owner | None, limit: int) -> list[Owner]:
        """See Store.owners."""
        return self._store().owners(tenant, after=after, limit=limit)

    def has(self, owner: Owner) -> bool:
        """Tell whether an owner has anything."""
        return bool(self._store().changes(owner, 0, 1))

    def size(self) -> int:
        """See Store.size."""
        return self._store().size()

    def upper(self, position: int | None) -> int | None:
        """Return an upper bound as the fallback knows it; one from before the outage means nothing to it, if it is no replica."""
        if position is None or position >= BEYOND:
            return None
        if not self._offset:
            return position
        if position < self._offset:
            raise StoreError(f"position {position} is one of the primary's, which is down; read again from the end, without it")
        return position - self._offset

    def _lower(self, position: int) -> int:
        """Return a lower bound as the fallback knows it: one from before the outage is none, so that readers see too much and not too little."""
        return max(position - self._offset, 0)
