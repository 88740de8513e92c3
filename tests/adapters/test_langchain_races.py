"""Two turns of one session at once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.runnables.history import RunnableWithMessageHistory

from recollect.adapters.langchain import by_session, remembering

from .turns import AT, stored


def two_turns(call):
    """Make two turns that both have read before the first is over, which is before the second."""
    barrier, first_is_over = Barrier(2, timeout=10), Event()

    def model(messages):
        text = messages[-1].content
        barrier.wait()
        if text == "second?":
            assert first_is_over.wait(10)
        return AIMessage(text.replace("?", "."))

    runnable = call(RunnableLambda(model))
    with ThreadPoolExecutor(2) as threads:
        turns = [threads.submit(runnable.invoke, [HumanMessage(text)], AT) for text in ("first?", "second?")]
        turns[0].result(10)
        first_is_over.set()
        turns[1].result(10)


def test_two_turns_at_once_lose_nothing(memory):
    two_turns(lambda model: remembering(model, memory))
    assert stored(memory) == ["first?", "first.", "second?", "second."]


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainDeprecationWarning")
def test_two_turns_at_once_lose_a_message_in_langchains_own_wrapper(memory):
    two_turns(lambda model: RunnableWithMessageHistory(model, by_session(memory)))
    assert stored(memory, "s", None) == ["first?", "first.", "second."]


async def test_many_awaited_turns_at_once_lose_nothing(memory):
    model = RunnableLambda(lambda messages: AIMessage(messages[-1].content.replace("?", ".")))
    runnable = remembering(model, memory)
    await asyncio.gather(*(runnable.ainvoke(f"{number}?", AT) for number in range(40)))
    texts = stored(memory)
    assert sorted(texts[::2]) == sorted(f"{number}?" for number in range(40))
    assert texts[1::2] == [text.replace("?", ".") for text in texts[::2]]
