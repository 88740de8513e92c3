"""A session's handle."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import UNSET, UnsetType

from recollect.core import conversation, recalling, sessions
from recollect.core.address import Address, address
from recollect.core.engine import Engine
from recollect.model import FactKind, Hold, Json, Message, Receipt, Recollection, Role, SessionInfo, Trust
from recollect.runtime import complete
from recollect.views.lookup import AnyView, Search

T = TypeVar("T")


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
        return complete(conversation.append(self._engine, self._address, messages, system, user, assistant, expect))

    def messages(self, *, last: int | None = None, after: int = 0, before: int | None = None, limit: int | None = None) -> list[Message]:
        """Return messages in order, those with ``after < position < before``: all of them, the ``last`` so many, or the first ``limit``.

        To page forwards, pass the position of the last message read as ``after``; backwards, that of the first as ``before``.
        """
        return complete(conversation.read(self._engine, self._address, last=last, after=after, before=before, limit=limit))

    def context(self, view: AnyView[T]) -> T:
        """Return what the model is to see, reading only as much as the view needs: ``context(Window(turns=5))``.

        A view that recalls looks through all of the user's past: ``context(Combined([Recall(tokens=500), Window(turns=5)], tokens=2000))``.
        """
        return complete(conversation.context(self._engine, self._address, view))

    def recall(
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
        """Return the messages of this session, and the facts that rest on it, that answer a query best: see User.recall."""
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
        return complete(recalling.recall(self._engine, self._address.owner, search))

    def redacted_stream(self, chunks: Iterable[str]) -> Iterator[str]:
        """Yield a model's answer as it comes, redacted as it would be stored, so that a reader sees what the memory keeps.

        The pieces are others than those that come: the last words are held back until it is sure that they are no part of a value.
        In a memory without redaction, they are yielded as they are.

        Args:
            chunks: pieces of text, such as ``(chunk.text for chunk in model.stream(prompt))``.

        """
        from recollect.core import streaming

        return streaming.redacted(self._engine, self._address, chunks)

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

    def erase(self, *, by: str | None = None, scrub: bool = True) -> Receipt:
        """Erase an anonymous session as a user is erased: see User.erase. A user's session is deleted, and its user erased.

        Raises:
            Invalid: the session is a user's.

        """
        from recollect.core import erasing

        return complete(erasing.erase(self._engine, erasing.alone(self._address), by, scrub=scrub))

    def erased(self) -> bool:
        """Tell whether the session, an anonymous one, was erased, and not readmitted since."""
        from recollect.core import erasing

        return complete(erasing.erased(self._engine, erasing.alone(self._address)))

    def readmit(self) -> bool:
        """Let an erased anonymous session begin anew. Returns whether it was erased."""
        from recollect.core import erasing

        return complete(erasing.readmit(self._engine, erasing.alone(self._address)))

    def hold(self, reason: str, *, by: str | None = None) -> Hold:
        """Place a legal hold on the session: until it is lifted, nobody removes anything of it. See User.hold."""
        from recollect.core import holding

        return complete(holding.hold(self._engine, self._address, reason, by))

    def release(self) -> bool:
        """Lift the legal hold on the session. Returns whether there was one. Its time to live begins anew."""
        from recollect.core import holding

        return complete(holding.release(self._engine, self._address))

    def fork(self, id: str, *, at: int | None = None) -> "Session":
        """Copy the messages, up to the one at position ``at``, into a new session of the same user, and return its handle.

        Raises:
            NotFound: there is nothing to copy.
            Conflict: the new session has other messages already.

        """
        new = Session(self._engine, address(self._address.owner.tenant, self.user, id))
        complete(sessions.fork(self._engine, self._address, new._address, at))
        return new
