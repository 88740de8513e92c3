"""What goes into a runnable and comes out of it, as messages."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, BaseMessageChunk, HumanMessage, message_chunk_to_message

from recollect.errors import Invalid


def asked(input: Any, key: str | None) -> list[BaseMessage]:
    """Return the new messages of an input: text, a message, a list of messages, or a dict that has one of these under ``key``.

    Without a key, it is the dict's only one, or else ``"input"``.

    Raises:
        Invalid: the input is something else.

    """
    return _messages(_under(input, key, "input"), HumanMessage, "input")


def answered(output: Any, key: str | None, given: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return the new messages of an output: text, a message, a list of messages, or a dict that has one of these under ``key``.

    Without a key, it is the dict's only one, or else ``"output"``. Of a list that repeats the messages that the runnable was
    given, as an agent's does, the rest is new. A chunk becomes the whole message that it is a part of.

    Raises:
        Invalid: the output is something else.

    """
    messages = _messages(_under(output, key, "output"), AIMessage, "output")
    if messages[: len(given)] == given:
        messages = messages[len(given) :]
    return [_whole(message) for message in messages]


def joined(chunks: Sequence[Any]) -> Any:
    """Return the output that a stream's chunks make up together; None for no chunks."""
    return reduce(_join, chunks) if chunks else None


def _join(first: Any, second: Any) -> Any:
    if first is None or second is None:
        return second if first is None else first
    if isinstance(first, dict) and isinstance(second, dict):
        return {**first, **{key: _join(first.get(key), value) for key, value in second.items()}}
    if isinstance(first, BaseMessageChunk) and isinstance(second, BaseMessageChunk):
        return first + second
    if isinstance(first, BaseMessage | list) and isinstance(second, BaseMessage | list):
        return [*_list(first), *_list(second)]
    return first + second if isinstance(first, str) and isinstance(second, str) else second


def _list(value: BaseMessage | list[Any]) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _under(value: Any, key: str | None, usual: str) -> Any:
    if not isinstance(value, dict):
        return value
    name = key or (next(iter(value)) if len(value) == 1 else usual)
    if name not in value:
        raise Invalid(f"the {usual} has the keys {sorted(map(str, value))}, and not {name!r}; name the right one with {usual}_messages_key")
    return value[name]


def _messages(value: Any, kind: type[HumanMessage | AIMessage], what: str) -> list[BaseMessage]:
    if isinstance(value, str):
        return [kind(value)]
    messages = list(value) if isinstance(value, list | tuple) else [value]
    for message in messages:
        if not isinstance(message, BaseMessage):
            raise Invalid(f"the {what} is or holds a {type(message).__name__}; give text, a message, a list of messages, or a dict with one of them")
    return messages


def _whole(message: BaseMessage) -> BaseMessage:
    if not isinstance(message, BaseMessageChunk):
        return message
    whole = message_chunk_to_message(message)
    return whole.model_copy(update=message.model_extra) if message.model_extra else whole
