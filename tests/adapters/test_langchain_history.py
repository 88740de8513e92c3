"""A session as a LangChain chat history, alone and in the hands of those that take one."""

import asyncio
from itertools import cycle

import pytest
from langchain_classic.chains import ConversationChain
from langchain_classic.memory import ConversationBufferMemory, ConversationBufferWindowMemory
from langchain_core.language_models import FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables.history import RunnableWithMessageHistory

from recollect import AsyncMemory, Invalid, Memory, StoreError, TokenBudget, Window
from recollect.adapters.langchain import USER_AND_SESSION, ChatHistory, by_session, by_user_and_session
from recollect.aio import WORKERS

from .stores import Counting, Doubtful, Failing, Held

LEGACY = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainDeprecationWarning")
TURN = [HumanMessage("Where is it?"), AIMessage("On its way.", id="a")]


def contents(messages):
    return [message.content for message in messages]


def test_messages_are_there_for_another_history_of_the_session(memory):
    ChatHistory(memory, "s", "alice").add_messages(TURN)
    ChatHistory(memory, "s", "alice").add_user_message("And now?")
    ChatHistory(memory, "s", "alice").add_ai_message("Here.")
    assert ChatHistory(memory, "s", "alice").messages == [*TURN, HumanMessage("And now?"), AIMessage("Here.")]
    assert str(ChatHistory(memory, "s", "alice")).startswith("Human: Where is it?\nAI: On its way.")


async def test_adding_nothing_makes_no_session(memory):
    ChatHistory(memory, "s").add_messages([])
    await ChatHistory(memory, "s").aadd_messages([])
    assert memory.session("s").info() is None


def test_messages_are_there_in_another_opening_of_the_file(tmp_path):
    with Memory(f"sqlite:///{tmp_path}/m.db") as first:
        ChatHistory(first, "s").add_messages(TURN)
    with Memory(f"sqlite:///{tmp_path}/m.db") as second:
        assert ChatHistory(second, "s").messages == TURN


@pytest.mark.parametrize("kind", [Memory, AsyncMemory])
async def test_one_history_is_called_and_awaited_over_either_memory(tmp_path, kind):
    memory = kind(f"sqlite:///{tmp_path}/m.db")
    history = ChatHistory(memory, "s", "alice")
    history.add_messages(TURN[:1])
    await history.aadd_messages(TURN[1:])
    assert history.messages == TURN == await history.aget_messages()
    await history.aclear()
    assert history.messages == []
    history.add_messages(TURN)
    history.clear()
    assert await history.aget_messages() == []
    if isinstance(memory, AsyncMemory):
        await memory.close()
    else:
        memory.close()


@pytest.mark.parametrize("make", [lambda memory: ChatHistory(memory, "s"), by_session, by_user_and_session])
def test_what_is_no_memory_is_refused_at_once(make):
    with pytest.raises(Invalid, match=r"the memory is a str; give a recollect\.Memory"):
        make("sqlite:///m.db")


def test_users_and_anonymous_sessions_of_one_id_are_apart(memory):
    for user in ("alice", "bob", None):
        ChatHistory(memory, "s", user).add_user_message(str(user))
    assert [contents(ChatHistory(memory, "s", user).messages) for user in ("alice", "bob", None)] == [["alice"], ["bob"], ["None"]]
    ChatHistory(memory, "s", "bob").clear()
    assert [contents(ChatHistory(memory, "s", user).messages) for user in ("alice", "bob", None)] == [["alice"], [], ["None"]]


def test_any_text_is_a_session_id(memory):
    for session in ("not a uuid", "../x", "a:b", "NUL \0", "é", "e\u0301", "' OR 1=1 --"):
        ChatHistory(memory, session).add_user_message(session)
        assert contents(ChatHistory(memory, session).messages) == [session]


def test_a_view_bounds_what_is_read_and_not_what_is_kept(memory):
    history = ChatHistory(memory, "s", view=Window(turns=1))
    history.add_messages([SystemMessage("Be kind."), *TURN, HumanMessage("And now?"), AIMessage("Here.")])
    assert contents(history.messages) == ["Be kind.", "And now?", "Here."]
    assert len(ChatHistory(memory, "s").messages) == 5
    assert contents(ChatHistory(memory, "s", view=TokenBudget(25)).messages)[0] == "Be kind."


