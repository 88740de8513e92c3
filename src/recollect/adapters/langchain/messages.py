"""LangChain's messages as ours, and back, exactly.

What our Message has a field for stands there. The rest stands in ``extra["langchain"]``: the type, and each other field that
is not at its default, under LangChain's own names. A stored type names one of the classes below, and nothing else is ever made.
"""

from collections.abc import Iterable

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    ChatMessageChunk,
    FunctionMessage,
    FunctionMessageChunk,
    HumanMessage,
    HumanMessageChunk,
    RemoveMessage,
    SystemMessage,
    SystemMessageChunk,
    ToolMessage,
    ToolMessageChunk,
)
from msgspec import DecodeError
from msgspec.json import decode

from recollect.codec.messages import MOST_TOKENS
from recollect.errors import Invalid, NewerFormat
from recollect.model import Json, Message, Role, ToolCall, new_id

EXTRA = "langchain"
"""Our key in ``Message.extra``."""

ROLES: dict[type[BaseMessage], Role] = {
    HumanMessage: "user",
    HumanMessageChunk: "user",
    AIMessage: "assistant",
    AIMessageChunk: "assistant",
    SystemMessage: "system",
    SystemMessageChunk: "system",
    ToolMessage: "tool",
    ToolMessageChunk: "tool",
    FunctionMessage: "tool",
    FunctionMessageChunk: "tool",
    ChatMessage: "user",
    ChatMessageChunk: "user",
    RemoveMessage: "system",
}
"""Every class of message that langchain-core has, and the role that it stands for."""

SPEAKERS: dict[str, Role] = {
    "ai": "assistant",
    "assistant": "assistant",
    "developer": "system",
    "function": "tool",
    "model": "assistant",
    "system": "system",
    "tool": "tool",
}
"""What a ChatMessage's own role stands for; any other one is a user's."""

CLASSES: dict[str, type[BaseMessage]] = {kind.model_fields["type"].default: kind for kind in ROLES}

DEFAULTS: dict[type[BaseMessage], Json] = {
    kind: {name: field.get_default(call_default_factory=True) for name, field in kind.model_fields.items() if not field.is_required()}
    for kind in ROLES
}


def to_message(message: BaseMessage, id: str | None = None) -> Message:
    """Return our message for LangChain's.

    Args:
        message: of one of langchain-core's own classes.
        id: the id to store it under. Without one, it is LangChain's id, or a new one where that is None. Whatever it is,
            LangChain's own id comes back with ``from_message``.

    Raises:
        Invalid: the message is of another class.

    """
    kind = type(message)
    if CLASSES.get(message.type) is not kind:
        raise Invalid(f"message {message.id!r} is a {kind.__name__} of type {message.type!r}; convert it to one of langchain-core's messages first")
    own = Message(
        ROLES[kind] if not isinstance(message, ChatMessage) else SPEAKERS.get(message.role, "user"),
        message.content,
        id or message.id or new_id(),
        name=message.name,
        tool_calls=_our_calls(message) if isinstance(message, AIMessage) else [],
        tool_call_id=message.tool_call_id if isinstance(message, ToolMessage) else None,
        tokens=_tokens(message.usage_metadata) if isinstance(message, AIMessage) else None,
    )
    told = {**DEFAULTS[kind], **_told(own, kind)}
    rest = {name: getattr(message, name) for name in kind.model_fields if name not in told or not _same(getattr(message, name), told[name])}
    own.extra[EXTRA] = {"type": message.type, **rest, **(message.model_extra or {})}
    return own


def from_message(message: Message) -> BaseMessage:
    """Return LangChain's message for ours: the very one that ``to_message`` was given, or the nearest one for a message from elsewhere.

    Raises:
        NewerFormat: it was stored by a newer Recollect, as a class that this one does not know.

    """
    stored = message.extra.get(EXTRA)
    if not isinstance(stored, dict):
        return _nearest(message)
    type = stored.get("type")
    kind = CLASSES.get(type) if isinstance(type, str) else None
    if kind is None:
        raise NewerFormat(f"message {message.id!r} is stored as LangChain's type {type!r}, which this Recollect does not know; upgrade it")
    fields = {**_defaults(kind), **_told(message, kind), **stored, "content": message.content, "name": message.name}
    restored = kind.model_construct(**{name: fields.pop(name) for name in kind.model_fields if name in fields})
    if restored.model_extra is not None:
        restored.model_extra.update(fields)
    return restored


def _defaults(kind: type[BaseMessage]) -> Json:
    """Return what fields are by default, copied. ``model_construct`` knows it too, but takes five times as long to find it."""
    return {name: value.copy() if isinstance(value, dict | list) else value for name, value in DEFAULTS[kind].items()}


def _told(message: Message, kind: type[BaseMessage]) -> Json:
    """Return the fields of LangChain's message that ours tells without its extra."""
    told: Json = {"content": message.content, "name": message.name, "id": message.id}
    if issubclass(kind, ToolMessage):
        told["tool_call_id"] = message.tool_call_id
    if issubclass(kind, AIMessage):
        told["tool_calls"], told["invalid_tool_calls"] = _their_calls(message.tool_calls)
    return told


def _same(value: object, told: object) -> bool:
    return type(value) is type(told) and bool(value == told)


def _our_calls(message: AIMessage) -> list[ToolCall]:
    """Return the calls of both kinds; one whose arguments are no JSON object has them as text."""
    valid = [ToolCall(call["name"], call["args"], call["id"]) for call in message.tool_calls]
    return valid + [ToolCall(call["name"] or "", call["args"] or "", call["id"]) for call in message.invalid_tool_calls]


def _their_calls(calls: Iterable[ToolCall]) -> tuple[list[Json], list[Json]]:
    """Return the calls with an object for arguments, and those with a text that is none."""
    valid: list[Json] = []
    invalid: list[Json] = []
    for call in calls:
        if isinstance(call.arguments, str):
            invalid.append({"type": "invalid_tool_call", "id": call.id, "name": call.name, "args": call.arguments, "error": None})
        else:
            valid.append({"name": call.name, "args": call.arguments, "id": call.id, "type": "tool_call"})
    return valid, invalid


def _tokens(usage: object) -> int | None:
    tokens = usage.get("output_tokens") if isinstance(usage, dict) else None
    return tokens if type(tokens) is int and 0 <= tokens < MOST_TOKENS else None


def _nearest(message: Message) -> BaseMessage:
    """Return a LangChain message for one that LangChain did not write."""
    if message.role == "user":
        return HumanMessage(message.content, id=message.id, name=message.name)
    if message.role == "system":
        return SystemMessage(message.content, id=message.id, name=message.name)
    if message.role == "assistant":
        valid, invalid = _their_calls(map(_parsed, message.tool_calls))
        return AIMessage(message.content, id=message.id, name=message.name, tool_calls=valid, invalid_tool_calls=invalid)
    if message.tool_call_id is None and message.name is not None:
        return FunctionMessage(content=message.content, id=message.id, name=message.name)
    return ToolMessage(message.content, id=message.id, name=message.name, tool_call_id=message.tool_call_id or "")


def _parsed(call: ToolCall) -> ToolCall:
    """Return the call with its arguments as an object, where they are the text of one."""
    if not isinstance(call.arguments, str):
        return call
    try:
        arguments = decode(call.arguments or "{}")
    except DecodeError:
        return call
    return ToolCall(call.name, arguments, call.id) if isinstance(arguments, dict) else call
