"""The synchronous face: a memory, its users, sessions and documents. Handles are cheap and do no I/O."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from msgspec import UNSET, UnsetType

from recollect.codec.plain import check_name
from recollect.core import collections, conversation, recalling, sessions
from recollect.core.address import Address, address
from recollect.core.engine import Engine
from recollect.core.indexes import INDEX_BYTES, Indexes
from recollect.core.tails import CACHE_BYTES, CacheStats, Tails
from recollect.model import Json, Message, Owner, Page, Recollection, SessionInfo
from recollect.runtime import Blocking, complete
from recollect.store import Store, store_of
from recollect.views import View

if TYPE_CHECKING:
    from recollect.aio import AsyncMemory

T = TypeVar("T")


class Memory:
    """The memory of one application, in a database that its owner runs. ``AsyncMemory`` has the same methods, to be awaited.

    Args:
        store: a URL such as ``sqlite:///support.db``, ``file:///folder`` or ``memory://``, or an open store, which its owner closes.
        tenant: whose memory, where one database holds several. No call reaches another tenant's.
        cache_bytes: how much this memory may keep of the ends of the sessions in use. What it gives is never stale.
        index_bytes: how much it may keep of the search indexes of the users who were lately asked about.

    Raises:
        Invalid: the URL names no store.
        StoreError: the store cannot be opened.

    """

    def __init__(self, store: str | Store, *, tenant: str = "", cache_bytes: int = CACHE_BYTES, index_bytes: int = INDEX_BYTES) -> None:
        self.tenant = check_name(tenant, "the tenant", empty=True)
        self.store, self._owns_store = store_of(store)
        self._engine = Engine(self.store, Tails(self.store, cache_bytes), Indexes(self.store, index_bytes), Blocking())

    @cached_property
    def aio(self) -> "AsyncMemory":
        """The same memory, to be awaited. It shares the store; closing this memory closes both."""
        from recollect.aio import AsyncMemory

        other = AsyncMemory(self.store, tenant=self.tenant)
        other._engine = other._engine._replace(tails=self._engine.tails, indexes=self._engine.indexes)  # noqa: SLF001  # the other face of this object
        return other

    @property
    def cache(self) -> CacheStats:
        """What the cache of this memory holds, and how often it served: see ``cache_bytes``."""
        return self._engine.tails.stats()

    def session(self, id: str, *, user: str | None = None) -> "Session":
        """Return the handle of a session: of a user's, or of an anonymous one, which shares its ledger with no other."""
        return Session(self._engine, address(self.tenant, user, id))

    def user(self, name: str) -> "User":
        """Return the handle of a user."""
        return User(self._engine, Owner(self.tenant, "user", check_name(name, "the user")))

    def documents(self, collection: str) -> "Documents":
        """Return the handle of a collection that belongs to the tenant, and to no user."""
        return Documents(self._engine, Owner(self.tenant, "tenant", ""), collections.check_collection(collection))

    def users(self, *, after: str | None = None, limit: int = 100) -> Page[str]:
        """Return a page of the users that have anything stored, in order."""
        return complete(sessions.users(self._engine, self.tenant, after, limit))

    def recent(self, *, limit: int = 50) -> list[SessionInfo]:
        """Return the sessions that were updated last, over all users and the anonymous ones: for an overview."""
        return complete(sessions.recent(self._engine, self.tenant, limit))

    def expire(self) -> int:
        """Delete the sessions whose time to live is over, in all tenants, and return how many. They are hidden before."""
        return complete(sessions.expire(self._engine))

    def close(self) -> None:
        """Let go of the threads, and of the store if it was opened from a URL."""
        if "aio" in self.__dict__:
            self.aio._engine.runtime.close()  # noqa: SLF001  # the other face of this object
        if self._owns_store:
            self.store.close()

    def __enter__(self) -> Self:
        """Return the memory, to be closed at the end of the block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the memory."""
        self.close()


class User:
    """A user's sessions and documents."""

    def __init__(self, engine: Engine, owner: Owner) -> None:
        self._engine = engine
        self._owner = owner

    @property
    def name(self) -> str:
        """Who it is."""
        return self._owner.name

    def session(self, id: str) -> "Session":
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

    def documents(self, collection: str) -> "Documents":
        """Return the handle of a collection of the user's."""
        return Documents(self._engine, self._owner, collections.check_collection(collection))

    def erase(self) -> bool:
        """Remove the user with all sessions and documents. Returns whether anything was stored."""
        return complete(sessions.erase(self._engine, self._owner))


