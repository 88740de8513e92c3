"""Streamed turns: what is stored of one that ends well, is ended early, or fails."""

import asyncio

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.runnables import Runnable, RunnableGenerator

from recollect.adapters.langchain import ChatHistory, remembering

from .turns import AT, contents, stored


def streaming(*chunks, fails=False):
    """Return a runnable that streams the chunks, and then fails if it shall."""

    def generate(inputs):
        list(inputs)
        yield from chunks
        if fails:
            raise OSError("the model hung up")

    async def agenerate(inputs):
        async for _ in inputs:
            pass
        for chunk in chunks:
            yield chunk
        if fails:
            raise OSError("the model hung up")

    return RunnableGenerator(generate, agenerate)


def spoken(*texts):
    """Return the chunks of a message."""
    return [AIMessageChunk(text, id="run-1") for text in texts]


def calling(arguments):
    """Return the chunk of a tool call."""
    return AIMessageChunk("", id="run-1", tool_call_chunks=[{"name": "t", "args": arguments, "id": "c", "index": 0}])


async def test_the_chunks_of_a_stream_are_stored_as_one_whole_message(memory):
    runnable = remembering(streaming(*spoken("Hel", "lo", "."), calling('{"a": 1}')), memory)
    assert contents(runnable.stream("Hi", AT)) == ["Hel", "lo", ".", ""]
    assert contents([chunk async for chunk in runnable.astream("Hi", AT)]) == ["Hel", "lo", ".", ""]
    whole = AIMessage("Hello.", id="run-1", tool_calls=[{"name": "t", "args": {"a": 1}, "id": "c"}])
    assert ChatHistory(memory, "s", "alice").messages == [HumanMessage("Hi"), whole, HumanMessage("Hi"), whole]


@pytest.mark.parametrize(
    ("chunks", "kept"),
    [
        (["Hel", "lo."], ["Hello."]),
        ([{"output": "Hel"}, {"other": 1}, {"output": "lo.", "other": 2}], ["Hello."]),
        ([{"output": AIMessageChunk("Hel")}, {"output": AIMessageChunk("lo.")}], ["Hello."]),
        ([AIMessage("Wait."), AIMessage("Hello.")], ["Wait.", "Hello."]),
        ([[AIMessage("Wait.")], [AIMessage("Hello.")]], ["Wait.", "Hello."]),
        ([{"output": [AIMessage("Wait.")]}, {"output": AIMessage("Hello.")}], ["Wait.", "Hello."]),
        ([{"output": None}, {"output": "Hello."}, {"output": None}], ["Hello."]),
        ([], []),
    ],
)
def test_chunks_of_every_shape_are_put_together(memory, chunks, kept):
    assert list(remembering(streaming(*chunks), memory).stream("Hi", AT)) == chunks
    assert stored(memory) == ["Hi", *kept]


async def test_a_stream_that_its_caller_ends_leaves_the_question_and_the_text_so_far(memory):
    runnable = remembering(streaming(*spoken("Hel", "lo", "!"), calling('{"a')), memory)
    stream = runnable.stream("One?", AT)
    assert contents([next(stream), next(stream)]) == ["Hel", "lo"]
    stream.close()
    awaited = runnable.astream("Two?", AT)
    for _ in range(4):
        await anext(awaited)
    await awaited.aclose()
    messages = memory.session("s", user="alice").messages()
    assert [(message.content, message.tool_calls, message.metadata) for message in messages] == [
        ("One?", [], {}),
        ("Hello", [], {"interrupted": True}),
        ("Two?", [], {}),
        ("Hello!", [], {"interrupted": True}),
    ]


class Endless(Runnable):
    """Streams for ever, and notes its end."""

    ended = False

    def invoke(self, input, config=None, **kwargs):
        return None

    async def astream(self, input, config=None, **kwargs):
        try:
            while True:
                yield "la "
        finally:
            self.ended = True


async def test_ending_a_stream_ends_the_models_at_once(memory):
    model = Endless()
    stream = remembering(model, memory).astream("Sing!", AT)
    await anext(stream)
    await stream.aclose()
    assert model.ended


@pytest.mark.parametrize("first", [calling("{"), {"a": 1, "b": 2}, AIMessageChunk("")])
async def test_a_stream_that_is_ended_before_any_text_leaves_nothing(memory, first):
    runnable = remembering(streaming(first, "never"), memory)
    stream, awaited = runnable.stream("One?", AT), runnable.astream("Two?", AT)
    next(stream)
    stream.close()
    await anext(awaited)
    await awaited.aclose()
    assert memory.session("s", user="alice").info() is None


async def test_a_cancelled_stream_leaves_the_question_and_the_text_so_far(memory):
    async def slow(inputs):
        async for _ in inputs:
            pass
        yield AIMessageChunk("Hel")
        await asyncio.sleep(60)
        yield AIMessageChunk("lo")

    got = asyncio.Event()

    async def consume():
        async for _ in remembering(RunnableGenerator(slow), memory).astream("Hi", AT):
            got.set()

    task = asyncio.create_task(consume())
    await got.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stored(memory) == ["Hi", "Hel"]


def test_a_keyboard_interrupt_leaves_the_question_and_the_text_so_far(memory):
    def interrupted(inputs):
        list(inputs)
        yield "Hel"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(remembering(RunnableGenerator(interrupted), memory).stream("Hi", AT))
    assert stored(memory) == ["Hi", "Hel"]


async def test_a_stream_that_fails_midway_leaves_nothing_so_that_the_turn_can_be_repeated(memory):
    runnable = remembering(streaming(*spoken("Hel"), fails=True), memory)
    with pytest.raises(OSError, match="hung up"):
        list(runnable.stream("Hi", AT))
    with pytest.raises(OSError, match="hung up"):
        [chunk async for chunk in runnable.astream("Hi", AT)]
    with pytest.raises(OSError, match="hung up"):
        runnable.invoke("Hi", AT)
    assert stored(memory) == []
