"""A runnable that remembers: what it is given, what is stored, and what becomes of a turn that goes wrong."""

from datetime import UTC, datetime
from itertools import count, cycle

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_core.tools import tool

from recollect import AsyncMemory, Conflict, Invalid, Memory, Message, StoreError, Window
from recollect.adapters.langchain import ChatHistory, remembering

from .stores import Counting, Doubtful, Failing
from .turns import AT, contents, echo, stored


async def test_each_way_of_calling_remembers(memory):
    seen = []
    runnable = remembering(echo(seen), memory)
    runnable.invoke("1", AT)
    await runnable.ainvoke("2", AT)
    list(runnable.stream("3", AT))
    [chunk async for chunk in runnable.astream("4", AT)]
    runnable.batch(["5"], AT)
    await runnable.abatch(["6"], AT)
    assert seen[-1] == ["1", "1 seen", "2", "3 seen", "3", "5 seen", "4", "7 seen", "5", "9 seen", "6"]
    assert stored(memory) == [*seen[-1], "11 seen"]


@pytest.mark.parametrize("kind", [Memory, AsyncMemory])
async def test_either_memory_serves_both_ways_of_calling(tmp_path, kind):
    memory = kind(f"sqlite:///{tmp_path}/m.db")
    runnable = remembering(echo(), memory)
    runnable.invoke("1", AT)
    await runnable.ainvoke("2", AT)
    assert stored(memory) == ["1", "1 seen", "2", "3 seen"]
    await memory.close() if isinstance(memory, AsyncMemory) else memory.close()


def test_a_batch_over_sessions_keeps_each_turn_in_its_own(memory):
    runnable = remembering(echo(), memory)
    runnable.batch(["a", "b", "c"], [{"configurable": {"session_id": name}} for name in "xyz"])
    assert [stored(memory, name, None) for name in "xyz"] == [["a", "1 seen"], ["b", "1 seen"], ["c", "1 seen"]]


def test_users_and_anonymous_sessions_are_apart(memory):
    runnable = remembering(echo(), memory)
    for user in ("alice", "bob", None):
        runnable.invoke(str(user), {"configurable": {"session_id": "s", "user_id": user}})
    assert [stored(memory, "s", user) for user in ("alice", "bob", None)] == [["alice", "1 seen"], ["bob", "1 seen"], ["None", "1 seen"]]


def test_a_turn_reads_once_and_writes_once(memory):
    store = Counting(memory.store)
    runnable = remembering(echo(), Memory(store), Window(turns=2))
    for number in range(5):
        store.calls.clear()
        runnable.invoke(str(number), AT)
        assert store.calls == ["entries", "append"]


def test_the_view_bounds_what_the_runnable_sees_and_not_what_is_kept(memory):
    seen = []
    runnable = remembering(echo(seen), memory, Window(turns=1))
    for number in range(3):
        runnable.invoke(str(number), AT)
    assert seen == [["0"], ["0", "1 seen", "1"], ["1", "3 seen", "2"]]
    assert len(stored(memory)) == 6


def test_messages_of_another_writer_are_given_to_the_model(memory):
    memory.session("s", user="alice").append(Message("system", "Be kind."), user="Hi", assistant="Hello.")
    seen = []
    remembering(RunnableLambda(lambda messages: seen.extend(messages) or "Well."), memory).invoke("How are you?", AT)
    assert [type(message) for message in seen] == [SystemMessage, HumanMessage, AIMessage, HumanMessage]


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("Hi", ["Hi"]),
        (HumanMessage("Hi"), ["Hi"]),
        ([SystemMessage("Be kind."), HumanMessage("Hi")], ["Be kind.", "Hi"]),
        ((HumanMessage("Hi"),), ["Hi"]),
        ([], []),
        ({"anything": "Hi"}, ["Hi"]),
        ({"input": [HumanMessage("Hi")], "other": 1}, ["Hi"]),
    ],
)
def test_inputs_of_every_shape_are_given_as_messages(memory, asked, kept):
    seen = []
    remembering(echo(seen), memory).invoke(asked, AT)
    assert seen == [kept]
    assert stored(memory) == [*kept, f"{len(kept)} seen"]


