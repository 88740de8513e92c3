"""The digest: equal for equal content."""

from recollect import Memory, Message, ToolCall
from recollect.codec import encode_message


def test_the_order_of_keys_makes_no_other_content():
    one = Message(
        "user", [{"type": "text", "text": "a"}], "m", metadata={"a": 1, "b": {"c": 2, "d": 3}}, tool_calls=[ToolCall("t", {"x": 1, "y": 2})]
    )
    two = Message(
        "user", [{"text": "a", "type": "text"}], "m", metadata={"b": {"d": 3, "c": 2}, "a": 1}, tool_calls=[ToolCall("t", {"y": 2, "x": 1})]
    )
    assert encode_message(one, "one").digest == encode_message(two, "two").digest
    assert encode_message(one, "one").body != encode_message(two, "two").body
    with Memory("memory://") as memory:
        chat = memory.session("s")
        assert chat.append(one) == chat.append(two)
        assert list(chat.messages()[0].metadata) == ["a", "b"]


def test_other_content_has_another_digest():
    messages = [
        Message("user", "a", "m"),
        Message("assistant", "a", "m"),
        Message("user", "b", "m"),
        Message("user", ["a"], "m"),
        Message("user", "a", "m", "name"),
        Message("user", "a", "m", metadata={"a": 1}),
        Message("user", "a", "m", metadata={"a": 1.0}),
        Message("user", "a", "m", metadata={"a": True}),
        Message("user", "a", "m", extra={"a": 1}),
    ]
    assert len({encode_message(message, "it").digest for message in messages}) == len(messages)
