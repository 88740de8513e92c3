"""What holds for every view that trims, over random conversations."""

from itertools import count
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect import Buffer, Memory, Message, String, TokenBudget, View, Window
from recollect.views.pairs import without_orphans
from recollect.views.tokens import message_tokens

from .conversations import answers, conversations, split, whole

windows = st.builds(Window, st.integers(1, 8), messages=st.one_of(st.integers(1, 40), st.just(1000)))
budgets = st.builds(TokenBudget, st.integers(21, 500), counter=st.sampled_from([None, lambda text: len(text) // 4]))
trimming = st.one_of(windows, budgets)
numbers = count()


class Paged(NamedTuple):
    """A view that is shown other pages at first."""

    view: View
    page: int

    def select(self, lead, tail, whole):
        return self.view.select(lead, tail, whole)


@pytest.fixture(scope="module", params=["sqlite:///{}/views.db", "memory://"])
def memory(request, tmp_path_factory):
    with Memory(request.param.format(tmp_path_factory.mktemp("views"))) as memory:
        yield memory


def fits(view, messages):
    """Tell whether a budget holds the system messages at all."""
    lead, _ = split(messages)
    return not isinstance(view, TokenBudget) or sum(message_tokens(message, view.counter) for message in lead) <= view.tokens


@given(conversations, st.one_of(trimming, st.just(Buffer()), st.builds(String, trimming)), st.integers(1, 20), st.integers(0, 40))
def test_a_bounded_read_gives_what_the_whole_session_gives(memory, messages, view, page, there):
    session = memory.session(f"s{next(numbers)}")
    for end in (there, len(messages)):
        if not fits(getattr(view, "view", view), messages[:end]):
            return
        session.append(*messages[:end])
        assert session.context(view) == whole(view, messages[:end])
        assert session.context(Paged(view, page)) == whole(view, messages[:end])


@given(conversations, trimming)
def test_a_view_gives_the_lead_and_an_end_of_the_rest_but_for_orphans(messages, view):
    if not fits(view, messages):
        return
    lead, tail = split(messages)
    given_ = whole(view, messages)
    assert given_[: len(lead)] == lead
    rest = given_[len(lead) :]
    start = tail.index(rest[0]) if rest else len(tail)
    assert rest == without_orphans(tail[start:])


@given(conversations, trimming)
def test_no_call_is_parted_from_its_results(messages, view):
    if not fits(view, messages):
        return
    given_ = {message.id for message in whole(view, messages)}
    for call, result in answers(messages):
        assert (result.id in given_) <= (call is not None and call.id in given_)
        assert call is None or (call.id in given_) <= (result.id in given_)


@given(conversations, trimming)
def test_what_follows_the_lead_is_no_tool_result(messages, view):
    if not fits(view, messages):
        return
    lead, _ = split(messages)
    assert all(message.role != "tool" for message in whole(view, messages)[len(lead) :][:1])


@given(conversations, st.integers(0, 40), st.integers(-1, 1), st.sampled_from([None, len]))
def test_a_budget_takes_what_fits_to_the_token_and_no_more(messages, most, spare, counter):
    lead, tail = split(messages)
    ends = [sum(message_tokens(message, counter) for message in [*lead, *tail[start:]]) for start in range(len(tail) + 1)]
    tokens = ends[max(len(tail) - most, 0)] + spare
    if tokens < max(ends[-1], 1):
        return
    start = next(start for start, end in enumerate(ends) if end <= tokens)
    given_ = whole(TokenBudget(tokens, counter), messages)
    assert sum(message_tokens(message, counter) for message in given_) <= tokens
    expected = without_orphans(tail[start:])
    users = [message for message in expected if message.role == "user"]
    assert len(given_) <= len(lead) + len(expected)
    assert start > 0 or given_ == [*lead, *expected]
    assert users == [message for message in given_[len(lead) :] if message.role == "user"]


@given(conversations, st.integers(1, 8), st.integers(1, 40))
def test_more_turns_give_no_less(messages, turns, most):
    lead, _ = split(messages)
    fewer, more = (whole(Window(number, most), messages)[len(lead) :] for number in (turns, turns + 1))
    assert more[len(more) - len(fewer) :] == fewer


@given(conversations, st.integers(21, 300), st.integers(1, 60))
def test_more_tokens_give_no_less(messages, tokens, added):
    if fits(TokenBudget(tokens), messages):
        fewer, more = (whole(TokenBudget(number), messages) for number in (tokens, tokens + added))
        assert {message.id for message in fewer} <= {message.id for message in more}


@given(conversations, st.integers(1, 20))
def test_a_window_keeps_the_last_user_message(messages, turns):
    users = [message for message in messages if message.role == "user"]
    assert users[-1:] == [message for message in whole(Window(turns), messages) if message.role == "user"][-1:]


def test_the_first_four_system_messages_are_the_lead_and_later_ones_are_as_other_messages(memory):
    session = memory.session("systems")
    session.append(*(Message("system", str(number)) for number in range(6)), user="a", assistant="b")
    session.append(user="c", assistant="d")
    assert [message.content for message in session.context(Window(1))] == ["0", "1", "2", "3", "c", "d"]


def test_a_view_that_gives_nothing_for_a_whole_session_is_an_error(memory):
    class Wrong:
        page = 2

        def select(self, lead, tail, whole):
            return None

    memory.session("wrong").append(user="a", assistant="b")
    with pytest.raises(RuntimeError, match=r"Wrong\.select returned None"):
        memory.session("wrong").context(Wrong())


def test_a_view_of_a_session_that_is_not_there_is_empty(memory):
    assert memory.session("none").context(Window(3)) == []
    assert memory.session("none").context(TokenBudget(3)) == []
    assert memory.session("none").context(Buffer()) == []
    assert memory.session("none").context(String()) == ""


async def test_the_asynchronous_face_gives_the_same(memory):
    session = memory.session("twice")
    session.append(system="s", user="a", assistant="b")
    session.append(user="c", assistant="d")
    assert await memory.aio.session("twice").context(Window(1)) == session.context(Window(1))
