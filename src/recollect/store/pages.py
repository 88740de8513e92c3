"""What a store lists in pages, as a whole."""

from collections.abc import Iterator, Sequence

from recollect.model import Entry, Owner, SessionState
from recollect.store.protocol import Store

PAGE = 500
"""Owners, sessions or entries read at a time."""


def owners(store: Store, tenant: str) -> Iterator[Owner]:
    """Yield all owners of a tenant: anonymous sessions, the tenant itself if it has documents, users."""
    last: Owner | None = None
    while page := store.owners(tenant, after=last, limit=PAGE):
        yield from page
        last = page[-1]


def sessions(store: Store, owner: Owner, beyond: int = -1) -> Iterator[SessionState]:
    """Yield an owner's sessions with an activity beyond a position, the latest first. One that becomes active meanwhile may be missed."""
    after: int | None = None
    while page := store.sessions(owner, after=after, limit=PAGE):
        for state in page:
            if state.activity <= beyond:
                return
            yield state
        after = page[-1].activity


def all_sessions(store: Store, owner: Owner) -> list[SessionState]:
    """Return an owner's sessions, the one with the latest activity last.

    A listing goes by falling activity, so that a session that moves to its top meanwhile could be missed: what has become
    active since the listing began is listed again, until nothing has.
    """
    found: dict[str, SessionState] = {}
    seen = -1
    while news := list(sessions(store, owner, seen)):
        found |= {state.name: state for state in news}
        seen = max(state.activity for state in news)
    return sorted(found.values(), key=lambda state: state.activity)


def entries(store: Store, owner: Owner, session: str) -> Iterator[Sequence[Entry]]:
    """Yield the entries of a session, in pages, the oldest first."""
    after = 0
    while page := store.entries(owner, session, after=after, limit=PAGE):
        yield page
        after = page[-1].position
