"""What there is to export."""

from collections.abc import Iterator

from recollect.model import Document, Owner, SessionState
from recollect.store.protocol import Store

PAGE = 500
"""Owners, sessions or changes read at a time."""


def owners(store: Store, tenant: str, only: Owner | None) -> Iterator[Owner]:
    """Yield one owner, or all of a tenant's: anonymous sessions, the tenant itself, users."""
    if only is not None:
        yield only
        return
    last: Owner | None = None
    while found := store.owners(tenant, after=last, limit=PAGE):
        yield from found
        last = found[-1]


def sessions(store: Store, owner: Owner) -> list[tuple[str, int]]:
    """Return the names and counts of an owner's sessions, the one with the latest activity last.

    A listing goes by falling activity, so that a session that moves to its top meanwhile could be missed: what has become
    active since the listing began is listed again, until nothing has.
    """
    found: dict[str, SessionState] = {}
    seen = -1
    while True:
        news = list(_active(store, owner, seen))
        if not news:
            return [(state.name, state.count) for state in sorted(found.values(), key=lambda state: state.activity)]
        found |= {state.name: state for state in news}
        seen = max(state.activity for state in news)


def documents(store: Store, owner: Owner) -> Iterator[Document]:
    """Yield an owner's documents, of all collections, in the order in which they were written."""
    after = 0
    while found := store.changes(owner, after, PAGE):
        yield from (item for item in found if isinstance(item, Document) and item.body is not None)
        after = found[-1].position


def _active(store: Store, owner: Owner, seen: int) -> Iterator[SessionState]:
    """Yield the sessions with an activity beyond a position, the latest first."""
    after: int | None = None
    while page := store.sessions(owner, after=after, limit=PAGE):
        for state in page:
            if state.activity <= seen:
                return
            yield state
        after = page[-1].activity
