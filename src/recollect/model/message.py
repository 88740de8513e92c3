"""Messages, and whom and what they belong to."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from os import urandom
from typing import Any, Generic, Literal, TypeVar, get_args

from msgspec import Struct, field
from msgspec.structs import astuple

Role = Literal["system", "user", "assistant", "tool"]
ROLES: frozenset[str] = frozenset(get_args(Role))

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