def test_a_window_never_starts_with_the_result_of_a_lost_call(memory):
    history = ChatHistory(memory, "s", view=Window(turns=5, messages=2))
    call = {"name": "order", "args": {}, "id": "c"}
    history.add_messages([HumanMessage("?"), AIMessage("", tool_calls=[call]), ToolMessage("12", tool_call_id="c"), AIMessage("It is 12.")])
    assert contents(history.messages) == ["It is 12."]


def test_the_result_of_an_invalid_call_stays_with_it(memory):
    history = ChatHistory(memory, "s", view=Window(turns=1))
    call = {"name": "order", "args": "{bad", "id": "c", "error": "not JSON", "type": "invalid_tool_call"}
    history.add_messages([HumanMessage("?"), AIMessage("", invalid_tool_calls=[call]), ToolMessage("try again", tool_call_id="c")])
    assert contents(history.messages) == ["?", "", "try again"]


def test_the_last_turns_of_a_long_session_are_read_without_the_rest(memory):
    store = Counting(memory.store)
    long = ChatHistory(Memory(store), "s", view=Window(turns=10))
    long.add_messages([kind(f"{kind.__name__} {number}") for number in range(2000) for kind in (HumanMessage, AIMessage)])
    assert contents(long.messages)[0] == "HumanMessage 1990"
    assert store.read <= 25


def test_a_nul_character_is_kept_and_harms_no_later_call(memory):
    history = ChatHistory(memory, "s")
    history.add_user_message("a\0b")
    history.add_user_message("after")
    assert contents(history.messages) == ["a\0b", "after"]


def test_a_lone_surrogate_is_refused_whole_and_harms_no_later_call(memory):
    history = ChatHistory(memory, "s")
    with pytest.raises(Invalid, match="message 1: content has a lone surrogate at character 1"):
        history.add_messages([HumanMessage("fine"), HumanMessage("x\ud800")])
    history.add_user_message("after")
    assert contents(history.messages) == ["after"]


def test_order_is_that_of_adding_however_fast(memory):
    history = ChatHistory(memory, "s")
    for number in range(50):
        history.add_messages([HumanMessage(f"{number} a"), AIMessage(f"{number} b")])
    assert contents(history.messages) == [f"{number} {half}" for number in range(50) for half in "ab"]


def test_a_model_that_gives_one_id_twice_loses_no_message(memory):
    history = ChatHistory(memory, "s")
    model = GenericFakeChatModel(messages=cycle([AIMessage("Hello.")]))
    answers = [model.invoke("Hi"), model.invoke("Hi")]
    assert answers[0].id == answers[1].id
    for answer in answers:
        history.add_messages([HumanMessage("Hi"), answer])
    history.add_messages([AIMessage("Something else.", id=answers[0].id)])
    assert contents(history.messages) == ["Hi", "Hello.", "Hi", "Hello.", "Something else."]


async def test_a_write_of_unknown_outcome_is_repeated_and_written_once(memory):
    called, awaited = ChatHistory(Memory(Doubtful(memory.store)), "s"), ChatHistory(Memory(Doubtful(memory.store)), "t")
    called.add_messages(TURN)
    await awaited.aadd_messages(TURN)
    assert called.messages == TURN == awaited.messages


async def test_a_failing_write_raises(memory):
    history = ChatHistory(Memory(Failing(memory.store)), "s")
    with pytest.raises(StoreError, match="the disk is gone"):
        history.add_messages(TURN)
    with pytest.raises(StoreError, match="the disk is gone"):
        await history.aadd_messages(TURN)


async def test_a_cancelled_wait_does_not_stop_a_write_that_waits_for_a_thread(memory):
    store = Held(memory.store)
    slow = Memory(store)
    adding = [asyncio.create_task(ChatHistory(slow, str(number)).aadd_messages(TURN)) for number in range(WORKERS + 1)]
    await asyncio.sleep(0.05)
    adding[-1].cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding[-1]
    store.free.set()
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
    assert ChatHistory(memory, str(WORKERS)).messages == TURN
    slow.close()


# RunnableWithMessageHistory


