"""Messages come back exactly as they were, or are refused with their number and field."""
# ruff: noqa: DTZ001, DTZ901  # hypothesis takes naive bounds, and naive times are among what is refused

import json
import re
from collections import OrderedDict, UserDict
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import IntEnum, StrEnum
from math import copysign, inf, nan

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from recollect import Damaged, Invalid, Memory, Message, NewerFormat, ToolCall
from recollect.codec import decode_message, encode_message

TEXTS = st.text() | st.sampled_from(
    ["", "\x00", "a\x00b", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u05e9\u05dc\u05d5\u05dd \u202eabc", "\ufeff\uffff", "\u2028"]
)
NUMBERS = st.integers() | st.integers(-(1 << 13_999), 1 << 13_999) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=4)
NAMES = st.text(min_size=1, max_size=128)
MOMENTS = st.datetimes(
    datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.timezones() | st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m)))
)
CALLS = st.builds(ToolCall, TEXTS, OBJECTS | TEXTS, st.none() | TEXTS)
MESSAGES = st.builds(
    Message,
    role=st.sampled_from(["system", "user", "assistant", "tool"]),
    content=TEXTS | st.lists(TEXTS | OBJECTS, max_size=4),
    id=NAMES,
    name=st.none() | TEXTS,
    tool_calls=st.lists(CALLS, max_size=3),
    tool_call_id=st.none() | TEXTS,
    created=MOMENTS,
    tokens=st.none() | st.integers(0, (1 << 53) - 1),
    metadata=OBJECTS,
    extra=OBJECTS,
)


class Word(str):
    """Text of another type."""

    __slots__ = ()


class Role(StrEnum):
    USER = "user"


class Size(IntEnum):
    BIG = 1


class Nowhere(tzinfo):
    """A zone that does not know its offset."""

    def utcoffset(self, _: datetime | None) -> None:
        return None


def through(message: Message) -> Message:
    return decode_message(replace(encode_message(message, "message 0"), position=1))


def exact(value: object) -> object:
    """Return something that tells 1 from 1.0 and True, 0.0 from -0.0, and one order of keys from another."""
    if isinstance(value, dict):
        return ("dict", [(key, exact(item)) for key, item in value.items()])
    if isinstance(value, list):
        return ("list", [exact(item) for item in value])
    if isinstance(value, float):
        return ("float", value, copysign(1, value))
    if isinstance(value, ToolCall):
        return ("call", exact(value.name), exact(value.arguments), exact(value.id))
    return (type(value).__name__, value)


@given(MESSAGES)
@example(Message("user", metadata={"a": -0.0, "b": 1 << 70, "c": 1.0, "d": 5e-324, "e": 1.7976931348623157e308, "f": True}))
@example(Message("user", created=datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)))
@example(Message("user", created=datetime(2112, 9, 17, 23, 53, 47, 370_496, UTC)))
@example(Message("assistant", tool_calls=[ToolCall("f", ""), ToolCall("", {}, "")]))
def test_every_field_comes_back_exactly(message: Message) -> None:
    found = through(message)
    for field, value in asdict(message).items():
        if field == "created":
            assert found.created == value.astimezone(UTC)
            assert found.created.tzinfo is UTC
        elif field != "position":
            assert exact(getattr(found, field)) == exact(value), field
    assert found.position == 1


@given(st.datetimes(datetime(1, 1, 1), datetime.max, timezones=st.just(UTC)))
@example(datetime.min.replace(tzinfo=UTC))
@example(datetime.max.replace(tzinfo=UTC))
def test_every_time_in_utc_comes_back_to_the_microsecond(moment: datetime) -> None:
    assert through(Message("user", created=moment)).created == moment


@given(MESSAGES)
def test_the_body_is_readable_json_behind_one_byte(message: Message) -> None:
    body = encode_message(message, "message 0").body
    assert body[:1] == b" "
    assert set(json.loads(body)) <= {"content", "name", "tool_calls", "tool_call_id", "metadata", "extra"}


@given(MESSAGES, MESSAGES)
def test_the_digest_is_that_of_role_and_body(first: Message, second: Message) -> None:
    one, two = encode_message(first, "one"), encode_message(second, "two")
    assert (one.digest == two.digest) is ((one.role, one.body) == (two.role, two.body))
    assert len(one.digest) == 16
    later = replace(first, id="other", created=datetime.now(UTC), tokens=7)
    assert encode_message(later, "later").digest == one.digest


SURROGATE = "a\ud800b"
CIRCULAR_LIST: list = []
CIRCULAR_LIST.append(CIRCULAR_LIST)
CIRCULAR_DICT: dict = {}
CIRCULAR_DICT["again"] = CIRCULAR_DICT


def nested(depth: int) -> object:
    value: object = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


