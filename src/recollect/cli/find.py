"""A session that a command was given by its id."""

from recollect.cli.place import Place
from recollect.errors import NotFound
from recollect.memory import Memory, Session
from recollect.model import SessionInfo

OVERVIEW = 1000


def find(place: Place, memory: Memory, id: str, user: str | None) -> tuple[Session, SessionInfo]:
    """Return a session that is there.

    Raises:
        NotFound: it is not. The message names the users who have one of this id among the latest sessions.

    """
    session = memory.session(id, user=user)
    info = session.info()
    if info is not None:
        return session, info
    others = sorted({repr(other.user) for other in memory.recent(limit=OVERVIEW) if other.id == id and other.user is not None})
    anonymous = user is not None and memory.session(id).info() is not None
    whose = f"user {user!r} has no session {id!r}" if user is not None else f"there is no anonymous session {id!r}"
    if others:
        raise NotFound(f"{whose}; there is one of {', '.join(others[:5])}: name its user with --user")
    if anonymous:
        raise NotFound(f"{whose}; there is an anonymous one: leave --user out")
    raise NotFound(f"{whose}; list what is there with: {place.command('sessions')}")
