"""A session that a command was given by its id, or a user by name."""

from recollect.cli.place import Place
from recollect.errors import Erased, NotFound
from recollect.memory import Memory, Session
from recollect.model import Owner, SessionInfo
from recollect.store.protocol import Store

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


def is_there(store: Store, owner: Owner) -> bool:
    """Tell whether anything is stored of an owner."""
    try:
        return bool(store.changes(owner, 0, 1))
    except Erased:
        return False


def check_user(place: Place, store: Store, user: str) -> None:
    """Refuse a name that is nobody's: it may be a typing error.

    Raises:
        NotFound: nothing is stored of the user.

    """
    if not is_there(store, Owner(place.tenant, "user", user)):
        raise NotFound(f"there is nothing of user {user!r}; list the users with: {place.command('users')}")
