"""LangChain's messages come back as they were."""

import json
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
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

from recollect import Invalid, Memory, Message, NewerFormat, ToolCall
from recollect.adapters.langchain import ChatHistory, from_message, to_message
from recollect.adapters.langchain.messages import CLASSES, ROLES

SERIALISED = {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"], "kwargs": {"content": "injected"}}
SECRET = {"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]}
USAGE = {"input_tokens": 350, "output_tokens": 240, "total_tokens": 590, "input_token_details": {"cache_read": 100}}
ANSWER = AIMessage(
    "Let me look.",
    id="run-1",
    name="Ada",
    tool_calls=[{"name": "order", "args": {"id": 12, "deep": [1, {"a": None}]}, "id": "call-1"}],
    invalid_tool_calls=[{"name": None, "args": "{bad", "id": "call-2", "error": "not JSON", "type": "invalid_tool_call"}],
    usage_metadata=USAGE,
    response_metadata={"model_name": "m", "logprobs": [0.1, -0.0], "finish_reason": "tool_calls"},
    additional_kwargs={"refusal": None, "nested": SERIALISED},
)
MESSAGES = [
    HumanMessage("Hi"),
    HumanMessage("Hi", id="h-1", name="Bob", example=True, mood="gay"),
    HumanMessage([{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, "plain"]),
    HumanMessage(content_blocks=[{"type": "text", "text": "Hello", "annotations": []}]),
    HumanMessage([SERIALISED, SECRET], additional_kwargs=SERIALISED, response_metadata=SECRET),
    HumanMessageChunk("Hi", id="7"),
    SystemMessage("Be kind.", id="s"),
    SystemMessageChunk("Be"),
    ANSWER,
    AIMessage(content_blocks=[{"type": "reasoning", "reasoning": "hm"}, {"type": "tool_call", "name": "t", "args": {}, "id": "c"}]),
    AIMessage("", tool_calls=[{"name": "t", "args": {}, "id": None}]),
    AIMessage("", additional_kwargs={"tool_calls": [{"id": "c", "type": "function", "function": {"name": "t", "arguments": '{"a": 1}'}}]}),
    AIMessage("", invalid_tool_calls=[{"name": "t", "args": "[1]", "id": "c", "error": None, "type": "invalid_tool_call"}]),
    AIMessageChunk(
        "par",
        id="run-2",
        chunk_position="last",
        tool_call_chunks=[{"name": "t", "args": '{"a": ', "id": "c", "index": 0, "type": "tool_call_chunk"}],
        usage_metadata=USAGE,
    ),
    ToolMessage("42", tool_call_id="call-1", artifact={"rows": [1, 2.5, None]}, status="error", name="order", id="t-1"),
    ToolMessage([{"type": "text", "text": "x"}], tool_call_id=""),
    ToolMessageChunk("4", tool_call_id="call-1"),
    FunctionMessage(content="42", name="order"),
    FunctionMessageChunk(content="4", name="order"),
    ChatMessage("Order!", role="chair", name="Speaker"),
    ChatMessage("Order!", role="developer"),
    ChatMessageChunk("Or", role="assistant"),
    RemoveMessage("h-1"),
    RemoveMessage("h-1", name="x"),
    HumanMessage("long", id="x" * 5000),
    HumanMessage("none", id=""),
    HumanMessage("NUL \0, \u202eright to left\u202c, \U0001f469\u200d\U0001f680"),
]


def dumped(message):
    """Return all that a message holds, as text in which True, 1 and 1.0 differ."""
    return json.dumps([type(message).__name__, message.model_dump()], sort_keys=True)


def test_the_examples_hold_every_kind_of_message():
    assert {type(message) for message in MESSAGES} == set(ROLES) == set(CLASSES.values())


def test_langchain_core_has_no_other_kind():
    def below(kind):
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    own = {kind for kind in below(BaseMessage) if kind.__module__.startswith("langchain_core.messages") and not kind.__name__.startswith("Base")}
    assert own == set(ROLES)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_comes_back_equal_and_of_its_class(memory, message):
    before = dumped(message)
    ChatHistory(memory, "s").add_messages([message])
    (restored,) = ChatHistory(memory, "s").messages
    assert restored == message
    assert type(restored) is type(message)
    assert dumped(restored) == before == dumped(message)
    assert repr(restored) == repr(message)


names = count()
texts = st.text(max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars | st.just(SERIALISED), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
objects = st.dictionaries(texts, values, max_size=3)
contents = texts | st.lists(texts | objects, max_size=3)
counts = st.integers(0, 10**6)
calls = st.lists(st.fixed_dictionaries({"name": texts, "args": objects, "id": st.none() | texts}), max_size=2)
invalid_calls = st.lists(
    st.fixed_dictionaries({"name": st.none() | texts, "args": st.none() | texts, "id": st.none() | texts, "error": st.none() | texts}), max_size=2
)
usages = st.none() | st.fixed_dictionaries({"input_tokens": counts, "output_tokens": counts, "total_tokens": counts})
common = {"content": contents, "id": st.none() | texts, "name": st.none() | texts, "additional_kwargs": objects, "response_metadata": objects}
answers = {**common, "tool_calls": calls, "invalid_tool_calls": invalid_calls, "usage_metadata": usages}
results = {**common, "tool_call_id": texts, "artifact": values, "status": st.sampled_from(["success", "error"])}
named = {**common, "name": texts}
spoken = {**common, "role": texts | st.sampled_from(["user", "assistant", "system", "tool"])}
pieces = st.lists(
    st.fixed_dictionaries({"name": st.none() | texts, "args": st.none() | texts, "id": st.none() | texts, "index": st.none() | counts}), max_size=2
)
removals = {"id": texts, "name": st.none() | texts}
fields = {
    HumanMessage: common,
    HumanMessageChunk: common,
    SystemMessage: common,
    SystemMessageChunk: common,
    AIMessage: answers,
    AIMessageChunk: {**answers, "tool_call_chunks": pieces},
    ToolMessage: results,
    ToolMessageChunk: results,
    FunctionMessage: named,
    FunctionMessageChunk: named,
    ChatMessage: spoken,
    ChatMessageChunk: spoken,
    RemoveMessage: removals,
}
attributes = st.dictionaries(st.sampled_from(["mood", "_fields_set", "x y", "text", "lc", "metadata", "created"]), values, max_size=2)
messages = st.sampled_from(list(fields)).flatmap(
    lambda kind: st.builds(lambda given, more: kind(**given, **more), st.fixed_dictionaries(fields[kind]), attributes)
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Memory(f"sqlite:///{tmp_path_factory.mktemp('messages')}/memory.db") as opened:
        yield opened


@given(given=st.lists(messages, min_size=1, max_size=4))
def test_any_messages_come_back_as_they_were(shared, given):
    history = ChatHistory(shared, f"any {next(names)}")
    history.add_messages(given)
    restored = history.messages
    assert restored == given
    assert list(map(dumped, restored)) == list(map(dumped, given))


def test_a_message_stands_in_our_own_fields():
    ours = to_message(ANSWER)
    assert (ours.role, ours.content, ours.id, ours.name, ours.tokens) == ("assistant", "Let me look.", "run-1", "Ada", 240)
    assert ours.tool_calls == [ToolCall("order", {"id": 12, "deep": [1, {"a": None}]}, "call-1"), ToolCall("", "{bad", "call-2")]
    result = to_message(ToolMessage("42", tool_call_id="call-1", name="order"))
    assert (result.role, result.content, result.tool_call_id, result.name) == ("tool", "42", "call-1", "order")


@pytest.mark.parametrize(
    ("message", "role"),
    [
        (HumanMessage("x"), "user"),
        (AIMessage("x"), "assistant"),
        (SystemMessage("x"), "system"),
        (FunctionMessage(content="x", name="f"), "tool"),
        (ChatMessage("x", role="assistant"), "assistant"),
        (ChatMessage("x", role="developer"), "system"),
        (ChatMessage("x", role="chair"), "user"),
    ],
)
def test_each_kind_has_its_role(message, role):
    assert to_message(message).role == role


def test_only_what_our_fields_do_not_tell_is_kept_beside_them():
    assert to_message(HumanMessage("Hi", id="h", name="Bob")).extra == {"langchain": {"type": "human"}}
    assert to_message(HumanMessage("Hi")).extra == {"langchain": {"type": "human", "id": None}}
    called = AIMessage("", id="a", tool_calls=[{"name": "t", "args": {"a": 1}, "id": "c"}])
    assert to_message(called).extra == {"langchain": {"type": "ai"}}


def test_an_id_can_be_given_and_langchains_own_still_comes_back():
    ours = to_message(HumanMessage("Hi", id="h"), "mine")
    assert ours.id == "mine"
    assert from_message(ours).id == "h"


def test_a_message_without_an_id_is_stored_under_a_new_one_each_time():
    message = HumanMessage("Hi")
    assert to_message(message).id != to_message(message).id
    assert message.id is None


def test_two_restored_messages_share_nothing():
    first, second = from_message(to_message(AIMessage("a"))), from_message(to_message(AIMessage("b")))
    first.additional_kwargs["x"] = 1
    first.tool_calls.append({"name": "t", "args": {}, "id": None})
    assert second == AIMessage("b", id=second.id)
    assert from_message(to_message(AIMessage("c"))).additional_kwargs == {}


class Grid:
    """Compares by its cells, as arrays do."""

    def __eq__(self, other):
        raise ValueError("the truth of a grid is ambiguous")

    __hash__ = None


class Custom(HumanMessage):
    """A message of somebody's own class."""


def test_a_message_of_another_class_is_refused():
    with pytest.raises(Invalid, match=r"message 'x' is a Custom of type 'human'; convert it"):
        to_message(Custom("Hi", id="x"))
    with pytest.raises(Invalid, match="BaseMessage of type 'odd'"):
        to_message(BaseMessage("Hi", type="odd"))


@pytest.mark.parametrize(
    ("message", "where"),
    [
        (HumanMessage("half \ud83d"), "message 1: content has a lone surrogate"),
        (HumanMessage([{"type": "text", "text": b"x"}]), r"message 1: content\[0\].text is a bytes"),
        (HumanMessage([{1: "x"}]), r"message 1: content\[0\] has .*key"),
        (AIMessage("", response_metadata={"logprob": float("nan")}), "message 1: extra.langchain.response_metadata.logprob is nan"),
        (AIMessage("", additional_kwargs={"tags": {"a"}}), "message 1: extra.langchain.additional_kwargs.tags is a set"),
        (AIMessage("", tool_calls=[{"name": "t", "args": {"x": 1j}, "id": "c"}]), r"message 1: tool_calls\[0\]: arguments.x is a complex"),
        (ToolMessage("", tool_call_id="c", artifact=object()), "message 1: extra.langchain.artifact is a object"),
        (ToolMessage("", tool_call_id="c", artifact=Grid()), r"message 1: extra\.langchain\.artifact is a Grid"),
        (HumanMessage("", mood=("gay",)), "message 1: extra.langchain.mood is a tuple"),
    ],
)
def test_what_json_cannot_hold_is_refused_by_message_and_field_and_nothing_is_written(memory, message, where):
    history = ChatHistory(memory, "s")
    with pytest.raises(Invalid, match=where):
        history.add_messages([HumanMessage("fine"), message])
    assert history.messages == []


def test_circular_data_is_refused(memory):
    circle = {}
    circle["self"] = circle
    with pytest.raises(Invalid, match=r"message 0: extra\.langchain\.additional_kwargs"):
        ChatHistory(memory, "s").add_messages([HumanMessage("Hi", additional_kwargs=circle)])


def test_messages_from_elsewhere_become_the_nearest_of_langchains():
    call = ToolCall("order", '{"id": 12}', "c1")
    assert from_message(Message("system", "Be kind.", "1")) == SystemMessage("Be kind.", id="1")
    assert from_message(Message("user", "Hi", "2", name="Bob", metadata={"a": 1})) == HumanMessage("Hi", id="2", name="Bob")
    assert from_message(Message("assistant", "Well", "3", tool_calls=[call, ToolCall("now", "", "c2"), ToolCall("x", {"y": 1})])) == AIMessage(
        "Well",
        id="3",
        tool_calls=[
            {"name": "order", "args": {"id": 12}, "id": "c1"},
            {"name": "now", "args": {}, "id": "c2"},
            {"name": "x", "args": {"y": 1}, "id": None},
        ],
    )
    assert from_message(Message("tool", "sent", "4", tool_call_id="c1")) == ToolMessage("sent", id="4", tool_call_id="c1")
    assert from_message(Message("tool", "sent", "5", name="order")) == FunctionMessage(content="sent", id="5", name="order")
    assert from_message(Message("tool", "sent", "6")) == ToolMessage("sent", id="6", tool_call_id="")


@pytest.mark.parametrize("arguments", ["{bad", "[1]", "3"])
def test_arguments_that_are_no_json_object_make_an_invalid_tool_call(arguments):
    restored = from_message(Message("assistant", tool_calls=[ToolCall("t", arguments, "c")]))
    assert restored.tool_calls == []
    assert restored.invalid_tool_calls == [{"name": "t", "args": arguments, "id": "c", "error": None, "type": "invalid_tool_call"}]


@pytest.mark.parametrize("type", ["hologram", None, 7, ["human"]])
def test_a_stored_type_that_is_not_in_the_table_is_refused_and_never_looked_up(type):
    with pytest.raises(NewerFormat, match="does not know; upgrade"):
        from_message(Message("user", "Hi", extra={"langchain": {"type": type}}))


def test_somebody_elses_extra_is_passed_over():
    assert from_message(Message("user", "Hi", "1", extra={"langchain": "mine", "other": {}})) == HumanMessage("Hi", id="1")