def chain():
    prompt = ChatPromptTemplate.from_messages([("system", "Be kind."), MessagesPlaceholder("history"), ("human", "{question}")])
    return prompt | GenericFakeChatModel(messages=iter(AIMessage(f"Answer {number}.") for number in range(9)))


def wrapped(memory, view=None):
    return RunnableWithMessageHistory(chain(), by_session(memory, view), input_messages_key="question", history_messages_key="history")


@LEGACY
async def test_runnable_with_message_history_remembers_called_awaited_and_streaming(memory):
    runnable, config = wrapped(memory), {"configurable": {"session_id": "s"}}
    assert runnable.invoke({"question": "One?"}, config).content == "Answer 0."
    assert (await runnable.ainvoke({"question": "Two?"}, config)).content == "Answer 1."
    assert "".join(chunk.content for chunk in runnable.stream({"question": "Three?"}, config)) == "Answer 2."
    assert "".join([chunk.content async for chunk in runnable.astream({"question": "Four?"}, config)]) == "Answer 3."
    turns = [("One?", 0), ("Two?", 1), ("Three?", 2), ("Four?", 3)]
    assert contents(ChatHistory(memory, "s").messages) == [text for question, number in turns for text in (question, f"Answer {number}.")]


@LEGACY
def test_runnable_with_message_history_sees_what_the_view_gives(memory):
    seen = []
    prompt = ChatPromptTemplate.from_messages([MessagesPlaceholder("history"), ("human", "{question}")])
    model = FakeListChatModel(responses=["A", "B", "C"])
    spied = prompt | (lambda value: seen.append(contents(value.to_messages())) or value) | model
    runnable = RunnableWithMessageHistory(spied, by_session(memory, Window(turns=1)), input_messages_key="question", history_messages_key="history")
    for question in ("1", "2", "3"):
        runnable.invoke({"question": question}, {"configurable": {"session_id": "s"}})
    assert seen == [["1"], ["1", "A", "2"], ["2", "B", "3"]]


@LEGACY
async def test_runnable_with_message_history_keeps_users_apart(memory):
    runnable = RunnableWithMessageHistory(
        FakeListChatModel(responses=["Hello."]), by_user_and_session(memory), history_factory_config=USER_AND_SESSION
    )
    for user in ("alice", "bob"):
        await runnable.ainvoke([HumanMessage(f"I am {user}.")], {"configurable": {"user_id": user, "session_id": "s"}})
    assert contents(ChatHistory(memory, "s", "alice").messages) == ["I am alice.", "Hello."]
    assert contents(ChatHistory(memory, "s", "bob").messages) == ["I am bob.", "Hello."]
    with pytest.raises(ValueError, match="user_id"):
        runnable.invoke([HumanMessage("Who am I?")], {"configurable": {"session_id": "s"}})
    with pytest.raises(Invalid, match="user_id is None"):
        runnable.invoke([HumanMessage("Who am I?")], {"configurable": {"session_id": "s", "user_id": None}})
    assert memory.recent()[0].user is not None


# langchain-classic


@LEGACY
async def test_a_conversation_chain_remembers_across_chains(memory):
    def chain(responses):
        kept = ConversationBufferMemory(chat_memory=ChatHistory(memory, "s", "alice"))
        return ConversationChain(llm=FakeListChatModel(responses=responses), memory=kept)

    assert chain(["Hello, Ada."]).predict(input="I am Ada.") == "Hello, Ada."
    assert (await chain(["You are Ada."]).ainvoke({"input": "Who am I?"}))["history"] == "Human: I am Ada.\nAI: Hello, Ada."
    assert contents(ChatHistory(memory, "s", "alice").messages) == ["I am Ada.", "Hello, Ada.", "Who am I?", "You are Ada."]


@LEGACY
def test_a_buffer_window_memory_reads_and_clears_through_the_history(memory):
    kept = ConversationBufferWindowMemory(chat_memory=ChatHistory(memory, "s"), k=1, return_messages=True)
    for number in range(3):
        kept.save_context({"input": f"{number}?"}, {"output": f"{number}."})
    assert contents(kept.load_memory_variables({})["history"]) == ["2?", "2."]
    kept.clear()
    assert ChatHistory(memory, "s").messages == []
