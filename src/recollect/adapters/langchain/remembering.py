"""A runnable that remembers."""

from asyncio import CancelledError
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from typing import Any, NamedTuple

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import ConfigurableFieldSpec, Runnable, RunnableConfig, ensure_config
from langchain_core.runnables.base import RunnableLike, coerce_to_runnable
from langchain_core.runnables.utils import get_unique_config_specs
from msgspec.structs import replace

from recollect.adapters.langchain.faces import aadd, add, faces
from recollect.adapters.langchain.history import USER_AND_SESSION, ChatHistory
from recollect.adapters.langchain.messages import to_message
from recollect.adapters.langchain.shapes import answered, asked, joined, question
from recollect.aio import AsyncMemory
from recollect.errors import Invalid
from recollect.memory import Memory
from recollect.model import Message, new_id
from recollect.views import AnyView, asking, checked


class _Keys(NamedTuple):
    """Where the messages stand in inputs and outputs that are dicts."""

    input: str | None
    output: str | None
    history: str | None


class _Turn:
    """One call: what is given to the runnable, and what there is to store of it."""

    def __init__(self, keys: _Keys, input: Any, history: Sequence[BaseMessage]) -> None:
        new = asked(input, keys.input)
        self._keys = keys
        self._said = [to_message(message) for message in new]
        self._given = [*history, *new]
        self.filled = self._fill(input, list(history))

    def _fill(self, input: Any, history: list[BaseMessage]) -> Any:
        """Return the input with the history in it."""
        key = self._keys.history or self._keys.input
        if key is None:
            return list(self._given)
        if not isinstance(input, dict):
            raise Invalid(f"the input is a {type(input).__name__}; with a messages key given, it is a dict")
        return {**input, key: history if self._keys.history else list(self._given)}

    def whole(self, output: Any) -> list[Message]:
        """Return the messages of the turn, its output being complete."""
        if output is None:
            return self._said
        return [*self._said, *(to_message(message, new_id()) for message in answered(output, self._keys.output, self._given))]

    def broken_off(self, chunks: Sequence[Any]) -> list[Message]:
        """Return the messages of a turn that its caller ended: the text so far for an answer; nothing, if there is none."""
        try:
            answers = answered(joined(chunks), self._keys.output, self._given)
        except Invalid:  # the chunks so far hold no message yet
            return []
        texts = [AIMessage(answer.text, id=answer.id) for answer in answers if isinstance(answer, AIMessage) and answer.text]
        return [*self._said, *(replace(to_message(text, new_id()), metadata={"interrupted": True}) for text in texts)] if texts else []


class Remembering(Runnable[Any, Any]):
    """See ``remembering``, which makes one."""

    def __init__(self, bound: RunnableLike[Any, Any], memory: Memory | AsyncMemory, view: AnyView[list[Message]] | None, keys: _Keys) -> None:
        faces(memory)  # refuses what is no memory now, and not at the first turn
        if view is not None:
            checked(view)
        self.bound = _runnable(bound)
        self._memory = memory
        self._view = view
        self._keys = keys

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """What a call's config may have: the wrapped runnable's own, a session, and a user."""
        return get_unique_config_specs([*self.bound.config_specs, *USER_AND_SESSION])

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Take a turn, and return its output once the turn is stored."""
        config = ensure_config(config)
        history = self._history(config, input)
        turn = _Turn(self._keys, input, history.messages)
        output = self.bound.invoke(turn.filled, config, **kwargs)
        add(history.session, turn.whole(output))
        return output

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """As invoke."""
        config = ensure_config(config)
        history = self._history(config, input)
        turn = _Turn(self._keys, input, await history.aget_messages())
        output = await self.bound.ainvoke(turn.filled, config, **kwargs)
        await aadd(history.async_session, turn.whole(output))
        return output

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:
        """Take a turn, and yield its output as it comes. The turn is stored before the iteration ends."""
        config = ensure_config(config)
        history = self._history(config, input)
        turn = _Turn(self._keys, input, history.messages)
        chunks: list[Any] = []
        try:
            for chunk in self.bound.stream(turn.filled, config, **kwargs):
                chunks.append(chunk)
                yield chunk
        except (GeneratorExit, KeyboardInterrupt):
            add(history.session, turn.broken_off(chunks))
            raise
        add(history.session, turn.whole(joined(chunks)))

    async def astream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Any]:
        """As stream."""
        config = ensure_config(config)
        history = self._history(config, input)
        turn = _Turn(self._keys, input, await history.aget_messages())
        chunks: list[Any] = []
        answer = self.bound.astream(turn.filled, config, **kwargs)
        try:
            async for chunk in answer:
                chunks.append(chunk)
                yield chunk
        except (GeneratorExit, CancelledError):
            await aadd(history.async_session, turn.broken_off(chunks))
            raise
        finally:
            if isinstance(answer, AsyncGenerator):
                await answer.aclose()
        await aadd(history.async_session, turn.whole(joined(chunks)))

    def _history(self, config: RunnableConfig, input: Any) -> ChatHistory:
        """Return the session's history; a view that recalls goes by the new question."""
        named = config.get("configurable", {})
        if "session_id" not in named:
            raise Invalid('the config names no session; call with config={"configurable": {"session_id": …}}, and a user_id if there is one')
        view = None if self._view is None else asking(self._view, question(input, self._keys.input))
        return ChatHistory(self._memory, named["session_id"], named.get("user_id"), view)


def _runnable(bound: RunnableLike[Any, Any]) -> Runnable[Any, Any]:
    try:
        return coerce_to_runnable(bound)
    except TypeError as error:
        raise Invalid(f"the runnable is of type {type(bound).__name__}; give a chain or a model, or a function") from error


def remembering(
    runnable: RunnableLike[Any, Any],
    memory: Memory | AsyncMemory,
    view: AnyView[list[Message]] | None = None,
    *,
    input_messages_key: str | None = None,
    output_messages_key: str | None = None,
    history_messages_key: str | None = None,
) -> Remembering:
    """Return a runnable that gives ``runnable`` the history of the session with each input, and stores what is said.

    A call names its session, and its user if it has one: ``config={"configurable": {"session_id": …, "user_id": …}}``. A turn
    reads once and appends once: the input's messages and the output's, all or none. Turns of one session may run at once; each
    is appended when it ends. A turn that fails leaves nothing, and a write that fails raises. A stream whose caller ends it early
    leaves the input and the text so far, with the metadata ``{"interrupted": True}``; before any text, nothing.

    An input message that has an id keeps it, so that a turn with it can be repeated: the question is stored once.

    Args:
        runnable: a chain, a model, or a function: takes messages, or a dict; returns text, a message, a list of messages, or a dict
            with one of these.
        memory: where sessions are kept.
        view: what of the history the runnable gets, such as ``Window(turns=5)``; everything without one. A view that recalls goes by the new
            question: ``Combined([Recall(tokens=500), Window(turns=5)])``.
        input_messages_key: where the new text or messages stand in an input that is a dict.
        output_messages_key: where the answer stands in an output that is a dict.
        history_messages_key: where the history is put into the input; without one, it stands in front of the new messages.

    Raises:
        Invalid: the memory is none, or the runnable, or the view.

    """
    return Remembering(runnable, memory, view, _Keys(input_messages_key, output_messages_key, history_messages_key))
