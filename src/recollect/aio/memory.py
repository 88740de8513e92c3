"""A memory, and the handles that it gives."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from recollect.aio.documents import AsyncDocuments
from recollect.aio.session import AsyncSession
from recollect.aio.user import AsyncUser
from recollect.codec.plain import check_name
from recollect.core import auditing, collections, sessions
from recollect.core.address import address
from recollect.core.engine import INDEX_BYTES
from recollect.core.tails import CACHE_BYTES, CacheStats
from recollect.memory import Memory
from recollect.model import Hold, Owner, Page, Receipt, Retained, Scanned, SessionInfo, Standing
from recollect.runtime import Model, Progress, Threaded
from recollect.store import Store

if TYPE_CHECKING:
    from recollect.core.background import Learning
    from recollect.core.finders import Finder
    from recollect.core.guarded import EmbedderStatus
    from recollect.core.trail import Trail
    from recollect.privacy.audit import Audit, Record, Verified
    from recollect.privacy.keys import Keyring
    from recollect.privacy.redaction import Redaction
    from recollect.privacy.retention import Retention
    from recollect.recall.embedder import Call, Embedder
    from recollect.recall.vector_index import VectorIndex

WORKERS = 16
"""Threads in which a memory waits for its store: how many calls are under way at once."""


class AsyncMemory:
    """As Memory. Opening the store blocks for a moment; every other call waits in a thread of the memory's own."""

    def __init__(
        self,
        store: str | Store,
        *,
        tenant: str = "",
        embedder: "Embedder | Call | str | Sequence[Any] | None" = "auto",
        vectors: "VectorIndex | None" = None,
        cache_bytes: int = CACHE_BYTES,
        index_bytes: int = INDEX_BYTES,
        redact: "Redaction | None" = None,
        keys: "Keyring | None" = None,
        audit: "Audit | None" = None,
    ) -> None:
        from recollect.core.opening import opened

        self.tenant = check_name(tenant, "the tenant", empty=True)
        self.store, self._owns_store, self._engine, self._embedding = opened(
            store, self.tenant, Threaded(WORKERS), embedder, vectors, cache_bytes, index_bytes, redact, audit, keys
        )
        self._learning: list[Learning] = []

    @cached_property
    def sync(self) -> Memory:
        """The same memory, to be called. It shares the store."""
        other = Memory(self.store, tenant=self.tenant)
        other._engine = self._engine._replace(runtime=other._engine.runtime)  # noqa: SLF001  # the other face of this object
        other._learning = self._learning  # noqa: SLF001  # as above
        return other

    @property
    def trail(self) -> "Trail | None":
        """As Memory.trail."""
        return self._engine.audit

    @property
    def redaction(self) -> "Redaction | None":
        """What is not stored; None where everything is."""
        return None if self._engine.redacting is None else self._engine.redacting.rules

    @property
    def cache(self) -> CacheStats:
        """What the cache of this memory holds, and how often it served: see ``cache_bytes``."""
        return self._engine.tails.stats()

    @property
    def embedder(self) -> "EmbedderStatus":
        """What recall goes by beside words: the embedder and how it stands, or what to do to have one."""
        return self._engine.indexes.embedder

    def session(self, id: str, *, user: str | None = None) -> AsyncSession:
        """As Memory.session; nothing to await."""
        return AsyncSession(self._engine, address(self.tenant, user, id))

    def user(self, name: str) -> AsyncUser:
        """As Memory.user; nothing to await."""
        return AsyncUser(self._engine, Owner(self.tenant, "user", check_name(name, "the user")))

    def documents(self, collection: str) -> AsyncDocuments:
        """As Memory.documents; nothing to await."""
        return AsyncDocuments(self._engine, Owner(self.tenant, "tenant", ""), collections.check_collection(collection))

    async def users(self, *, after: str | None = None, limit: int = 100) -> Page[str]:
        """As Memory.users."""
        return await sessions.users(self._engine, self.tenant, after, limit)

    async def recent(self, *, limit: int = 50) -> list[SessionInfo]:
        """As Memory.recent."""
        return await sessions.recent(self._engine, self.tenant, limit)

    @contextmanager
    def acting(self, actor: str, *, purpose: str = "") -> Iterator[None]:
        """As Memory.acting; nothing to await."""
        with auditing.acting(actor, purpose):
            yield

    async def audit(
        self,
        *,
        user: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> "list[Record]":
        """As Memory.audit."""
        from recollect.core import audit

        owner = None if user is None else Owner(self.tenant, "user", check_name(user, "the user"))
        wanted = audit.Wanted(owner, None, actor, action, since, until)
        return await audit.records(self._engine, owner or Owner(self.tenant, "tenant", ""), wanted)

    async def verify_receipt(self, receipt: Receipt | bytes | str) -> Standing:
        """As Memory.verify_receipt."""
        from recollect.core import receipts

        return await receipts.verify(self._engine, self.tenant, receipt)

    async def verify_audit(self, anchors: str | PathLike[str] | None = None) -> "Verified":
        """As Memory.verify_audit."""
        from recollect.core import audit

        return await audit.verified(self._engine, self.tenant, anchors)

    async def holds(self) -> list[Hold]:
        """As Memory.holds."""
        from recollect.core import holding

        return await holding.holds(self._engine, self.tenant)

    async def retain(
        self,
        rules: "Retention",
        *,
        dry_run: bool = True,
        now: datetime | None = None,
        clock_is_right: bool = False,
        progress: "Progress | None" = None,
    ) -> Retained:
        """As Memory.retain. ``progress`` is called in the event loop."""
        from recollect.core import retaining

        return await retaining.retain(self._engine, self.tenant, rules, now, dry_run, clock_is_right, progress)

    async def expire(self) -> int:
        """As Memory.expire."""
        return await sessions.expire(self._engine)

    async def scan(self, redaction: "Redaction | None" = None, *, dry_run: bool = True, progress: "Progress | None" = None) -> Scanned:
        """As Memory.scan."""
        from recollect.core import scanning

        return await scanning.scan(self._engine, self.tenant, redaction, dry_run, progress)

    def learn_in_background(
        self, model: Model | None = None, *, rules: "Finder | str | None" = None, every: timedelta = timedelta(seconds=10)
    ) -> "Learning":
        """As Memory.learn_in_background; nothing to await."""
        from recollect.core.background import Learning

        learning = Learning(self._engine, self.tenant, model, rules, every)
        self._learning.append(learning)
        return learning

    async def close(self) -> None:
        """As Memory.close. Waits for the calls under way."""
        for learning in self._learning:
            await self._engine.runtime.io(learning.close)
        await self._engine.runtime.io(self._embedding.close)
        await self._engine.runtime.io(self._engine.indexes.close)
        if self._engine.audit is not None:
            await self._engine.runtime.io(self._engine.audit.close)
        self._engine.runtime.close()
        if self._owns_store:
            self.store.close()

    async def __aenter__(self) -> Self:
        """As Memory.__enter__."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """As Memory.__exit__."""
        await self.close()