@pytest.mark.parametrize(
    ("output", "kept"),
    [
        ("Hello.", ["Hello."]),
        (AIMessage("Hello."), ["Hello."]),
        ([AIMessage("Wait."), AIMessage("Hello.")], ["Wait.", "Hello."]),
        ((AIMessage("Hello."),), ["Hello."]),
        ([], []),
        ({"anything": "Hello."}, ["Hello."]),
        ({"output": AIMessage("Hello."), "other": 1}, ["Hello."]),
        (None, []),
    ],
)
def test_outputs_of_every_shape_are_stored_and_returned_as_they_are(memory, output, kept):
    runnable = remembering(RunnableLambda(lambda _: output), memory)
    assert runnable.invoke("Hi", AT) == output
    assert stored(memory) == ["Hi", *kept]


def test_a_prompt_with_a_place_for_the_history_gets_it_beside_the_other_inputs(memory):
    prompt = ChatPromptTemplate.from_messages([("system", "Speak {language}."), MessagesPlaceholder("history"), ("human", "{question}")])
    seen = []
    chain = prompt | (lambda value: seen.append(contents(value.to_messages())) or value) | FakeListChatModel(responses=["Hallo.", "Gut."])
    runnable = remembering(chain | StrOutputParser(), memory, input_messages_key="question", history_messages_key="history")
    assert runnable.invoke({"question": "Hi", "language": "German"}, AT) == "Hallo."
    assert "".join(runnable.stream({"question": "Well?", "language": "German"}, AT)) == "Gut."
    assert seen == [["Speak German.", "Hi"], ["Speak German.", "Hi", "Hallo.", "Well?"]]
    assert stored(memory) == ["Hi", "Hallo.", "Well?", "Gut."]


def test_without_a_place_for_the_history_it_stands_in_front_of_the_new_messages(memory):
    seen = []
    chain = RunnablePassthrough() | RunnableLambda(
        lambda given: seen.append((contents(given["messages"]), given["other"])) or {"answer": "Yes.", "n": 1}
    )
    runnable = remembering(chain, memory, input_messages_key="messages", output_messages_key="answer")
    runnable.invoke({"messages": "One?", "other": 1}, AT)
    runnable.invoke({"messages": [HumanMessage("Two?")], "other": 2}, AT)
    assert seen == [(["One?"], 1), (["One?", "Yes.", "Two?"], 2)]


def test_the_callers_input_is_left_as_it_was(memory):
    asked = {"messages": [HumanMessage("One?")], "other": 1}
    remembering(RunnableLambda(lambda _: "Yes."), memory, input_messages_key="messages").invoke(asked, AT)
    assert asked == {"messages": [HumanMessage("One?")], "other": 1}


@pytest.mark.parametrize(
    ("keys", "asked", "why"),
    [
        ({}, 7, "the input is or holds a int; give text"),
        ({}, ["text"], "the input is or holds a str"),
        ({}, {"a": "1", "b": "2"}, r"the input has the keys \['a', 'b'\], and not 'input'; name the right one with input_messages_key"),
        ({"input_messages_key": "question"}, {"a": "1"}, "and not 'question'"),
        ({"input_messages_key": "question"}, "Hi", "the input is a str; with a messages key given, it is a dict"),
        ({"history_messages_key": "history"}, "Hi", "the input is a str; with a messages key given"),
    ],
)
async def test_an_input_without_messages_is_refused_before_the_model_is_asked(memory, keys, asked, why):
    runnable = remembering(RunnableLambda(lambda _: pytest.fail("asked")), memory, **keys)
    with pytest.raises(Invalid, match=why):
        runnable.invoke(asked, AT)
    with pytest.raises(Invalid, match=why):
        [chunk async for chunk in runnable.astream(asked, AT)]


@pytest.mark.parametrize(
    ("output", "why"), [(7, "the output is or holds a int"), ({"a": "1", "b": "2"}, "not 'output'; name the right one with output_mes")]
)
def test_an_output_without_messages_is_refused_and_nothing_is_stored(memory, output, why):
    with pytest.raises(Invalid, match=why):
        remembering(RunnableLambda(lambda _: output), memory).invoke("Hi", AT)
    assert stored(memory) == []


