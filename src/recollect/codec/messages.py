"""Messages as entries, and back."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from msgspec import Struct, field
from msgspec.json import Decoder

from recollect.codec.body import pack, unpack
from recollect.codec.plain import check_name, plain
from recollect.errors import Invalid
from recollect.model import ROLES, Entry, Json, Message, Role, ToolCall

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class _Body(Struct, frozen=True, omit_defaults=True):
    """What a message's body holds: all but the entry's own columns."""

    content: str | list[Any] = ""
    name: str | None = None
    tool_calls: list[ToolCall] = field(default_factory=list)
    tool_call_id: str | None = None
    metadata: Json = field(default_factory=dict)
    extra: Json = field(default_factory=dict)


_decoder = Decoder(_Body)


def encode_message(message: Message, where: str) -> Entry:
    """Return the entry for a message, without a position. ``where`` is how an error calls the message.

    Raises:
        Invalid: a field has another type than Message declares, or a value that JSON cannot hold exactly.

    """
    if not isinstance(message, Message):
        raise Invalid(f"{where} is a {type(message).__name__}; give a recollect.Message")
    if message.role not in ROLES:
        raise Invalid(f"{where}: role is {message.role!r}; give one of {', '.join(sorted(ROLES))}")
    body = pack(
        _Body(
            _content(message.content, where),
            _optional(message.name, f"{where}: name"),
            [_tool_call(call, f"{where}: tool_calls[{n}]") for n, call in enumerate(_list(message.tool_calls, f"{where}: tool_calls"))],
            _optional(message.tool_call_id, f"{where}: tool_call_id"),
            _object(message.metadata, f"{where}: metadata"),
            _object(message.extra, f"{where}: extra"),
        )
    )
    digest = blake2b(message.role.encode() + body, digest_size=16).digest()
    return Entry(
        0,
        check_name(message.id, f"{where}: id"),
        message.role,
        to_micros(message.created, f"{where}: created"),
        _tokens(message, where),
        digest,
        body,
    )


def decode_message(entry: Entry) -> Message:
    """Return the message of an entry.

    Raises:
        NewerFormat, Damaged: the body cannot be read.

    """
    body = unpack(entry.body, _decoder, f"message {entry.id!r} of session {entry.session!r}")
    role: Role = entry.role  # type: ignore[assignment]  # written by encode_message alone
    return Message(
        role,
        body.content,
        entry.id,
        body.name,
        body.tool_calls,
        body.tool_call_id,
        from_micros(entry.created),
        entry.tokens,
        body.metadata,
        body.extra,
        entry.position,
    )


def to_micros(moment: object, where: str) -> int:
    """Return a time as microseconds since 1970 (UTC)."""
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise Invalid(f"{where} is {moment!r}; give an aware datetime, such as datetime.now(UTC)")
    return (moment - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the time that is so many microseconds after the start of 1970 (UTC)."""
    return EPOCH + micros * _MICROSECOND


def _content(content: object, where: str) -> str | list[Any]:
    if type(content) is str and content.isascii():
        return content
    if isinstance(content, list):
        for number, block in enumerate(content):
            if not isinstance(block, str | dict):
                raise Invalid(f"{where}: content[{number}] is a {type(block).__name__}; a block is text or a dict")
    elif not isinstance(content, str):
        raise Invalid(f"{where}: content is a {type(content).__name__}; give text, or a list of blocks")
    cleaned: str | list[Any] = plain(content, f"{where}: content")
    return cleaned


def _tool_call(call: object, where: str) -> ToolCall:
    if not isinstance(call, ToolCall):
        raise Invalid(f"{where} is a {type(call).__name__}; give a recollect.ToolCall")
    if not isinstance(call.arguments, str | dict):
        raise Invalid(f"{where}.arguments is a {type(call.arguments).__name__}; give a dict, or the model's text")
    name = plain(call.name, f"{where}.name")
    if not isinstance(name, str):
        raise Invalid(f"{where}.name is a {type(call.name).__name__}; give text")
    return ToolCall(name, plain(call.arguments, f"{where}.arguments"), _optional(call.id, f"{where}.id"))


def _optional(value: object, where: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise Invalid(f"{where} is a {type(value).__name__}; give text or None")
    text: str = plain(value, where)
    return text


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise Invalid(f"{where} is a {type(value).__name__}; give a list")
    return value


def _object(value: object, where: str) -> Json:
    if type(value) is not dict:
        raise Invalid(f"{where} is a {type(value).__name__}; give a dict")
    if not value:
        return value
    cleaned: Json = plain(value, where)
    return cleaned


def _tokens(message: Message, where: str) -> int | None:
    if message.tokens is not None and (type(message.tokens) is not int or not 0 <= message.tokens < 1 << 53):
        raise Invalid(f"{where}: tokens is {message.tokens!r}; give a whole number, or None")
    return message.tokens
