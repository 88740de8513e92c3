"""What holds for views put together, whatever the conversation and whatever is recalled."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from recollect import Combined, Invalid, Memory, Message, Recall, Window
from recollect.model import Recollection
from recollect.views.tokens import message_tokens

from .conversations import answers, conversations, split


def placed(messages):
    """Return messages as they are when they were stored."""
    return [replace(message, position=number) for number, message in enumerate(messages, 1)]


def recalled(messages, searches):
    """Return what a search might find: all that it may, of all that was said."""
    return [
        [Recollection(message, "s", 1.0, {"words": 1.0}) for message in messages if message.text and message.position not in search.without][:3]
        for search in searches
    ]


def tokens(messages):
    return sum(map(message_tokens, messages))


@settings(max_examples=200, deadline=None)
@given(conversations, st.integers(1, 6), st.integers(200, 600), st.booleans())
def test_a_budget_holds_and_no_message_is_shown_twice(messages, turns, budget, first):
    messages = placed(messages)
    lead, tail = split(messages)
    views = [Recall(tokens=150, query="x"), Window(turns)]
    asked = Combined(views if first else views[::-1], tokens=budget)
    try:
        wanted = asked.lookup(lead, tail, True)
    except Invalid:
        assert tokens(lead) > budget - 150
        return
    found = recalled(messages, wanted.searches)
    shown = wanted.make(found)
    assert tokens(shown) <= budget
    assert len({message.id for message in shown}) == len(shown)
    own = [message for message in shown if message.position is not None]
    assert own == sorted(own, key=lambda message: message.position)
    assert own[: len(lead)] == lead[: len(own)]
    assert {one.position for some in found for one in some}.isdisjoint(message.position for message in own)
    assert all(caller is not None for caller, _ in answers(own))


@settings(max_examples=100, deadline=None)
@given(conversations, st.integers(1, 6))
def test_without_a_recollection_it_is_the_window(messages, turns):
    lead, tail = split(placed(messages))
    wanted = Combined([Recall(query="x"), Window(turns)]).lookup(lead, tail, True)
    assert wanted.make([[]]) == Window(turns).select(lead, tail, True)


def test_two_windows_give_each_message_once_and_in_order():
    with Memory("memory://") as memory:
        chat = memory.session("s")
        for number in range(6):
            chat.append(user=str(number))
        assert [message.text for message in chat.context(Combined([Window(1), Window(3)]))] == ["3", "4", "5"]


def test_a_view_of_ones_own_is_combined_too():
    class Note:
        page = 1

        def select(self, lead, tail, whole):
            return [Message("user", "a note", "note")]

    with Memory("memory://") as memory:
        chat = memory.session("s")
        chat.append(system="be kind", user="hello")
        context = chat.context(Combined([Note(), Window(1)], tokens=100))
        assert [message.text for message in context] == ["be kind", "a note", "hello"]
        with pytest.raises(Invalid, match="larger budget"):
            chat.context(Combined([Note(), Window(1)], tokens=10))
