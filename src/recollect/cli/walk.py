"""Going through a whole memory, a page at a time."""

from collections.abc import Iterator

from recollect.memory import Memory, User
from recollect.model import SessionInfo

PAGE = 500
"""Users, sessions or owners read at a time."""


def users(memory: Memory) -> Iterator[User]:
    """Return every user, in order of the names."""
    after: str | None = None
    while True:
        page = memory.users(after=after, limit=PAGE)
        yield from map(memory.user, page)
        after = page.next
        if after is None:
            return


def user_sessions(user: User) -> Iterator[SessionInfo]:
    """Return every session of a user, the latest first."""
    after: str | None = None
    while True:
        page = user.sessions(after=after, limit=PAGE)
        yield from page
        after = page.next
        if after is None:
            return


def anonymous_sessions(memory: Memory) -> Iterator[SessionInfo]:
    """Return every session without a user, in order of the ids."""
    after = None
    while owners := memory.store.owners(memory.tenant, after=after, limit=PAGE):
        for owner in owners:
            if owner.kind != "session":  # sessions that own themselves come first
                return
            info = memory.session(owner.name).info()
            if info is not None:
                yield info
        after = owners[-1]
