"""The asynchronous face. Each method is its namesake in ``recollect.memory``, to be awaited."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from types import TracebackType
from typing import Any, Self, TypeVar

from msgspec import UNSET, UnsetType

from recollect.codec.plain import check_name
from recollect.core import collections, conversation, recalling, sessions
from recollect.core.address import Address, address
from recollect.core.engine import Engine
from recollect.core.indexes import INDEX_BYTES, Indexes
from recollect.core.tails import CACHE_BYTES, CacheStats, Tails
from recollect.memory import Memory
from recollect.model import Json, Message, Owner, Page, Recollection, SessionInfo
from recollect.runtime import Threaded
from recollect.store import Store, store_of
from recollect.views import View

T = TypeVar("T")

WORKERS = 16
"""Threads in which a memory waits for its store: how many calls are under way at once."""


class AsyncMemory:
    """As Memory. Opening the store blocks for a moment; every other call waits in a thread of the memory's own."""

    def __init__(self, store: str | Store, *, tenant: str = "", cache_bytes: int = CACHE_BYTES, index_bytes: int = INDEX_BYTES) -> None:
        self.tenant = check_name(tenant, "the tenant", empty=True)
        self.store, self._owns_store = store_of(store)
        self._engine = Engine(self.store, Tails(self.store, cache_bytes), Indexes(self.store, index_bytes), Threaded(WORKERS))

    @cached_property
    def sync(self) -> Memory:
        """The same memory, to be called. It shares the store."""
        other = Memory(self.store, tenant=self.tenant)
        other._engine = other._engine._replace(tails=self._engine.tails, indexes=self._engine.indexes)  # noqa: SLF001  # the other face of this object
        return other

    @property
    def cache(self) -> CacheStats:
        """What the cache of this memory holds, and how often it served: see ``cache_bytes``."""
        return self._engine.tails.stats()

    def session(self, id: str, *, user: str | None = None) -> "AsyncSession":
        """As Memory.session; nothing to await."""
        return AsyncSession(self._engine, address(self.tenant, user, id))

    def user(self, name: str) -> "AsyncUser":
        """As Memory.user; nothing to await."""
        return AsyncUser(self._engine, Owner(self.tenant, "user", check_name(name, "the user")))

    def documents(self, collection: str) -> "AsyncDocuments":
        """As Memory.documents; nothing to await."""
        return AsyncDocuments(self._engine, Owner(self.tenant, "tenant", ""), collections.check_collection(collection))

    async def users(self, *, after: str | None = None, limit: int = 100) -> Page[str]:
        """As Memory.users."""
        return await sessions.users(self._engine, self.tenant, after, limit)

    async def recent(self, *, limit: int = 50) -> list[SessionInfo]:
        """As Memory.recent."""
        return await sessions.recent(self._engine, self.tenant, limit)

    async def expire(self) -> int:
        """As Memory.expire."""
        return await sessions.expire(self._engine)

    async def close(self) -> None:
        """As Memory.close. Waits for the calls under way."""
        self._engine.runtime.close()
        if self._owns_store:
            self.store.close()

    async def __aenter__(self) -> Self:
        """As Memory.__enter__."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """As Memory.__exit__."""
        await self.close()


class AsyncUser:
    """As User."""

    def __init__(self, engine: Engine, owner: Owner) -> None:
        self._engine = engine
        self._owner = owner

    @property
    def name(self) -> str:
        """As User.name."""
        return self._owner.name

    def session(self, id: str) -> "AsyncSession":
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

    def documents(self, collection: str) -> "AsyncDocuments":
        """As User.documents; nothing to await."""
        return AsyncDocuments(self._engine, self._owner, collections.check_collection(collection))

    async def erase(self) -> bool:
        """As User.erase."""
        return await sessions.erase(self._engine, self._owner)


class AsyncSession:
    """As Session."""

    def __init__(self, engine: Engine, address: Address) -> None:
        self._engine = engine
        self._address = address

    @property
    def id(self) -> str:
        """As Session.id."""
        return self._address.session

    @property
    def user(self) -> str | None:
        """As Session.user."""
        return self._address.owner.name if self._address.owner.kind == "user" else None

    async def append(
        self, *messages: Message, system: str | None = None, user: str | None = None, assistant: str | None = None, expect: int | None = None
    ) -> int:
        """As Session.append. A cancelled append may still be written; its repetition is safe."""
        return await conversation.append(self._engine, self._address, conversation.said(messages, system, user, assistant), expect)

    async def messages(self, *, last: int | None = None, after: int = 0, before: int | None = None, limit: int | None = None) -> list[Message]:
        """As Session.messages."""
        return await conversation.read(self._engine, self._address, last=last, after=after, before=before, limit=limit)

    async def context(self, view: View[T]) -> T:
        """As Session.context."""
        return await conversation.context(self._engine, self._address, view)

    async def recall(
        self,
        query: str,
        *,
        k: int = 10,
        roles: Collection[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        now: datetime | None = None,
    ) -> list[Recollection]:
        """As Session.recall."""
        at = self._address
        return await recalling.recall(self._engine, at.owner, query, k=k, sessions=[at.session], roles=roles, since=since, until=until, now=now)

    async def info(self) -> SessionInfo | None:
        """As Session.info."""
        return await sessions.info(self._engine, self._address)

    async def update(
        self, *, title: str | UnsetType | None = UNSET, metadata: Json | UnsetType = UNSET, ttl: timedelta | UnsetType | None = UNSET
    ) -> None:
        """As Session.update."""
        await sessions.update(self._engine, self._address, title, metadata, ttl)

    async def clear(self) -> bool:
        """As Session.clear."""
        return await sessions.clear(self._engine, self._address)

    async def delete(self) -> bool:
        """As Session.delete."""
        return await sessions.delete(self._engine, self._address)

    async def fork(self, id: str, *, at: int | None = None) -> "AsyncSession":
        """As Session.fork."""
        new = AsyncSession(self._engine, address(self._address.owner.tenant, self.user, id))
        await sessions.fork(self._engine, self._address, new._address, at)
        return new


class AsyncDocuments:
    """As Documents."""

    def __init__(self, engine: Engine, owner: Owner, collection: str) -> None:
        self._engine = engine
        self._owner = owner
        self._collection = collection

    async def get(self, *keys: str) -> list[Any]:
        """As Documents.get."""
        return await collections.get(self._engine, self._owner, self._collection, keys)

    async def put(self, values: Mapping[str, Any]) -> None:
        """As Documents.put."""
        await collections.put(self._engine, self._owner, self._collection, values)

    async def remove(self, *keys: str) -> None:
        """As Documents.remove."""
        await collections.remove(self._engine, self._owner, self._collection, keys)

    async def keys(self, *, prefix: str = "", after: str | None = None, limit: int = 1000) -> Page[str]:
        """As Documents.keys."""
        return await collections.keys(self._engine, self._owner, self._collection, prefix, after, limit)
