"""Going through a whole memory, a page at a time."""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import takewhile
from typing import TypeVar

from recollect.errors import Erased
from recollect.memory import Memory, Session, User
from recollect.model import Message, Page, SessionInfo
from recollect.transfer.listing import owners

T = TypeVar("T")

PAGE = 500
"""Users, sessions or messages read at a time."""


def users(memory: Memory) -> Iterator[User]:
    """Return every user, in order of the names."""
    return map(memory.user, _every(lambda after: memory.users(after=after, limit=PAGE)))


def user_sessions(user: User, page: int = PAGE) -> Iterator[SessionInfo]:
    """Yield every session of a user, the latest first; none of one whose key was destroyed, and who stands in a copy from before."""
    with suppress(Erased):
        yield from _every(lambda after: user.sessions(after=after, limit=page))


def anonymous_sessions(memory: Memory) -> Iterator[SessionInfo]:
    """Yield every session without a user, in order of the ids."""
    alone = takewhile(lambda owner: owner.kind == "session", owners(memory.store, memory.tenant, None))  # they come first
    for owner in alone:
        with suppress(Erased):  # as above
            info = memory.session(owner.name).info()
            if info is not None:
                yield info


def messages(session: Session, after: int = 0, limit: int | None = None) -> Iterator[Message]:
    """Return a session's messages behind a position in order, at most the first ``limit``."""
    left = sys.maxsize if limit is None else limit
    while found := session.messages(after=after, limit=min(PAGE, left)):
        yield from found
        after, left = found[-1].position or after, left - len(found)


def _every(read: Callable[[str | None], Page[T]]) -> Iterator[T]:
    page = read(None)
    yield from page
    while page.next is not None:
        page = read(page.next)
        yield from page