@pytest.mark.parametrize("config", [None, {}, {"configurable": {"user_id": "alice"}}])
def test_a_call_that_names_no_session_is_refused(memory, config):
    with pytest.raises(Invalid, match=r'call with config={"configurable": {"session_id"'):
        remembering(echo(), memory).invoke("Hi", config)


@pytest.mark.parametrize("session", ["", None, 7, "x\ud800"])
def test_a_session_that_is_no_name_is_refused(memory, session):
    with pytest.raises(Invalid, match="the session"):
        remembering(echo(), memory).invoke("Hi", {"configurable": {"session_id": session}})


def test_what_is_no_memory_is_refused_at_once():
    with pytest.raises(Invalid, match="the memory is a str"):
        remembering(echo(), "sqlite:///m.db")


@pytest.mark.parametrize("view", ["window", Window, 5])
def test_what_is_no_view_is_refused_at_once(memory, view):
    with pytest.raises(Invalid, match="give"):
        remembering(echo(), memory, view)
    with pytest.raises(Invalid, match="give"):
        ChatHistory(memory, "s", view=view)


def test_what_is_no_runnable_is_refused_at_once(memory):
    with pytest.raises(Invalid, match="the runnable is of type int"):
        remembering(5, memory)


def test_a_function_remembers_as_a_chain_does(memory):
    def answer(messages):
        return f"{len(messages)} seen"

    bot = remembering(answer, memory)
    assert [bot.invoke("Hi", AT), bot.invoke("And now?", AT)] == ["1 seen", "3 seen"]
    assert stored(memory) == ["Hi", "1 seen", "And now?", "3 seen"]


def test_it_tells_what_a_config_may_have(memory):
    assert [spec.id for spec in remembering(echo(), memory).config_specs] == ["session_id", "user_id"]


def test_it_works_as_a_part_of_a_chain_and_with_a_bound_config(memory):
    runnable = remembering(echo(), memory).with_config(AT)
    chain = RunnableLambda(lambda text: text.upper()) | runnable | StrOutputParser()
    assert chain.invoke("hi") == "1 seen"
    assert "".join(chain.stream("ho")) == "3 seen"
    assert stored(memory) == ["HI", "1 seen", "HO", "3 seen"]


def test_the_question_was_said_before_the_answer(memory):
    before = datetime.now(UTC)
    remembering(echo(), memory).invoke("Hi", AT)
    asked, answered = memory.session("s", user="alice").messages()
    assert before <= asked.created <= answered.created <= datetime.now(UTC)


def test_tokens_that_the_model_reports_are_counted(memory):
    usage = {"input_tokens": 9, "output_tokens": 5, "total_tokens": 14}
    remembering(RunnableLambda(lambda _: AIMessage("x", usage_metadata=usage)), memory).invoke("Hi", AT)
    assert memory.session("s", user="alice").info().tokens == 5


# Agents


class Caller(GenericFakeChatModel):
    """A model that takes tools."""

    def bind_tools(self, tools, **kwargs):
        return self


@tool
def order(number: int) -> str:
    """Look an order up."""
    return f"Order {number} is on its way."


def test_an_agent_that_returns_the_whole_conversation_adds_only_what_is_new(memory):
    call = {"name": "order", "args": {"number": 12}, "id": "c1"}
    model = Caller(messages=iter([AIMessage("", tool_calls=[call]), AIMessage("It is on its way."), AIMessage("You are welcome.")]))
    agent = remembering(create_agent(model, [order]), memory, input_messages_key="messages", output_messages_key="messages")
    output = agent.invoke({"messages": "Where is order 12?"}, AT)
    agent.invoke({"messages": [HumanMessage("Thanks.")]}, AT)
    messages = ChatHistory(memory, "s", "alice").messages
    assert [type(message) for message in messages] == [HumanMessage, AIMessage, ToolMessage, AIMessage, HumanMessage, AIMessage]
    assert messages[1:4] == output["messages"][1:]
    assert messages[1].tool_calls[0]["args"] == {"number": 12}
    assert messages[2].content == "Order 12 is on its way."