class Session:
    """One conversation."""

    def __init__(self, engine: Engine, address: Address) -> None:
        self._engine = engine
        self._address = address

    @property
    def id(self) -> str:
        """The session's id."""
        return self._address.session

    @property
    def user(self) -> str | None:
        """Whose session it is; None for an anonymous one."""
        return self._address.owner.name if self._address.owner.kind == "user" else None

    def append(
        self, *messages: Message, system: str | None = None, user: str | None = None, assistant: str | None = None, expect: int | None = None
    ) -> int:
        """Add messages at the end: all or none, durable when the call returns.

        A message whose id is in the session already, with the same role and content, is not written twice: a call whose
        outcome is unknown can be repeated.

        Args:
            messages: what was said, in order.
            system: the text of a system message, after those.
            user: the text of a user message, after those.
            assistant: the text of an assistant message, after those.
            expect: the position at which the session must stand (``info().position``; 0 for an empty one).

        Returns:
            The position of the last message given.

        Raises:
            Invalid: a message cannot be kept exactly; the error names it and the field.
            Conflict: an id is taken by another message, or the session is not at ``expect``.
            StoreError: the database failed; ``outcome`` tells whether anything may have been written.

        """
        return complete(conversation.append(self._engine, self._address, conversation.said(messages, system, user, assistant), expect))

    def messages(self, *, last: int | None = None, after: int = 0, before: int | None = None, limit: int | None = None) -> list[Message]:
        """Return messages in order, those with ``after < position < before``: all of them, the ``last`` so many, or the first ``limit``.

        To page forwards, pass the position of the last message read as ``after``; backwards, that of the first as ``before``.
        """
        return complete(conversation.read(self._engine, self._address, last=last, after=after, before=before, limit=limit))

    def context(self, view: View[T]) -> T:
        """Return what the model is to see, reading only as much as the view needs: ``context(Window(turns=5))``."""
        return complete(conversation.context(self._engine, self._address, view))

    def recall(
        self,
        query: str,
        *,
        k: int = 10,
        roles: Collection[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        now: datetime | None = None,
    ) -> list[Recollection]:
        """Return the messages of this session that answer a query best: see User.recall."""
        at = self._address
        return complete(recalling.recall(self._engine, at.owner, query, k=k, sessions=[at.session], roles=roles, since=since, until=until, now=now))

    def info(self) -> SessionInfo | None:
        """Return what is known of the session; None if there is none, or its time is over."""
        return complete(sessions.info(self._engine, self._address))

    def update(self, *, title: str | UnsetType | None = UNSET, metadata: Json | UnsetType = UNSET, ttl: timedelta | UnsetType | None = UNSET) -> None:
        """Change the title, the metadata or the time to live; what is not given stays. Makes the session where it is new.

        With a ``ttl``, the session expires so long after its latest append; None keeps it for good.
        """
        complete(sessions.update(self._engine, self._address, title, metadata, ttl))

    def clear(self) -> bool:
        """Remove the messages, and keep title and metadata. Returns whether there was a session."""
        return complete(sessions.clear(self._engine, self._address))

    def delete(self) -> bool:
        """Remove the session whole. Returns whether there was one."""
        return complete(sessions.delete(self._engine, self._address))

    def fork(self, id: str, *, at: int | None = None) -> "Session":
        """Copy the messages, up to the one at position ``at``, into a new session of the same user, and return its handle.

        Raises:
            NotFound: there is nothing to copy.
            Conflict: the new session has other messages already.

        """
        new = Session(self._engine, address(self._address.owner.tenant, self.user, id))
        complete(sessions.fork(self._engine, self._address, new._address, at))
        return new


class Documents:
    """A collection of values under keys: JSON, or bytes."""

    def __init__(self, engine: Engine, owner: Owner, collection: str) -> None:
        self._engine = engine
        self._owner = owner
        self._collection = collection

    def get(self, *keys: str) -> list[Any]:
        """Return the values of the keys, in their order; None where there is none."""
        return complete(collections.get(self._engine, self._owner, self._collection, keys))

    def put(self, values: Mapping[str, Any]) -> None:
        """Write values under their keys, all or none."""
        complete(collections.put(self._engine, self._owner, self._collection, values))

    def remove(self, *keys: str) -> None:
        """Remove the values of the keys; one without a value is passed over."""
        complete(collections.remove(self._engine, self._owner, self._collection, keys))

    def keys(self, *, prefix: str = "", after: str | None = None, limit: int = 1000) -> Page[str]:
        """Return a page of the keys that start with a prefix, in order."""
        return complete(collections.keys(self._engine, self._owner, self._collection, prefix, after, limit))
