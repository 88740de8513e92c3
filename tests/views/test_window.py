import pytest

from recollect import Invalid, Message, Window

from .test_pairs import said, texts


def test_a_window_holds_the_last_turns_behind_the_system_message():
    messages = said("system", "user", "assistant", "user", "assistant", "user")
    assert Window(2).select(messages[:1], messages[1:], True) == [messages[0], *messages[3:]]


def test_a_turn_holds_its_tool_calls_and_results():
    tail = said("user", "assistant", "user", "call:a,b", "tool:b", "tool:a", "call:c", "tool:c", "assistant")
    assert Window(1).select([], tail, True) == tail[2:]


def test_what_the_user_says_while_a_tool_is_at_work_starts_no_turn():
    tail = said("user", "assistant", "user", "call:a", "user", "tool:a")
    assert Window(1).select([], tail, True) == tail[2:]
    assert Window(2).select([], tail, True) == tail


def test_calls_that_wait_for_their_results_stay_at_the_end():
    tail = said("user", "assistant", "user", "call:a,b", "tool:a")
    assert Window(1).select([], tail, True) == tail[2:]


def test_a_greeting_before_the_first_user_message_stays_where_the_session_is_shorter_than_the_window():
    tail = said("assistant", "user", "assistant")
    assert Window(2).select([], tail, True) == tail
    assert Window(1).select([], tail, True) == tail[1:]


def test_a_window_asks_for_more_until_it_has_its_turns():
    tail = said("assistant", "user", "assistant")
    assert Window(2).select([], tail, False) is None
    assert Window(1).select([], tail, False) == tail[1:]


def test_a_window_asks_for_more_where_a_call_was_not_seen():
    tail = said("user", "assistant", "user", "tool:a", "assistant")
    assert Window(1).select([], tail, False) is None
    assert Window(1).select([], [*said("user", "call:a"), *tail], False) is not None


def test_a_long_turn_is_cut_at_the_most_messages_and_begins_with_no_result():
    tail = said("user", "call:a", "tool:a", "call:b,c", "tool:b", "tool:c", "assistant")
    assert texts(Window(1, messages=3).select([], tail, True)) == ["assistant"]
    assert Window(1, messages=4).select([], tail, True) == tail[3:]
    assert Window(1, messages=4).select([], tail[1:], False) == tail[3:]


def test_a_window_that_is_cut_begins_at_a_user_message_where_it_can():
    tail = said("user", "assistant", "assistant", "user", "assistant")
    assert Window(3, messages=4).select([], tail, True) == tail[3:]
    assert Window(3, messages=5).select([], tail, True) == tail
    assert Window(3, messages=4).select([], tail[1:], True) == tail[1:]


@pytest.mark.parametrize("size", [0, -1, 1.0, True, None, "3"])
def test_sizes_that_are_no_whole_numbers_from_one_up_are_refused(size):
    with pytest.raises(Invalid, match="turns is"):
        Window(size)
    with pytest.raises(Invalid, match="messages is"):
        Window(1, messages=size)


def test_a_window_leaves_the_messages_as_they_are():
    message = Message("user", [{"type": "image", "url": "x"}], metadata={"a": [1]})
    assert Window(1).select([], [message], True)[0] is message