# Failing writes, and repetition


async def test_a_failing_write_raises_in_every_way_of_calling(memory):
    runnable = remembering(echo(), Memory(Failing(memory.store)))
    with pytest.raises(StoreError, match="the disk is gone"):
        runnable.invoke("Hi", AT)
    with pytest.raises(StoreError, match="the disk is gone"):
        await runnable.ainvoke("Hi", AT)
    with pytest.raises(StoreError, match="the disk is gone"):
        list(runnable.stream("Hi", AT))
    with pytest.raises(StoreError, match="the disk is gone"):
        [chunk async for chunk in runnable.astream("Hi", AT)]


def test_an_answer_that_json_cannot_hold_is_refused_and_nothing_is_stored(memory):
    runnable = remembering(RunnableLambda(lambda _: AIMessage("x", response_metadata={"p": float("nan")})), memory)
    with pytest.raises(Invalid, match=r"message 1: extra\.langchain\.response_metadata\.p is nan"):
        runnable.invoke("Hi", AT)
    assert stored(memory) == []


async def test_a_write_of_unknown_outcome_is_repeated_and_written_once(memory):
    remembering(echo(), Memory(Doubtful(memory.store))).invoke("1", AT)
    await remembering(echo(), Memory(Doubtful(memory.store))).ainvoke("2", AT)
    assert stored(memory) == ["1", "1 seen", "2", "3 seen"]


def test_a_repeated_turn_stores_a_question_with_an_id_once(memory):
    numbers = count()
    runnable = remembering(RunnableLambda(lambda _: f"Answer {next(numbers)}."), memory)
    for _ in range(2):
        runnable.invoke(HumanMessage("Hi", id="q-1"), AT)
    assert stored(memory) == ["Hi", "Answer 0.", "Answer 1."]
    with pytest.raises(Conflict):
        runnable.invoke(HumanMessage("Something else", id="q-1"), AT)


def test_a_model_that_gives_one_id_twice_loses_no_answer(memory):
    runnable = remembering(GenericFakeChatModel(messages=cycle([AIMessage("Hello.")])), memory)
    assert runnable.invoke("Hi", AT).id == runnable.invoke("Hi", AT).id
    assert stored(memory) == ["Hi", "Hello.", "Hi", "Hello."]


STATES = {
    "trimmed": lambda given, answer: [*given[-3:], answer],
    "behind a system message": lambda given, answer: [SystemMessage("Be nice."), *given, answer],
    "trimmed copies": lambda given, answer: [*(message.model_copy(update={"id": f"c{n}"}) for n, message in enumerate(given[-3:])), answer],
    "whole copies": lambda given, answer: [*(message.model_copy() for message in given), answer],
    "without doubles": lambda given, answer: [*{message.text: message for message in given}.values(), answer],
    "several states": lambda given, answer: [*given, *given, answer],
    "the answer alone": lambda _, answer: [answer],
    "in another one's place": lambda given, answer: [answer.model_copy(update={"id": "fixed"}), *given[-1:]],
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_whatever_an_agent_makes_of_what_it_was_given_each_message_is_stored_once(memory, state):
    runnable = remembering(RunnableLambda(lambda given: state(given, AIMessage(f"{given[-1].text}!"))), memory)
    for number in range(4):
        runnable.invoke([HumanMessage(str(number))], AT)
    assert stored(memory) == ["0", "0!", "1", "1!", "2", "2!", "3", "3!"]


def test_an_answer_that_was_given_before_is_an_answer_again(memory):
    runnable = remembering(RunnableLambda(lambda given: [*given[-1:], AIMessage("Yes.")]), memory)
    plain = remembering(RunnableLambda(lambda _: [AIMessage("Yes.")]), memory)
    for turn in (runnable, plain, runnable):
        turn.invoke("Sure?", AT)
    assert stored(memory) == ["Sure?", "Yes."] * 3


def test_what_is_said_without_being_asked_is_stored_whole(memory):
    remembering(RunnableLambda(lambda _: [AIMessage("Hello."), AIMessage("Anyone?")]), memory).invoke([], AT)
    assert stored(memory) == ["Hello.", "Anyone?"]