UNKEEPABLE = {
    "lone surrogate": SURROGATE,
    "key with a lone surrogate": {SURROGATE: 1},
    "NaN": nan,
    "infinity": inf,
    "minus infinity": -inf,
    "bytes": b"x",
    "bytearray": bytearray(b"x"),
    "set": {1},
    "tuple": (1,),
    "datetime": datetime(2020, 1, 1, tzinfo=UTC),
    "decimal": Decimal(1),
    "int key": {1: 2},
    "None key": {None: 2},
    "object": object(),
    "ordered dict": OrderedDict(a=1),
    "user dict": UserDict(a=1),
    "enum": Size.BIG,
    "complex": 1j,
    "circular list": CIRCULAR_LIST,
    "circular dict": CIRCULAR_DICT,
    "too deep": nested(300),
    "too long a number": 1 << 14_001,
}
JSON_FIELDS = {
    "metadata": lambda value: {"metadata": {"a": value}},
    "metadata, deeper": lambda value: {"metadata": {"a": [{"b": value}]}},
    "extra": lambda value: {"extra": {"a": value}},
    "content": lambda value: {"content": [{"type": "text", "text": value}]},
    "tool_calls": lambda value: {"tool_calls": [ToolCall("f", {"a": value})]},
}


@pytest.mark.parametrize("field", JSON_FIELDS)
@pytest.mark.parametrize("kind", UNKEEPABLE)
def test_what_json_cannot_hold_is_refused_by_number_and_field(kind: str, field: str) -> None:
    message = Message("user", **JSON_FIELDS[field](UNKEEPABLE[kind]))
    with pytest.raises(Invalid, match=rf"^message 3: {field.split(',', maxsplit=1)[0]}\b.*; ") as caught:
        encode_message(message, "message 3")
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("key", ["\x1b[31m", "a\nb", "k" * 1_000_000, "\u202e", "\ud800"])
def test_a_refusal_can_be_shown_whatever_the_keys_are(key: str) -> None:
    with pytest.raises(Invalid, match=r"^message 3: metadata\b") as caught:
        encode_message(Message("user", metadata={key: {"a": nan}}), "message 3")
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


WRONG_FIELDS = [
    ("role", "robot"),
    ("role", ""),
    ("role", None),
    ("role", []),
    ("role", "\ud800"),
    ("role", b"user"),
    ("content", None),
    ("content", 1),
    ("content", b"x"),
    ("content", ("a",)),
    ("content", {"type": "text"}),
    ("content", SURROGATE),
    ("content", ["a", SURROGATE]),
    ("content", [1]),
    ("content", [None]),
    ("content", [["a"]]),
    ("id", ""),
    ("id", None),
    ("id", 7),
    ("id", SURROGATE),
    ("id", "x" * 513),
    ("id", "\u00e9" * 257),
    ("name", 1),
    ("name", b"x"),
    ("name", SURROGATE),
    ("tool_calls", None),
    ("tool_calls", ()),
    ("tool_calls", {}),
    ("tool_calls", [{"name": "f"}]),
    ("tool_calls", [None]),
    ("tool_calls", [ToolCall(SURROGATE)]),
    ("tool_calls", [ToolCall(1)]),
    ("tool_calls", [ToolCall(None)]),
    ("tool_calls", [ToolCall("f", [])]),
    ("tool_calls", [ToolCall("f", None)]),
    ("tool_calls", [ToolCall("f", SURROGATE)]),
    ("tool_calls", [ToolCall("f", {}, 1)]),
    ("tool_calls", [ToolCall("f", {}, SURROGATE)]),
    ("tool_call_id", 1),
    ("tool_call_id", SURROGATE),
    ("created", None),
    ("created", "2020-01-01"),
    ("created", 0),
    ("created", datetime(2020, 1, 1)),
    ("created", datetime(2020, 1, 1, tzinfo=Nowhere())),
    ("created", datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))),
    ("created", datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))),
    ("tokens", True),
    ("tokens", -1),
    ("tokens", 1.0),
    ("tokens", "1"),
    ("tokens", 1 << 53),
    ("metadata", None),
    ("metadata", []),
    ("metadata", "a"),
    ("metadata", {SURROGATE: 1}),
    ("metadata", {1: 1}),
    ("extra", None),
    ("extra", []),
    ("extra", {SURROGATE: 1}),
]


@pytest.mark.parametrize(
    ("field", "value"), WRONG_FIELDS, ids=[f"{field}: {value!r:.30}".encode("ascii", "replace").decode() for field, value in WRONG_FIELDS]
)
def test_a_field_of_the_wrong_kind_is_refused_by_number_and_name(field: str, value: object) -> None:
    message = replace(Message("user"), **{field: value})
    with pytest.raises(Invalid, match=rf"^message 12: {field}\b.*; ") as caught:
        encode_message(message, "message 12")
    assert str(caught.value).isprintable(), "a message that cannot be shown helps nobody"


@pytest.mark.parametrize("value", ["text", None, {"role": "user", "content": "x"}, ("user", "x"), object])
def test_what_is_no_message_is_refused(value: object) -> None:
    with pytest.raises(Invalid, match=r"^message 0 is a \w+; give a recollect.Message$"):
        encode_message(value, "message 0")


