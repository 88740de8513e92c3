import pytest

from recollect import Invalid, Message, TokenBudget

from .test_pairs import said


def weighed(tokens, *roles):
    return [Message(m.role, m.content, tool_calls=m.tool_calls, tool_call_id=m.tool_call_id, tokens=tokens) for m in said(*roles)]


def test_a_budget_holds_the_newest_messages_that_fit_behind_the_system_message():
    messages = weighed(10, "system", "user", "assistant", "user", "assistant")
    assert TokenBudget(39).select(messages[:1], messages[1:], True) == [messages[0], *messages[3:]]
    assert TokenBudget(49).select(messages[:1], messages[1:], True) == [messages[0], *messages[3:]]
    assert TokenBudget(50).select(messages[:1], messages[1:], True) == messages


def test_results_whose_call_does_not_fit_are_left_out():
    tail = weighed(10, "user", "call:a,b", "tool:a", "tool:b", "assistant")
    assert TokenBudget(35).select([], tail, True) == tail[4:]
    assert TokenBudget(45).select([], tail, True) == tail[1:]


def test_a_call_before_the_first_user_message_stays_where_its_result_comes_later():
    tail = weighed(10, "user", "call:a", "user", "tool:a", "assistant")
    assert TokenBudget(45).select([], tail, True) == tail[1:]


def test_all_of_a_session_that_fits_is_kept_also_a_greeting():
    tail = weighed(10, "assistant", "user", "assistant")
    assert TokenBudget(30).select([], tail, True) == tail


def test_where_not_even_the_newest_message_fits_there_are_only_the_system_messages():
    messages = weighed(10, "system", "user", "assistant")
    assert TokenBudget(15).select(messages[:1], messages[1:], True) == messages[:1]


def test_system_messages_above_the_budget_are_an_error_that_tells_how_many_tokens_they_take():
    with pytest.raises(Invalid, match="take 20 tokens, and the budget is 19"):
        TokenBudget(19).select(weighed(10, "system", "system"), [], True)


def test_a_budget_asks_for_more_while_all_that_it_sees_fits():
    tail = weighed(10, "user", "assistant")
    assert TokenBudget(20).select([], tail, False) is None
    assert TokenBudget(19).select([], tail, False) == tail[1:]
    assert TokenBudget(25).select([], [*weighed(10, "user"), *tail], False) == tail


def test_a_counter_is_asked_instead_of_what_messages_say():
    tail = weighed(1000, "user", "assistant")
    assert TokenBudget(30, counter=len).select([], tail, True) == tail


@pytest.mark.parametrize("tokens", [0, -5, 2.5, True, "100"])
def test_a_budget_that_is_no_whole_number_from_one_up_is_refused(tokens):
    with pytest.raises(Invalid, match="tokens is"):
        TokenBudget(tokens)


def test_a_counter_that_cannot_be_called_is_refused():
    with pytest.raises(Invalid, match="counter is a str"):
        TokenBudget(100, counter="gpt-5")
