"""Random conversations, with all that can be odd about tool calls, and what a view makes of one that is read whole."""

from itertools import takewhile
from typing import NamedTuple

from hypothesis import strategies as st

from recollect import Message, ToolCall
from recollect.core.tails import LEAD


class Step(NamedTuple):
    """What happens next: who speaks, how much, which tools are called or answered."""

    role: str
    number: int
    tokens: int


steps = st.builds(
    Step,
    st.sampled_from(["user", "user", "assistant", "assistant", "tool", "tool", "system"]),
    st.integers(0, 4),
    st.integers(0, 30),
)


def build(plan):
    """Return the messages of a plan: parallel calls, ids used again, late, nameless, doubled and orphaned results."""
    messages, calls = [], ["lost"]
    for index, (role, number, tokens) in enumerate(plan):
        called = [ToolCall("look", {}, f"call-{(index + each) % 7}") for each in range(number)] if role == "assistant" else []
        answered = calls[-number] if role == "tool" and 0 < number <= len(calls) else None
        calls += [call.id for call in called]
        messages.append(Message(role, f"{role} {index}", id=str(index), tokens=tokens, tool_calls=called, tool_call_id=answered))
    return messages


def opened(plan, systems):
    """Return the messages of a plan, behind so many system messages."""
    return build([Step("system", 0, 3)] * systems + plan)


conversations = st.builds(opened, st.lists(steps, max_size=40), st.integers(0, LEAD + 2))


def split(messages):
    """Return the lead and what follows it."""
    lead = list(takewhile(lambda message: message.role == "system", messages[:LEAD]))
    return lead, messages[len(lead) :]


def whole(view, messages):
    """Return what a view makes of a session that it is shown whole."""
    lead, tail = split(messages)
    return view.select(lead, tail, True)


def answers(messages):
    """Return the pairs of (call's message, result) by the plain rule: a result belongs to the latest call of its id."""
    pairs, group = [], None
    for index, message in enumerate(messages):
        if message.role != "tool":
            group = message if message.role == "assistant" else None
            continue
        if message.tool_call_id is None:
            caller = group
        else:
            earlier = [m for m in messages[:index] if m.role == "assistant" and any(call.id == message.tool_call_id for call in m.tool_calls)]
            caller = earlier[-1] if earlier else None
            group = caller
        pairs.append((caller, message))
    return pairs
