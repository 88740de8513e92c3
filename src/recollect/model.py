"""The nouns of a memory: frozen values, without behaviour beyond their own fields."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from os import urandom
from typing import Any, Generic, Literal, TypeVar, get_args

from msgspec import Struct, field
from msgspec.structs import astuple

Role = Literal["system", "user", "assistant", "tool"]
ROLES: frozenset[str] = frozenset(get_args(Role))

FactKind = Literal["profile", "preference", "goal", "event", "note"]
FACT_KINDS: tuple[FactKind, ...] = get_args(FactKind)

Trust = Literal["user", "assistant", "tool", "inferred", "imported"]
TRUSTS: tuple[Trust, ...] = get_args(Trust)
"""Who told a fact, the most trusted first."""

Json = dict[str, Any]
"""A JSON object: str keys; values of None, bool, int, finite float, str, list and dict."""

T = TypeVar("T")


def new_id() -> str:
    """Return a UUID version 7 (RFC 9562) as text: 48 bits of Unix milliseconds, then 74 random bits."""
    noise = urandom(10)
    digits = ((time.time_ns() // 1_000_000).to_bytes(6, "big") + noise).hex()
    return f"{digits[:8]}-{digits[8:12]}-7{digits[13:16]}-{'89ab'[noise[2] & 3]}{digits[17:20]}-{digits[20:]}"


def utc_now() -> datetime:
    """Return the present time, aware, in UTC."""
    return datetime.now(UTC)


class Owner(Struct, frozen=True, order=True):
    """Whom a ledger belongs to: a user of a tenant, a session that owns itself because it has no user, or the tenant (name "")."""

    tenant: str
    kind: Literal["session", "tenant", "user"]
    name: str


class ToolCall(Struct, frozen=True, omit_defaults=True):
    """A tool that the assistant asks for. ``arguments`` is text where the model did not write a JSON object."""

    name: str
    arguments: Json | str = field(default_factory=dict)
    id: str | None = None


class Message(Struct, frozen=True, eq=False):
    """One message of a conversation.

    Args:
        role: ``"system"``, ``"user"``, ``"assistant"`` or ``"tool"``.
        content: text, or a list of content blocks (text, or JSON objects with a ``type``).
        id: unique within its session; a UUIDv7 unless given. Appending the same id with the same content again changes nothing.
        name: who speaks, where the role does not say it.
        tool_calls: the tools that an assistant asks for.
        tool_call_id: of a tool message: the call that it answers.
        created: when it was said: aware; kept in UTC, to the microsecond. It never decides an order.
        tokens: how many tokens it takes, where that is known.
        metadata: the application's own JSON object.
        extra: what a framework needs besides, by the framework's name, so that its own type can be restored exactly.
        position: where the message stands in its owner's ledger; None until stored. Not part of equality.

    """

    role: Role
    content: str | list[str | Json] = ""
    id: str = field(default_factory=new_id)
    name: str | None = None
    tool_calls: list[ToolCall] = field(default_factory=list)
    tool_call_id: str | None = None
    created: datetime = field(default_factory=utc_now)
    tokens: int | None = None
    metadata: Json = field(default_factory=dict)
    extra: Json = field(default_factory=dict)
    position: int | None = None

    @property
    def text(self) -> str:
        """The text of the content; blocks that are not text are left out."""
        if isinstance(self.content, str):
            return self.content
        texts = (block if isinstance(block, str) else block.get("text") for block in self.content)
        return "\n".join(text for text in texts if isinstance(text, str))

    def __eq__(self, other: object) -> bool:
        """Compare every field but the position."""
        if not isinstance(other, Message):
            return NotImplemented
        return astuple(self)[:-1] == astuple(other)[:-1]

    def __ne__(self, other: object) -> bool:
        """Contradict ``==``: a struct without a comparison of its own would go by identity."""
        return not self == other

    def __hash__(self) -> int:
        """Hash the id."""
        return hash(self.id)


class SessionInfo(Struct, frozen=True):
    """What is known of a session without reading its messages.

    ``tokens`` adds up the counts that its messages carry. ``created`` and ``updated`` are the times of its first and its
    latest message (of its making, while it is empty). ``position`` is that of its latest message, 0 while it is empty:
    what ``append(expect=…)`` takes. ``expires`` moves on by the session's time to live with each append.
    """

    id: str
    user: str | None
    count: int
    tokens: int
    created: datetime
    updated: datetime
    position: int
    title: str | None = None
    metadata: Json = field(default_factory=dict)
    expires: datetime | None = None


class Source(Struct, frozen=True):
    """What a fact rests on: a message of a session, by id and by position when it was read; or, without a message, a session or a batch by name."""

    session: str
    message: str | None = None
    position: int | None = None


class Fact(Struct, frozen=True, kw_only=True):
    """Something that is known of a user.

    Args:
        id: unique within the user's facts.
        text: the fact as a sentence of its own, such as ``"lives in Lisbon"``.
        kind: what sort of thing.
        subject: whom it is about: ``"user"`` for the user, or a name.
        attribute: what of the subject, such as ``"lives in"``. With the subject it names a slot.
        value: what stands in the slot, such as ``"Lisbon"``.
        adds: the value stands beside the others of its slot, instead of superseding them.
        denies: that this is not so any more; without a value, that nothing in the slot is.
        corrects: what was known before of the slot was wrong.
        replaces: the id of the fact that it corrects, where that was named.
        wrong: the value that it corrects, where that was named.
        sources: the messages, sessions or batches that it rests on.
        trust: who told it.
        said: when the message was written that says so; None where the application told it.
        created: when it was remembered.
        valid_from: from when it holds.
        valid_to: when it was over, or will be. None: it holds on.
        superseded_by: the id of the fact that ended it. One with ``valid_to == valid_from`` was corrected: it never was so.
        also: the ids of later facts that say the same; their sources are among ``sources``.
        strength: from 1 down to 0: it halves with time, unless the fact is used.
        used: when it was last recalled for a model.
        uses: how often it was.
        expires: when it is to be forgotten.
        archived: since when it has been put aside.
        order: what comes first of facts that hold from the same moment: the position at which it was said, and which of that message's facts it is.
        position: where it stands in its owner's ledger.

    ``valid_to``, ``superseded_by``, ``also`` and ``strength`` are seen from all that is known when the fact is read.

    """

    id: str
    text: str
    kind: FactKind = "note"
    subject: str | None = None
    attribute: str | None = None
    value: str | None = None
    adds: bool = False
    denies: bool = False
    corrects: bool = False
    replaces: str | None = None
    wrong: str | None = None
    sources: tuple[Source, ...] = ()
    trust: Trust = "user"
    said: datetime | None = None
    created: datetime
    valid_from: datetime
    valid_to: datetime | None = None
    superseded_by: str | None = None
    also: tuple[str, ...] = ()
    strength: float = 1.0
    used: datetime | None = None
    uses: int = 0
    expires: datetime | None = None
    archived: datetime | None = None
    order: tuple[int, int] = (0, 0)
    position: int = 0

    @property
    def statement(self) -> str:
        """The text, with whom it is about where that is another than the user and the text does not say so."""
        if self.subject in (None, "user") or self.subject.casefold() in self.text.casefold():
            return self.text
        return f"{self.subject}: {self.text}"


class Use(Struct, frozen=True):
    """When a fact was last recalled for a model, and how often it was."""

    used: datetime
    uses: int = 1


class Recollection(Struct, frozen=True):
    """What was recalled: either a message or a fact.

    Args:
        message: the message; None where it is a fact.
        session: the session that the message stands in; None where it is a fact.
        score: how well it answers, higher is better; comparable within one recall alone.
        why: each signal's share of the score; the shares add up to it.
        fact: the fact; None where it is a message.
        before: the messages right before it in its session, in order, as many as were asked for: context, not found by themselves.
        after: those right after it.

    """

    message: Message | None
    session: str | None
    score: float
    why: dict[str, float]
    fact: Fact | None = None
    before: tuple[Message, ...] = ()
    after: tuple[Message, ...] = ()

    @property
    def text(self) -> str:
        """The text of the message, or of the fact with whom it is about."""
        return self.fact.statement if self.fact is not None else self._message.text

    @property
    def created(self) -> datetime:
        """When the message was written, or since when the fact holds."""
        return self.fact.valid_from if self.fact is not None else self._message.created

    @property
    def position(self) -> int:
        """Where it stands in its owner's ledger."""
        return self.fact.position if self.fact is not None else self._message.position or 0

    @property
    def _message(self) -> Message:
        if self.message is None:
            raise TypeError("a recollection is of a message or of a fact; this one has neither")
        return self.message


