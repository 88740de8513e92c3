"""A user's handle."""

from collections.abc import Collection
from datetime import datetime

from recollect.aio.documents import AsyncDocuments
from recollect.aio.known import AsyncKnown
from recollect.aio.session import AsyncSession
from recollect.codec.plain import check_name
from recollect.core import collections, recalling, sessions
from recollect.core.address import Address
from recollect.core.engine import Engine
from recollect.model import Owner, Page, Recollection, SessionInfo


class AsyncUser(AsyncKnown):
    """As User."""

    def __init__(self, engine: Engine, owner: Owner) -> None:
        self._engine = engine
        self._owner = owner

    @property
    def name(self) -> str:
        """As User.name."""
        return self._owner.name

    def session(self, id: str) -> AsyncSession:
        """As User.session; nothing to await."""
        return AsyncSession(self._engine, Address(self._owner, check_name(id, "the session")))

    async def sessions(self, *, after: str | None = None, limit: int = 50) -> Page[SessionInfo]:
        """As User.sessions."""
        return await sessions.list_sessions(self._engine, self._owner, after, limit)

    async def recall(
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
        """As User.recall."""
        return await recalling.recall(self._engine, self._owner, query, k=k, sessions=sessions, roles=roles, since=since, until=until, now=now)

    def documents(self, collection: str) -> AsyncDocuments:
        """As User.documents; nothing to await."""
        return AsyncDocuments(self._engine, self._owner, collections.check_collection(collection))

    async def erase(self) -> bool:
        """As User.erase."""
        return await sessions.erase(self._engine, self._owner)
