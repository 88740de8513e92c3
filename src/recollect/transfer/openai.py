"""OpenAI-style JSON Lines: a conversation a line, ``{"messages": [...]}``, as for fine-tuning or in a log of requests."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from recollect.errors import Invalid
from recollect.model import Json, Message, Role, ToolCall
from recollect.transfer.fields import kind, moment, name, obj, shown, text, without
from recollect.transfer.ids import derived_id
from recollect.transfer.items import Conversation, Item, Said
from recollect.transfer.report import Refusal
from recollect.transfer.source import Source, parse

EXTRA = "openai"
"""Where a message's other fields are kept, in ``Message.extra``, and a line's, in the session's metadata."""

_ROLES: dict[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "tool", "function": "tool"}
_SESSION = ("session", "session_id", "id")
_TIME = ("created_at", "created", "timestamp")


def read(source: Source) -> Iterator[Item]:
    """Yield a file's conversations and their messages.

    A message without an id gets one from its session, its content, and how many messages of the session stand before it
    in the file (8 bytes are kept for each session, to count them).
    """
    before: dict[int, int] = {}
    for line in source.lines():
        if isinstance(line, Refusal):
            yield line
            continue
        number, raw = line
        try:
            record = obj(parse(raw, "the line"), "the line")
            messages = _messages(record)
            conversation = _conversation(number, record, source.session)
            created = _created(record, source.now)
        except Invalid as error:
            yield Refusal(number, str(error))
            continue
        yield conversation
        known = hash((conversation.user, conversation.session))
        first = before.get(known, 0)
        before[known] = first + len(messages)
        for index, value in enumerate(messages):
            where = f"messages[{index}]"
            try:
                message = _message(value, conversation, first + index, created)
            except Invalid as error:
                yield Refusal(number, f"{where}: {error}")
            else:
                yield Said(number, message, len(raw) // len(messages), where)


def _messages(record: Json) -> list[Any]:
    messages = record.get("messages")
    if not isinstance(messages, list):
        raise Invalid("the line has no list of messages" if messages is None else f"messages is {kind(messages)}; it has to be a list")
    return messages


def _conversation(number: int, record: Json, default: str | None) -> Conversation:
    named = next((field for field in _SESSION if record.get(field) is not None), None)
    session = name(record, named) if named is not None else default or derived_id(EXTRA, number, record)
    metadata = {} if record.get("metadata") is None else dict(obj(record["metadata"], "metadata"))
    title = metadata.pop("title") if isinstance(metadata.get("title"), str) else None
    consumed = {"messages", "user", "metadata", named, *_TIME}
    rest = {field: value for field, value in record.items() if field not in consumed}
    if rest:
        metadata[EXTRA] = rest
    return Conversation(number, session or "", name(record, "user"), title, metadata)


def _message(value: Any, conversation: Conversation, index: int, created: datetime) -> Message:
    record = obj(value, "it")
    role = record.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise Invalid(f"role is {shown(role)}; it has to be one of {', '.join(_ROLES)}")
    extra = without(record, "role", "content", "name", "tool_calls", "tool_call_id", "id", "metadata", *_TIME)
    if role != _ROLES[role]:
        extra["role"] = role
    content = record.get("content")
    if content is None:
        if "content" in record:
            extra["content"] = None
        content = ""
    elif not isinstance(content, str | list):
        raise Invalid(f"content is {kind(content)}; it has to be a text, null, or a list of blocks")
    calls = _tool_calls(record, extra)
    return Message(
        _ROLES[role],
        content,
        name(record, "id") or derived_id(EXTRA, conversation.user, conversation.session, index, record),
        text(record, "name"),
        calls,
        text(record, "tool_call_id"),
        _created(record, created),
        None,
        {} if record.get("metadata") is None else obj(record["metadata"], "metadata"),
        {EXTRA: extra} if extra else {},
    )


def _created(record: Json, default: datetime) -> datetime:
    return next((moment(record[field], field) for field in _TIME if record.get(field) is not None), default)


def _tool_calls(record: Json, extra: Json) -> list[ToolCall]:
    """Return the tool calls; what they hold besides, and a call in the older ``function_call``, is kept in extra as well."""
    calls = record.get("tool_calls")
    if calls is None:
        called = record.get("function_call")
        return [_function(called, None, "function_call")] if isinstance(called, dict) else []
    if not isinstance(calls, list):
        raise Invalid(f"tool_calls is {kind(calls)}; it has to be a list")
    if not all(map(_usual, calls)):
        extra["tool_calls"] = calls
    return openai_calls(calls)


def openai_calls(calls: list[Any]) -> list[ToolCall]:
    """Return what OpenAI's ``tool_calls`` stand for."""
    return [_tool_call(call, f"tool_calls[{number}]") for number, call in enumerate(calls)]


def _usual(call: Any) -> bool:
    """Tell whether a ToolCall says all that a call does."""
    return (
        isinstance(call, dict)
        and call.keys() == {"id", "type", "function"}
        and call["type"] == "function"
        and isinstance(call["function"], dict)
        and call["function"].keys() == {"name", "arguments"}
        and isinstance(call["function"]["arguments"], str)
    )


def _tool_call(value: Any, where: str) -> ToolCall:
    call = obj(value, where)
    inner = call.get("function") or call.get("custom")
    return _function(inner if isinstance(inner, dict) else call, text(call, "id"), where)


def _function(function: Json, id: str | None, where: str) -> ToolCall:
    called = text(function, "name")
    if called is None:
        raise Invalid(f"{where} names no function")
    given = function.get("arguments", function.get("input"))
    if given is None:
        return ToolCall(called, {}, id)
    if not isinstance(given, str | dict):
        raise Invalid(f"{where}: arguments is {kind(given)}; it has to be a text or an object")
    return ToolCall(called, arguments(given) if isinstance(given, str) else given, id)


def arguments(given: str) -> Json | str:
    """Return the object that a tool call's text stands for, or the text itself where it is no object."""
    try:
        value = msgspec.json.decode(given)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return given
    return value if isinstance(value, dict) else given
