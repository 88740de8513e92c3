"""On ordinary chats, Window and TokenBudget give what users of LangChain's trim_messages know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect import Message, TokenBudget, ToolCall, Window

from .conversations import split, whole

core = pytest.importorskip("langchain_core.messages")

CALL = [ToolCall("look", {}, "call")]


def one_turn(asked, lookups, answered):
    steps = [Message("user", "question", tokens=asked)]
    for tokens in lookups:
        steps += [Message("assistant", "", tokens=5, tool_calls=CALL), Message("tool", "found", tokens=tokens, tool_call_id="call")]
    return [*steps, Message("assistant", "answer", tokens=answered)]


turns = st.builds(one_turn, st.integers(1, 30), st.lists(st.integers(1, 50), max_size=2), st.integers(1, 80))
prompts = st.sampled_from([[], [Message("system", "be kind", tokens=10)]])


def foreign(message):
    if message.role == "assistant":
        calls = [{"name": call.name, "args": call.arguments, "id": call.id} for call in message.tool_calls]
        return core.AIMessage(message.content, id=message.id, tool_calls=calls)
    if message.role == "tool":
        return core.ToolMessage(message.content, id=message.id, tool_call_id=message.tool_call_id)
    return {"user": core.HumanMessage, "system": core.SystemMessage}[message.role](message.content, id=message.id)


def trimmed(messages, most, weight):
    """Return the ids of what trim_messages keeps."""
    weights = {message.id: weight(message) for message in messages}
    kept = core.trim_messages(
        [foreign(message) for message in messages],
        max_tokens=most,
        token_counter=lambda some: sum(weights[message.id] for message in some),
        strategy="last",
        start_on="human",
        include_system=True,
    )
    return [message.id for message in kept]


def ids(messages):
    return [message.id for message in messages]


@given(prompts, st.lists(turns, min_size=1, max_size=8), st.integers(1, 8))
def test_a_window_is_trim_messages_by_the_number_of_messages_in_its_turns(prompt, chat, size):
    messages = [message for part in [prompt, *chat] for message in part]
    most = len(prompt) + sum(map(len, chat[-size:]))
    assert ids(whole(Window(size), messages)) == trimmed(messages, most, lambda message: 1)


@given(prompts, st.lists(turns, min_size=1, max_size=8), st.integers(11, 600))
def test_a_token_budget_is_trim_messages_where_a_turn_fits(prompt, chat, tokens):
    messages = [message for part in [prompt, *chat] for message in part]
    weight = {message.id: message.tokens for message in messages}
    if sum(weight[id] for id in ids([*prompt, *chat[-1]])) <= tokens:
        assert ids(whole(TokenBudget(tokens), messages)) == trimmed(messages, tokens, lambda message: weight[message.id])


def test_where_no_turn_fits_a_budget_still_gives_the_newest_messages_and_trim_messages_none():
    messages = [message for part in [[Message("system", "be kind", tokens=10)], one_turn(30, [50], 10)] for message in part]
    lead, _ = split(messages)
    assert ids(whole(TokenBudget(75), messages)) == ids([*lead, *messages[2:]])
    assert trimmed(messages, 75, lambda message: message.tokens) == ids(lead)
