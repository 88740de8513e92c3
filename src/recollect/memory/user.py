"""A user's handle."""

from collections.abc import Collection
from datetime import datetime

from recollect.codec.plain import check_name
from recollect.core import collections, recalling, sessions
from recollect.core.address import Address
from recollect.core.engine import Engine
from recollect.memory.documents import Documents
from recollect.memory.known import Known
from recollect.memory.session import Session
from recollect.model import Owner, Page, Recollection, SessionInfo
from recollect.runtime import complete


class User(Known):
    """A user's sessions and documents."""

    def __init__(self, engine: Engine, owner: Owner) -> None:
        self._engine = engine
        self._owner = owner

    @property
    def name(self) -> str:
        """Who it is."""
        return self._owner.name

    def session(self, id: str) -> Session:
        """Return the handle of one of the user's sessions."""
        return Session(self._engine, Address(self._owner, check_name(id, "the session")))

    def sessions(self, *, after: str | None = None, limit: int = 50) -> Page[SessionInfo]:
        """Return a page of the user's sessions, the one with the latest activity first."""
        return complete(sessions.list_sessions(self._engine, self._owner, after, limit))

    def recall(
        self,
        query: str,
        *,
        k: int = 10,
        sessions: Collection[str] | None = None,
        roles: Collection[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        now: datetime | None = None,
    ) -> list[Recollection]:
        """Return the messages, over all the user's sessions, that answer a query best, the best first.

        Args:
            query: any text, such as the user's next message. Nothing in it is an operator.
            k: how many, from 1 to 1000.
            sessions: only messages of these sessions.
            roles: only messages of these roles.
            since: only messages of this time or later (aware).
            until: only messages before this time (aware).
            now: what "last week" is seen from; the time of the user's latest message unless given.

        """
        return complete(recalling.recall(self._engine, self._owner, query, k=k, sessions=sessions, roles=roles, since=since, until=until, now=now))

    def documents(self, collection: str) -> Documents:
        """Return the handle of a collection of the user's."""
        return Documents(self._engine, self._owner, collections.check_collection(collection))

    def erase(self) -> bool:
        """Remove the user with all sessions and documents. Returns whether anything was stored."""
        return complete(sessions.erase(self._engine, self._owner))
