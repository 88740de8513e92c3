import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect import Message, ToolCall, estimate_tokens
from recollect.views.tokens import MEDIA, OVERHEAD, message_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("Where is my order?", 5),
        ("I'm sure it's here", 6),
        ("internationalisation", 3),
        ("1234567", 3),
        ("café", 3),
        ("Привет", 3),
        ("你好", 2),
        ("😀", 2),
        ("if x:\n    return y", 6),
    ],
)
def test_a_text_is_estimated_by_its_words_digits_and_characters(text, tokens):
    assert estimate_tokens(text) == tokens


@given(st.text(), st.text())
def test_two_texts_take_about_the_sum_of_both(one, two):
    assert estimate_tokens(one) <= estimate_tokens(one + two) + 1
    assert abs(estimate_tokens(one + two) - estimate_tokens(one) - estimate_tokens(two)) <= 2


def test_the_count_that_a_message_carries_is_taken_and_is_one_at_the_least():
    assert message_tokens(Message("user", "long " * 100, tokens=7)) == 7
    assert message_tokens(Message("user", "", tokens=0)) == 1


def test_a_counter_overrules_the_count_that_a_message_carries():
    assert message_tokens(Message("user", "abc", tokens=7), len) == 3 + OVERHEAD


def test_tool_calls_are_counted_once_also_where_blocks_repeat_them():
    calls = [ToolCall("find", {"order": 7}, "1")]
    plain = message_tokens(Message("assistant", "Let me look.", tool_calls=calls))
    blocks = [{"type": "text", "text": "Let me look."}, {"type": "tool_use", "id": "1", "name": "find", "input": {"order": 7}}]
    assert plain > message_tokens(Message("assistant", "Let me look."))
    assert message_tokens(Message("assistant", blocks, tool_calls=calls)) == plain


def test_an_image_takes_a_flat_number_whatever_its_bytes():
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 10_000}}
    assert message_tokens(Message("user", ["What is this?", image])) == message_tokens(Message("user", "What is this?")) + MEDIA


def test_blocks_of_other_kinds_are_counted_as_json():
    assert message_tokens(Message("assistant", [{"type": "reasoning", "reasoning": "step by step " * 50}])) > 150


def test_a_counter_that_returns_less_than_nothing_makes_no_room():
    assert message_tokens(Message("user", "abc"), lambda text: -100) == OVERHEAD
