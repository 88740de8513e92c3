"""Messages as entries, and back."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from msgspec import Struct, field
from msgspec.json import Decoder

from recollect.codec.body import pack, pack_sorted, unpack
from recollect.codec.plain import check_name, plain
from recollect.errors import Invalid, StoreError
from recollect.model import ROLES, Entry, Json, Message, Role, ToolCall

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FIRST = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
_EXACT = 1 << 52
"""Below this (the year 2112), microseconds survive a float of seconds, which is the quicker way."""

MOST_TOKENS = 1 << 53
"""Token counts are below this: what every database and JSON reader holds exactly."""


class _Body(Struct, frozen=True, omit_defaults=True, gc=False):
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
    if not isinstance(message.role, str) or message.role not in ROLES:
        raise Invalid(f"{where}: role is {message.role!r}; give one of {', '.join(sorted(ROLES))}")
    role = str.__str__(message.role)
    fields = _Body(
        _content(message.content, where),
        None if message.name is None else _text(message.name, where, "name"),
        _tool_calls(message.tool_calls, where) if message.tool_calls != [] else [],
        None if message.tool_call_id is None else _text(message.tool_call_id, where, "tool_call_id"),
        _object(message.metadata, where, "metadata") if message.metadata != {} else {},
        _object(message.extra, where, "extra") if message.extra != {} else {},
    )
    body = pack(fields)
    plain_text = isinstance(fields.content, str) and not (fields.tool_calls or fields.metadata or fields.extra)
    digest = blake2b(role.encode() + (body if plain_text else pack_sorted(fields)), digest_size=16).digest()
    id = check_name(message.id, f"{where}: id")
    return Entry(0, id, role, to_micros(message.created, where), _tokens(message.tokens, where), digest, body)


def decode_message(entry: Entry) -> Message:
    """Return the message of an entry.

    Raises:
        NewerFormat, Damaged: the body cannot be read.

    """
    try:
        body = unpack(entry.body, _decoder)
    except StoreError as error:
        raise type(error)(f"message {entry.id!r} of session {entry.session!r}: {error}") from error
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
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise Invalid(f"{where}: created is {moment!r}; give an aware datetime, such as datetime.now(UTC)")
    micros = (moment - EPOCH) // MICROSECOND
    if not FIRST <= micros <= _LAST:
        raise Invalid(f"{where}: created is {moment!r}, which in UTC is not within the years 1 to 9999; give another time")
    return micros


def from_micros(micros: int) -> datetime:
    """Return the time that is so many microseconds after the start of 1970 (UTC)."""
    return datetime.fromtimestamp(micros / 1e6, UTC) if 0 <= micros < _EXACT else EPOCH + timedelta(0, 0, micros)


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


def _tool_calls(calls: object, where: str) -> list[ToolCall]:
    if not isinstance(calls, list):
        raise Invalid(f"{where}: tool_calls is a {type(calls).__name__}; give a list")
    return [_tool_call(call, f"{where}: tool_calls[{number}]") for number, call in enumerate(calls)]


def _tool_call(call: object, where: str) -> ToolCall:
    if not isinstance(call, ToolCall):
        raise Invalid(f"{where} is a {type(call).__name__}; give a recollect.ToolCall")
    if not isinstance(call.arguments, str | dict):
        raise Invalid(f"{where}: arguments is a {type(call.arguments).__name__}; give a dict, or the model's text")
    id = None if call.id is None else _text(call.id, where, "id")
    return ToolCall(_text(call.name, where, "name"), plain(call.arguments, f"{where}: arguments"), id)


def _text(value: object, where: str, field: str) -> str:
    if not isinstance(value, str):
        raise Invalid(f"{where}: {field} is a {type(value).__name__}; give text")
    text: str = plain(value, f"{where}: {field}")
    return text


def _object(value: object, where: str, field: str) -> Json:
    if not isinstance(value, dict):
        raise Invalid(f"{where}: {field} is a {type(value).__name__}; give a dict")
    cleaned: Json = plain(value, f"{where}: {field}")
    return cleaned


def _tokens(tokens: object, where: str) -> int | None:
    if tokens is None:
        return None
    if type(tokens) is not int or not 0 <= tokens < MOST_TOKENS:
        raise Invalid(f"{where}: tokens is {tokens!r}; give a whole number from 0 up, or None")
    return tokens
