"""Recollect's own JSON Lines: what each line says, written by the export and read by the import.

A header; then, for each owner, its sessions, each a session's line and its messages' in order, and its documents; then an
end, by which a truncated copy is noticed. Nothing is read that these structs do not declare.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from recollect.model import Json, Message, Role, ToolCall

FORMAT = "recollect"

VERSION = 1


class Header(Struct, frozen=True, tag="header"):
    """The first line."""

    format: str
    version: int
    created: datetime


class SessionLine(Struct, frozen=True, tag="session", omit_defaults=True):
    """A session: of a user, or an anonymous one. ``number`` counts the file's sessions from 1, ``count`` this one's messages."""

    number: int
    id: str
    count: int
    user: str | None = None
    title: str | None = None
    metadata: Json = field(default_factory=dict)
    ttl: timedelta | None = None


class MessageLine(Struct, frozen=True, tag="message", omit_defaults=True):
    """A message. ``session`` is the number of its session's line, so that none is taken for another session's when a line is lost."""

    session: int
    role: Role
    id: str
    created: datetime
    content: str | list[str | Json] = ""
    name: str | None = None
    tool_calls: list[ToolCall] = field(default_factory=list)
    tool_call_id: str | None = None
    tokens: int | None = None
    metadata: Json = field(default_factory=dict)
    extra: Json = field(default_factory=dict)


class DocumentLine(Struct, frozen=True, tag="document"):
    """A document: of a user, or, without one, of the tenant. It has a JSON value, or bytes."""

    user: str | None
    collection: str
    key: str
    value: Any | UnsetType = UNSET
    base64: bytes | UnsetType = UNSET


class End(Struct, frozen=True, tag="end"):
    """The last line: how much stands before it."""

    sessions: int
    messages: int
    documents: int


Line = Header | SessionLine | MessageLine | DocumentLine | End

encoder = msgspec.json.Encoder()
decoder = msgspec.json.Decoder(Line)


_SHARED = MessageLine.__struct_fields__[1:]
"""The fields that a message and its line have in common."""


def message_line(message: Message, session: int) -> MessageLine:
    """Return the line of a message."""
    return MessageLine(session, *(getattr(message, name) for name in _SHARED))


def message_of(line: MessageLine) -> Message:
    """Return the message of a line."""
    return Message(**{name: getattr(line, name) for name in _SHARED})
