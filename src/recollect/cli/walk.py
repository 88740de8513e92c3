"""Going through a whole memory, a page at a time."""

from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import TypeVar

from recollect.memory import Memory, User
from recollect.model import Page, SessionInfo
from recollect.transfer.listing import owners

T = TypeVar("T")

PAGE = 500
"""Users or sessions read at a time."""


def users(memory: Memory) -> Iterator[User]:
    """Return every user, in order of the names."""
    return map(memory.user, _every(lambda after: memory.users(after=after, limit=PAGE)))


def user_sessions(user: User) -> Iterator[SessionInfo]:
    """Return every session of a user, the latest first."""
    return _every(lambda after: user.sessions(after=after, limit=PAGE))


def anonymous_sessions(memory: Memory) -> Iterator[SessionInfo]:
    """Return every session without a user, in order of the ids."""
    alone = takewhile(lambda owner: owner.kind == "session", owners(memory.store, memory.tenant, None))  # they come first
    return (info for owner in alone if (info := memory.session(owner.name).info()) is not None)


def _every(read: Callable[[str | None], Page[T]]) -> Iterator[T]:
    page = read(None)
    yield from page
    while page.next is not None:
        page = read(page.next)
        yield from page