class Page(Struct, Generic[T], frozen=True):
    """Some of a longer list. ``next`` is what to pass as ``after`` for the rest; None at the end."""

    items: list[T]
    next: str | None = None

    def __iter__(self) -> Iterator[T]:
        """Iterate over the items of this page."""
        return iter(self.items)

    def __len__(self) -> int:
        """Count the items of this page."""
        return len(self.items)


class Entry(Struct, frozen=True, gc=False):
    """A message as a store sees it: opaque bytes, beside the columns that a store needs or that a person may query.

    ``created`` is in microseconds since 1970 (UTC). ``digest`` (16 bytes) is equal for equal content: it tells a retry
    from a conflict. ``position`` is 0 until the store has handed one out.
    """

    position: int
    id: str
    role: str
    created: int
    tokens: int | None
    digest: bytes
    body: bytes
    session: str = ""


class Document(Struct, frozen=True, gc=False):
    """The latest value under ``(collection, key)`` as a store sees it. A body of None is a notice that it was removed."""

    collection: str
    key: str
    body: bytes | None
    position: int = 0


class Saved(Struct, frozen=True, gc=False):
    """A derived document as a store sees it: opaque parts, and the position at which its owner's ledger ended when it was made."""

    position: int
    parts: tuple[bytes, ...]


class SessionState(Struct, frozen=True, gc=False):
    """A session as a store sees it. Times are in microseconds since 1970 (UTC); ``ttl`` is a span in microseconds.

    ``position`` is that of its latest entry, 0 while it has none. ``activity`` is the position that listings go by: that
    of its latest entry, or of its making or clearing while it is empty. ``settings`` is the body of the session's document
    in the collection SETTINGS, and ``revision`` that document's position.
    """

    name: str
    count: int
    tokens: int
    created: int
    updated: int
    position: int
    activity: int
    ttl: int | None = None
    expires: int | None = None
    settings: bytes | None = None
    revision: int = 0
