import pytest

from recollect import Invalid, Message, String, ToolCall, Window

CALLS = [ToolCall("find", {"order": 7}, "1")]

TAIL = [
    Message("user", "Where is it?"),
    Message("assistant", [{"type": "text", "text": "Let me look."}, {"type": "tool_use", "id": "1"}], tool_calls=CALLS),
    Message("tool", "in Nürnberg", tool_call_id="1"),
    Message("user", ["And this?", {"type": "image_url", "image_url": {"url": "data:…"}}]),
]


def test_a_conversation_is_one_line_a_message_with_calls_and_media_named():
    assert String().select([Message("system", "Be kind.")], TAIL, True) == (
        'System: Be kind.\nHuman: Where is it?\nAI: Let me look. [find({"order":7})]\nTool: in Nürnberg\nHuman: And this? [image_url]'
    )


def test_another_view_can_choose_the_messages():
    assert String(Window(1)).select([], TAIL, True) == "Human: And this? [image_url]"
    assert String(Window(1)).select([], TAIL[2:3], False) is None


def test_prefixes_are_replaced_by_role():
    assert String(prefixes={"user": "Alice"}).select([], TAIL[:1], True) == "Alice: Where is it?"


def test_a_prefix_for_an_unknown_role_is_refused():
    with pytest.raises(Invalid, match="no role 'human'"):
        String(prefixes={"human": "Alice"})


def test_arguments_that_are_no_json_are_shown_as_the_model_wrote_them():
    message = Message("assistant", tool_calls=[ToolCall("find", '{"order": ', "1")])
    assert String().select([], [message], True) == 'AI: [find({"order": )]'
