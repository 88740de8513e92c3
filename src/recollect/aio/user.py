"""A user's handle."""

from collections.abc import Collection
from datetime import datetime
from os import PathLike
from typing import TYPE_CHECKING

from recollect.aio.documents import AsyncDocuments
from recollect.aio.known import AsyncKnown
from recollect.aio.session import AsyncSession
from recollect.codec.plain import check_name
from recollect.core import collections, recalling, sessions
from recollect.core.address import Address
from recollect.core.engine import Engine
from recollect.model import FactKind, Hold, Message, Owner, Page, Receipt, Recollection, Role, Scanned, SessionInfo, Trust
from recollect.runtime import Progress
from recollect.views.lookup import Search

if TYPE_CHECKING:
    from recollect.privacy.audit import Record
    from recollect.privacy.redaction import Redaction
    from recollect.transfer.report import ExportReport


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
        k: int | None = None,
        tokens: int | None = None,
        sessions: Collection[str] | None = None,
        roles: Collection[Role] | None = None,
        kinds: Collection[FactKind] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
        trust: Trust | None = None,
        neighbours: int = 0,
        now: datetime | None = None,
    ) -> list[Recollection]:
        """As User.recall."""
        search = Search(
            query=query,
            k=k,
            tokens=tokens,
            sessions=sessions,
            roles=roles,
            kinds=kinds,
            since=since,
            until=until,
            as_of=as_of,
            trust=trust,
            neighbours=neighbours,
            now=now,
        )
        return await recalling.recall(self._engine, self._owner, search)

    def documents(self, collection: str) -> AsyncDocuments:
        """As User.documents; nothing to await."""
        return AsyncDocuments(self._engine, self._owner, collections.check_collection(collection))

    async def export(self, path: str | PathLike[str], *, progress: "Progress | None" = None) -> "ExportReport":
        """As User.export. ``progress`` is called in another thread."""
        from recollect.transfer.portable import export_user

        return await self._engine.runtime.io(export_user, self._engine, self._owner, path, progress)

    async def audit(
        self, *, actor: str | None = None, action: str | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> "list[Record]":
        """As User.audit."""
        from recollect.core import audit

        return await audit.records(self._engine, self._owner, audit.Wanted(self._owner, None, actor, action, since, until))

    async def audited_messages(self, record: "Record") -> list[Message]:
        """As User.audited_messages."""
        from recollect.core import audit

        return [message for _, message in await audit.messages(self._engine, self._owner, record)]

    async def scan(self, redaction: "Redaction | None" = None, *, dry_run: bool = True, progress: "Progress | None" = None) -> Scanned:
        """As User.scan."""
        from recollect.core import scanning

        return await scanning.scan(self._engine, self._owner, redaction, dry_run, progress)

    async def erase(self, *, by: str | None = None, scrub: bool = True) -> Receipt:
        """As User.erase."""
        from recollect.core import erasing

        return await erasing.erase(self._engine, self._owner, by, scrub=scrub)

    async def classify(self, name: str | None) -> None:
        """As User.classify."""
        from recollect.core import retaining

        await retaining.classify(self._engine, self._owner, name)

    async def classification(self) -> str | None:
        """As User.classification."""
        from recollect.core import retaining

        return await retaining.classification(self._engine, self._owner)

    async def hold(self, reason: str, *, by: str | None = None) -> Hold:
        """As User.hold."""
        from recollect.core import holding

        return await holding.hold(self._engine, self._owner, reason, by)

    async def release(self) -> bool:
        """As User.release."""
        from recollect.core import holding

        return await holding.release(self._engine, self._owner)

    async def erased(self) -> bool:
        """As User.erased."""
        from recollect.core import erasing

        return await erasing.erased(self._engine, self._owner)

    async def readmit(self) -> bool:
        """As User.readmit."""
        from recollect.core import erasing

        return await erasing.readmit(self._engine, self._owner)
