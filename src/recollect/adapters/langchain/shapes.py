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


def question(input: Any, key: str | None) -> str | None:
    """Return the text of the last human message of an input; None where there is none."""
    return next((message.text for message in reversed(asked(input, key)) if isinstance(message, HumanMessage)), None)


def answered(output: Any, key: str | None, given: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return the new messages of an output: text, a message, a list of messages, or a dict that has one of these under ``key``.

    Without a key, it is the dict's only one, or else ``"output"``. Of a list that repeats messages that the runnable was given,
    as an agent's does, what follows the last of them is new; what an agent puts in front of them is not part of what was said. A
    chunk becomes the whole message that it is a part of.

    Raises:
        Invalid: the output is something else.

    """
    messages = _messages(_under(output, key, "output"), AIMessage, "output")
    return [_whole(message) for message in _new(messages, given)]


def _new(messages: list[BaseMessage], given: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return an output's messages without those that are repeated.

    Where the output is not just what was given and more, it is the state of an agent that trims or adds, if it has one of the
    very objects that were given, or a copy of the last one with something behind it. Other equal messages tell nothing: two
    answers may well be the same. Where nothing stands behind what was given, an agent has put its answer in the place of
    another one.
    """
    objects = {id(message) for message in given}
    start = len(given) if len(messages) >= len(given) and all(map(_same, messages, given)) else 0
    start = max([start, *(number for number, message in enumerate(messages, 1) if id(message) in objects)])
    if not start and given:
        start = max((number for number, message in enumerate(messages[:-1], 1) if _same(message, given[-1])), default=0)
    changed = (m for m in messages[:start] if isinstance(m, AIMessage) and not any(_equal(m, other) for other in given))
    return messages[start:] or list(changed)


def _same(message: BaseMessage, given: BaseMessage) -> bool:
    """Tell whether a message is one that was given, which may have got an id since."""
    if message.id is not None and given.id is not None:
        return message.id == given.id
    return _equal(message, given)


def _equal(message: BaseMessage, given: BaseMessage) -> bool:
    """Tell whether two messages say the same, whatever their ids are."""
    return message is given or message.model_copy(update={"id": given.id}) == given


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