def test_nothing_of_a_batch_is_written_when_one_message_is_refused() -> None:
    with Memory("memory://") as memory:
        chat = memory.session("s", user="alice")
        with pytest.raises(Invalid, match=r"^message 1: metadata.a\[0\] is nan"):
            chat.append(Message("user", "fine"), Message("user", "bad", metadata={"a": [nan]}), Message("user", "fine too"))
        assert chat.info() is None
        assert memory.users().items == []


@pytest.mark.parametrize("field", ["role", "content", "id", "name", "tool_call_id", "block", "value", "key", "call"])
def test_text_of_another_type_becomes_plain_text(field: str) -> None:
    word = Word("user")
    messages = {
        "block": Message("user", [word]),
        "value": Message("user", metadata={"a": [word]}),
        "key": Message("user", metadata={word: 1}),
        "call": Message("user", tool_calls=[ToolCall(word, word, word), ToolCall("f", {word: word})]),
    }
    message = messages.get(field) or replace(Message("user"), **{field: word})
    entry = encode_message(message, "message 0")
    found = decode_message(entry)
    assert type(entry.id) is type(entry.role) is type(found.role) is str
    assert found == message
    texts = re.findall(r"Word", repr(found))
    assert texts == []


def test_an_enum_that_is_text_is_plain_text() -> None:
    found = through(Message("user", Role.USER, metadata={"a": Role.USER}))
    assert exact(found.content) == ("str", "user")
    assert exact(found.metadata) == exact({"a": "user"})


@pytest.mark.parametrize(
    "value",
    [
        {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "AIMessage"], "kwargs": {"content": "x"}},
        {"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]},
        {"__class__": "os.system", "py/object": "os.system", "$ref": "#"},
        {"type": "Message", "role": "user", "$date": 0, "__type__": "datetime"},
    ],
)
def test_what_looks_like_a_serialised_object_stays_plain_data(value: dict) -> None:
    message = Message("user", [value], tool_calls=[ToolCall("f", value)], metadata=value, extra={"a": value})
    found = through(message)
    assert found == message
    assert {type(found.content[0]), type(found.metadata), type(found.extra["a"]), type(found.tool_calls[0].arguments)} == {dict}


def test_a_message_of_ten_megabytes_comes_back() -> None:
    text = "0123456789\U0001f600\u00e9\x00abc" * 600_000
    assert len(text.encode()) > 10_000_000
    assert through(Message("user", text)).content == text
    assert through(Message("user", [{"type": "text", "text": text}])).content == [{"type": "text", "text": text}]


def test_nesting_as_deep_as_allowed_comes_back() -> None:
    value = {"a": nested(200)}
    assert through(Message("user", metadata=value)).metadata == value


@pytest.mark.parametrize("body", [b"\x02{}", b"\x00", b"{}", b"\xff{}", b"\x01{}"])
def test_a_body_of_an_unknown_version_is_refused(body: bytes) -> None:
    entry = replace(encode_message(Message("user", id="m1"), "message 0"), body=body, session="s1")
    with pytest.raises(NewerFormat, match=r"'m1'.*'s1'.*upgrade"):
        decode_message(entry)


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b" {", b' {"content": 1}', b" []", b" null", b' {"content": "\xff"}', b' {"tool_calls": [{}]}', b' {"metadata": []}', b" {} {}"],
)
def test_a_damaged_body_is_refused_by_its_place(body: bytes) -> None:
    entry = replace(encode_message(Message("user", id="m1"), "message 0"), body=body, session="s1")
    with pytest.raises(Damaged, match=r"'m1'.*'s1'.*backup"):
        decode_message(entry)


def test_a_stored_message_does_not_change_with_what_its_caller_holds() -> None:
    block, metadata, arguments = {"type": "text", "text": "a"}, {"list": [1]}, {"x": [1]}
    with Memory("memory://") as memory:
        chat = memory.session("s")
        chat.append(Message("user", [block], tool_calls=[ToolCall("f", arguments)], metadata=metadata))
        block["text"], arguments["x"] = "changed", None
        metadata["list"].append(2)
        (first,) = chat.messages()
        assert (first.content, first.metadata) == ([{"type": "text", "text": "a"}], {"list": [1]})
        first.content.append("changed")
        first.metadata["list"].append(3)
        first.tool_calls.clear()
        (second,) = chat.messages()
        assert (second.content, second.metadata) == ([{"type": "text", "text": "a"}], {"list": [1]})
        assert second.tool_calls == [ToolCall("f", {"x": [1]})]


def test_messages_share_no_default_that_can_be_changed() -> None:
    first, second = through(Message("user")), through(Message("user"))
    first.metadata["a"] = 1
    first.tool_calls.append(ToolCall("f"))
    assert (second.metadata, second.tool_calls, Message("user").metadata) == ({}, [], {})
