"""A session's handle."""

from collections.abc import AsyncIterable, AsyncIterator, Collection
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import UNSET, UnsetType

from recollect.core import conversation, recalling, sessions
from recollect.core.address import Address, address
from recollect.core.engine import Engine
from recollect.model import FactKind, Hold, Json, Message, Receipt, Recollection, Role, SessionInfo, Trust
from recollect.views.lookup import AnyView, Search

T = TypeVar("T")


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
        return await conversation.append(self._engine, self._address, messages, system, user, assistant, expect)

    async def messages(self, *, last: int | None = None, after: int = 0, before: int | None = None, limit: int | None = None) -> list[Message]:
        """As Session.messages."""
        return await conversation.read(self._engine, self._address, last=last, after=after, before=before, limit=limit)

    async def context(self, view: AnyView[T]) -> T:
        """As Session.context."""
        return await conversation.context(self._engine, self._address, view)

    async def recall(
        self,
        query: str,
        *,
        k: int | None = None,
        tokens: int | None = None,
        roles: Collection[Role] | None = None,
        kinds: Collection[FactKind] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
        trust: Trust | None = None,
        neighbours: int = 0,
        now: datetime | None = None,
    ) -> list[Recollection]:
        """As Session.recall."""
        search = Search(
            query=query,
            k=k,
            tokens=tokens,
            sessions=[self._address.session],
            roles=roles,
            kinds=kinds,
            since=since,
            until=until,
            as_of=as_of,
            trust=trust,
            neighbours=neighbours,
            now=now,
        )
        return await recalling.recall(self._engine, self._address.owner, search)

    def redacted_stream(self, chunks: AsyncIterable[str]) -> AsyncIterator[str]:
        """As Session.redacted_stream, of what comes by ``async for``."""
        from recollect.core import streaming

        return streaming.aredacted(self._engine, self._address, chunks)

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

    async def erase(self, *, by: str | None = None, scrub: bool = True) -> Receipt:
        """As Session.erase."""
        from recollect.core import erasing

        return await erasing.erase(self._engine, erasing.alone(self._address), by, scrub=scrub)

    async def erased(self) -> bool:
        """As Session.erased."""
        from recollect.core import erasing

        return await erasing.erased(self._engine, erasing.alone(self._address))

    async def readmit(self) -> bool:
        """As Session.readmit."""
        from recollect.core import erasing

        return await erasing.readmit(self._engine, erasing.alone(self._address))

    async def hold(self, reason: str, *, by: str | None = None) -> Hold:
        """As Session.hold."""
        from recollect.core import holding

        return await holding.hold(self._engine, self._address, reason, by)

    async def release(self) -> bool:
        """As Session.release."""
        from recollect.core import holding

        return await holding.release(self._engine, self._address)

    async def fork(self, id: str, *, at: int | None = None) -> "AsyncSession":
        """As Session.fork."""
        new = AsyncSession(self._engine, address(self._address.owner.tenant, self.user, id))
        await sessions.fork(self._engine, self._address, new._address, at)
        return new
