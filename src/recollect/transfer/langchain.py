"""LangChain's stored messages, as its ``message_to_dict`` writes them, without LangChain.

What they become is what ``recollect.adapters.langchain`` reads: ``from_message`` gives the equal LangChain message back.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from recollect.codec.messages import MOST_TOKENS
from recollect.errors import Invalid
from recollect.model import Json, Message, Role, ToolCall
from recollect.transfer.array import items
from recollect.transfer.fields import kind, name, obj, text, without
from recollect.transfer.ids import derived_id
from recollect.transfer.items import Conversation, Item, Said
from recollect.transfer.openai import openai_calls
from recollect.transfer.report import Refusal
from recollect.transfer.source import Source, parse
from recollect.transfer.table import Row, rows

EXTRA = "langchain"
"""The adapter's key in ``Message.extra``."""

_ROLES: dict[str, Role] = {
    "human": "user",
    "ai": "assistant",
    "system": "system",
    "tool": "tool",
    "function": "tool",
    "chat": "user",
    "remove": "system",
}
_CHUNKS = {f"{name}MessageChunk": name.lower() for name in ("Human", "AI", "System", "Tool", "Function", "Chat")}
_SPEAKERS: dict[str, Role] = {
    "ai": "assistant",
    "assistant": "assistant",
    "developer": "system",
    "function": "tool",
    "model": "assistant",
    "system": "system",
    "tool": "tool",
}
_DEFAULTS: Json = {
    "additional_kwargs": {},
    "response_metadata": {},
    "tool_calls": [],
    "invalid_tool_calls": [],
    "tool_call_chunks": [],
    "usage_metadata": None,
    "artifact": None,
    "status": "success",
}
"""What LangChain makes of a field that is not there, so that it need not be kept."""


def read_file(source: Source) -> Iterator[Item]:
    """Yield the messages of a ``FileChatMessageHistory``: one session, named by the caller, or as the file is."""
    session = source.session or source.path.stem
    yield Conversation(1, session)
    for item in items(source):
        if isinstance(item, Refusal):
            yield item
            continue
        number, raw = item
        try:
            record = obj(parse(raw, "the message"), "the message")
            yield Said(number, message(record, derived_id(EXTRA, session, number, record), source.now), len(raw))
        except Invalid as error:
            yield Refusal(number, str(error))


def read_table(source: Source) -> Iterator[Item]:
    """Yield the sessions of a ``SQLChatMessageHistory`` in SQLite, the one with the latest message last."""
    return read_rows(rows(source), source.now)


def read_rows(found: Iterable[Row], now: datetime) -> Iterator[Item]:
    """Yield the sessions of a table's rows, which come by session. ``now`` stands for the times that it does not tell."""
    current: str | None = None
    for row in found:
        try:
            session, raw = _cells(row)
            record = obj(parse(raw, "the message"), "the message")
            said = Said(row.line, message(record, derived_id(EXTRA, session, str(row.id), record), row.created or now), len(raw))
        except Invalid as error:
            yield Refusal(row.line, str(error))
            continue
        if session != current:
            current = session
            yield Conversation(row.line, session)
        yield said


def _cells(row: Row) -> tuple[str, bytes]:
    session = str(row.session) if isinstance(row.session, int) else row.session
    if not isinstance(session, str):
        raise Invalid(f"session_id is {row.session!r:.60}; it has to be a text")
    if not isinstance(row.message, str):
        raise Invalid(f"message is {row.message!r:.60}; it has to be a text")
    return session, row.message.encode()


def message(record: Json, id: str, created: datetime) -> Message:
    """Return the message of what ``message_to_dict`` wrote."""
    type = text(record, "type")
    base = _CHUNKS.get(type or "", type or "")
    if base not in _ROLES:
        raise Invalid(f"type is {type!r:.60}; it has to be one of {', '.join([*_ROLES, *_CHUNKS])}")
    data = obj(record.get("data"), "data")
    content = data.get("content", "")
    if not isinstance(content, str | list):
        raise Invalid(f"content is {kind(content)}; it has to be a text, or a list of blocks")
    rest = without(data, "content", "name", "type")
    calls = _calls(rest) if base == "ai" else []
    call_id = name(data, "tool_call_id") if base == "tool" else None
    if call_id is not None:
        del rest["tool_call_id"]
    rest = {field: value for field, value in rest.items() if field not in _DEFAULTS or value != _DEFAULTS[field]}
    return Message(
        _SPEAKERS.get(text(data, "role") or "", "user") if base == "chat" else _ROLES[base],
        content,
        id,
        text(data, "name"),
        calls,
        call_id,
        created,
        _tokens(data) if base == "ai" else None,
        {},
        {EXTRA: {"id": None, **rest, "type": type}},
    )


def _calls(rest: Json) -> list[ToolCall]:
    """Return the tool calls, and take out of ``rest`` what they say whole. Older histories have OpenAI's own form only."""
    valid, invalid = _list(rest, "tool_calls"), _list(rest, "invalid_tool_calls")
    if not valid and not invalid and not rest.get("tool_call_chunks"):
        kwargs = rest.get("additional_kwargs")
        raw = kwargs.get("tool_calls") if isinstance(kwargs, dict) else None
        return openai_calls(raw) if isinstance(raw, list) else []
    found: list[ToolCall] = []
    for form, calls in (("tool_call", valid), ("invalid_tool_call", invalid)):
        if all(_usual(call, form) for call in calls):
            rest.pop(f"{form}s", None)
        found += [_call(call, f"{form}s[{number}]") for number, call in enumerate(calls)]
    return found


def _usual(call: Any, form: str) -> bool:
    """Tell whether the adapter makes this very call of our ToolCall."""
    if not isinstance(call, dict) or call.get("type") != form or not call.get("name"):
        return False
    if form == "tool_call":
        return call.keys() == {"name", "args", "id", "type"} and isinstance(call["args"], dict)
    return call.keys() == {"name", "args", "id", "error", "type"} and isinstance(call["args"], str) and call["args"] != "" and call["error"] is None


def _call(value: Any, where: str) -> ToolCall:
    call = obj(value, where)
    args = call.get("args")
    if not isinstance(args, str | dict | None):
        raise Invalid(f"{where}: args is {kind(args)}; it has to be an object or a text")
    return ToolCall(text(call, "name") or "", args or ({} if isinstance(args, dict) else ""), text(call, "id"))


def _list(rest: Json, field: str) -> list[Any]:
    value = rest.get(field)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid(f"{field} is {kind(value)}; it has to be a list")
    return value


def _tokens(data: Json) -> int | None:
    usage = data.get("usage_metadata")
    tokens = usage.get("output_tokens") if isinstance(usage, dict) else None
    return tokens if type(tokens) is int and 0 <= tokens < MOST_TOKENS else None
