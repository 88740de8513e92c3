"""The nouns."""

import re
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from recollect import Message, Page, ToolCall
from recollect.model import Owner, new_id, utc_now


def test_an_id_is_a_uuid_of_version_7() -> None:
    before = time.time_ns() // 1_000_000
    id = new_id()
    after = time.time_ns() // 1_000_000
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", id)
    assert before <= int(id.replace("-", "")[:12], 16) <= after


def test_ids_differ_and_use_all_their_random_bits() -> None:
    ids = [new_id().replace("-", "") for _ in range(4000)]
    assert len(set(ids)) == len(ids)
    for place in (*range(13, 16), *range(17, 32)):
        assert len({id[place] for id in ids}) == 16, place
    assert set(Counter(id[16] for id in ids)) == set("89ab")


def test_a_message_needs_its_role_alone() -> None:
    message = Message("user")
    assert (message.content, message.name, message.tool_calls, message.metadata, message.extra) == ("", None, [], {}, {})
    assert (message.tokens, message.tool_call_id, message.position) == (None, None, None)
    assert abs((utc_now() - message.created).total_seconds()) < 5
    assert message.created.tzinfo is UTC
    assert message.id != Message("user").id


def test_messages_are_equal_by_every_field_but_the_position() -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC)

    def make(**other: object) -> Message:
        return Message(**{"role": "user", "content": "a", "id": "m", "created": moment, **other})

    assert make() == make(position=7)
    assert not make() != make(position=7)  # noqa: SIM202  # both operators are tested
    assert hash(make()) == hash(make(position=7))
    others = {
        "role": "tool",
        "content": "b",
        "id": "n",
        "name": "x",
        "tool_calls": [ToolCall("f")],
        "tool_call_id": "c",
        "created": datetime(2021, 1, 1, tzinfo=UTC),
        "tokens": 1,
        "metadata": {"a": 1},
        "extra": {"a": 1},
    }
    for field, value in others.items():
        assert make() != make(**{field: value}), field
        assert not make() == make(**{field: value}), field  # noqa: SIM201  # both operators are tested
    assert make() != "a"
    assert make() is not None


def test_a_message_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Message("user").content = "other"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a", "a"),
        ("", ""),
        ([], ""),
        (["a", {"type": "text", "text": "b"}, {"type": "image", "url": "x"}, {"type": "text", "text": 3}], "a\nb"),
    ],
)
def test_the_text_is_that_of_the_text_blocks(content: object, text: str) -> None:
    assert Message("user", content).text == text


def test_a_page_is_its_items_and_where_to_go_on() -> None:
    page = Page([1, 2], "2")
    assert list(page) == [1, 2]
    assert len(page) == 2
    assert Page([]).next is None
    assert not Page([])


def test_owners_are_in_order_of_tenant_kind_and_name() -> None:
    owners = [Owner("a", "user", "a"), Owner("a", "session", "z"), Owner("", "user", "z"), Owner("a", "tenant", "")]
    assert sorted(owners) == [owners[2], owners[1], owners[3], owners[0]]
    assert len({Owner("a_b", "user", "c"), Owner("a", "user", "b_c")}) == 2
