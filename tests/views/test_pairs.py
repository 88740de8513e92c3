from hypothesis import given

from recollect import Message, ToolCall
from recollect.views.pairs import opening, seams, without_orphans

from .conversations import answers, conversations


def said(*roles):
    """``user``, ``call:a,b`` (an assistant's calls), ``tool:a``, ``tool`` (a result without a name)."""
    messages = []
    for role in roles:
        kind, _, ids = role.partition(":")
        calls = [ToolCall("look", {}, id) for id in ids.split(",")] if kind == "call" else []
        messages.append(Message({"call": "assistant"}.get(kind, kind), role, tool_calls=calls, tool_call_id=ids or None if kind == "tool" else None))
    return messages


def texts(messages):
    return [message.content for message in messages]


def test_a_result_without_its_call_is_left_out():
    assert texts(without_orphans(said("tool:a", "user", "call:b", "tool:b", "tool:c"))) == ["user", "call:b", "tool:b"]


def test_a_result_that_comes_before_its_call_is_left_out():
    assert texts(without_orphans(said("user", "tool:a", "call:a"))) == ["user", "call:a"]


def test_results_of_parallel_calls_stay_in_any_order():
    messages = said("user", "call:a,b", "tool:b", "user", "tool:a")
    assert without_orphans(messages) == messages


def test_a_nameless_result_belongs_to_the_assistant_message_or_results_right_before_it():
    assert texts(without_orphans(said("tool", "user", "tool", "assistant", "tool", "tool"))) == ["user", "assistant", "tool", "tool"]


def test_no_seam_parts_a_call_from_a_late_result():
    assert list(seams(said("user", "call:a,b", "tool:a", "user", "tool:b", "assistant", "user"))) == [0, 1, 5, 6]


def test_an_id_that_is_used_again_belongs_to_the_latest_call():
    assert list(seams(said("user", "call:a", "tool:a", "user", "call:a", "tool:a"))) == [0, 1, 3, 4]


def test_there_is_no_seam_ahead_of_a_result_whose_call_was_not_seen():
    assert list(seams(said("user", "assistant", "user", "tool:a", "user"))) == [4]


def test_cut_messages_begin_at_a_user_message():
    assert opening(said("assistant", "user", "assistant", "user")) == 1


def test_cut_messages_without_a_user_message_begin_at_their_start():
    assert opening(said("call:a", "tool:a", "assistant")) == 0
    assert opening([]) == 0


def test_cut_messages_begin_at_a_call_that_is_answered_behind_the_first_user_message():
    assert opening(said("assistant", "call:a", "tool:a", "call:b", "user", "tool:b")) == 3
    assert opening(said("assistant", "call:a", "call:b", "user", "tool:a", "tool:b")) == 1


@given(conversations)
def test_just_the_results_that_answer_no_call_are_left_out(messages):
    orphans = {result.id for call, result in answers(messages) if call is None}
    assert [message.id for message in without_orphans(messages)] == [message.id for message in messages if message.id not in orphans]


@given(conversations)
def test_a_seam_is_just_where_no_call_before_is_answered_behind(messages):
    kept = without_orphans(messages)
    index = {message.id: number for number, message in enumerate(kept)}
    spans = [(index[call.id], index[result.id]) for call, result in answers(messages) if call is not None]
    assert list(seams(kept)) == [seam for seam in range(len(kept)) if not any(call < seam <= result for call, result in spans)]
