"""OpenAI-style JSON Lines."""

from datetime import UTC, datetime

import pytest

from recollect import Message, ToolCall
from recollect.transfer import Refusal, import_file
from transfer.conftest import EXAMPLES


def talk(*messages, **more):
    return {"messages": list(messages), **more}


def user(content, **more):
    return {"role": "user", "content": content, **more}


def stored(memory, path, session="s", **options):
    report = import_file(memory, path, format="openai", **options)
    assert report.refused == []
    return memory.session(session).messages()


def test_every_role_and_form_of_a_message_has_its_place(memory, lines):
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"n": 1}'}}
    path = lines(
        talk(
            {"role": "developer", "content": "Be brief.", "id": "m0"},
            user([{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}], name="ana", id="m1"),
            {"role": "assistant", "content": None, "tool_calls": [call], "refusal": None, "id": "m2"},
            {"role": "tool", "content": "found", "tool_call_id": "c1", "id": "m3"},
            {"role": "function", "name": "old", "content": "1", "id": "m4"},
            {"role": "assistant", "content": "Done.", "metadata": {"score": 0.5}, "created_at": 1700000000, "id": "m5"},
            session="s",
        )
    )
    messages = stored(memory, path)
    created = [message.created for message in messages]
    assert messages == [
        Message("system", "Be brief.", "m0", created=created[0], extra={"openai": {"role": "developer"}}),
        Message(
            "user",
            [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}],
            "m1",
            "ana",
            created=created[1],
        ),
        Message(
            "assistant", "", "m2", None, [ToolCall("find", {"n": 1}, "c1")], created=created[2], extra={"openai": {"refusal": None, "content": None}}
        ),
        Message("tool", "found", "m3", tool_call_id="c1", created=created[3]),
        Message("tool", "1", "m4", "old", created=created[4], extra={"openai": {"role": "function"}}),
        Message("assistant", "Done.", "m5", created=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), metadata={"score": 0.5}),
    ]


def test_arguments_that_are_no_object_stay_the_text_that_they_are(memory, lines):
    texts = ['{"a": ', "[1]", "3", '{"a": NaN}', '{"a": "\\ud800"}', ""]
    calls = [{"id": str(n), "type": "function", "function": {"name": "f", "arguments": text}} for n, text in enumerate(texts)]
    (message,) = stored(memory, lines(talk({"role": "assistant", "content": "", "tool_calls": calls}, session="s")))
    assert [call.arguments for call in message.tool_calls] == texts
    assert message.extra == {}


def test_calls_of_other_forms_are_kept_whole_as_well(memory, lines):
    custom = {"id": "c", "type": "custom", "custom": {"name": "shell", "input": "ls"}}
    old = {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}}
    first, second = stored(memory, lines(talk({"role": "assistant", "content": None, "tool_calls": [custom]}, old, session="s")))
    assert first.tool_calls == [ToolCall("shell", "ls", "c")]
    assert first.extra["openai"]["tool_calls"] == [custom]
    assert second.tool_calls == [ToolCall("f", {}, None)]
    assert second.extra["openai"]["function_call"] == {"name": "f", "arguments": "{}"}


@pytest.mark.parametrize("field", ["session", "session_id", "id"])
@pytest.mark.parametrize("name", ["17", 17])
def test_a_line_names_its_session_and_user(memory, lines, field, name):
    import_file(memory, lines(talk(user("hi"), user=5, **{field: name})))
    assert [info.id for info in memory.user("5").sessions()] == ["17"]


def test_the_callers_user_and_session_stand_in_where_a_line_names_none(memory, lines):
    path = lines(talk(user("one")), talk(user("two"), user="bob", session="b"))
    import_file(memory, path, user="alice", session="a")
    assert [message.text for message in memory.session("a", user="alice").messages()] == ["one"]
    assert [message.text for message in memory.session("b", user="bob").messages()] == ["two"]
    assert memory.users().items == ["alice", "bob"]


def test_lines_without_a_session_each_get_one_that_stays(memory, lines):
    path = lines(talk(user("same")), talk(user("same")), talk(user("other")))
    first = import_file(memory, path, user="a")
    again = import_file(memory, path, user="a")
    assert (first.sessions, first.messages, first.known) == (3, 3, 0)
    assert (again.sessions, again.messages, again.known) == (3, 0, 3)


def test_metadata_title_and_other_fields_of_a_line_describe_the_session(memory, lines):
    import_file(memory, lines(talk(user("hi"), session="s", model="gpt-x", tools=[], metadata={"title": "Greeting", "kind": 1})))
    info = memory.session("s").info()
    assert (info.title, info.metadata) == ("Greeting", {"kind": 1, "openai": {"model": "gpt-x", "tools": []}})


def test_what_the_session_was_told_before_stays_beside_what_the_line_tells(memory, lines):
    memory.session("s").update(title="Mine", metadata={"a": 1, "b": 1})
    import_file(memory, lines(talk(user("hi"), session="s", metadata={"b": 2})))
    info = memory.session("s").info()
    assert (info.title, info.metadata) == ("Mine", {"a": 1, "b": 2})


def test_two_lines_of_one_session_continue_each_other_and_equal_messages_are_both_kept(memory, lines):
    path = lines(talk(user("hi"), session="s"), talk(user("x"), session="t"), talk(user("hi"), user("more"), session="s"))
    for _ in range(2):
        import_file(memory, path)
    assert [message.text for message in memory.session("s").messages()] == ["hi", "hi", "more"]


def test_a_conversation_that_has_grown_is_continued(memory, lines):
    import_file(memory, lines(talk(user("1"), user("2"), session="s")))
    report = import_file(memory, lines(talk(user("1"), user("2"), user("3"), session="s")))
    assert (report.messages, report.known) == (1, 2)
    assert [message.text for message in memory.session("s").messages()] == ["1", "2", "3"]


def test_a_changed_message_is_another_message(memory, lines):
    import_file(memory, lines(talk(user("1"), session="s")))
    report = import_file(memory, lines(talk(user("1", name="ana"), session="s")))
    assert (report.messages, report.known, report.refused) == (1, 0, [])


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1700000000, 1700000000),
        (1700000000.25, 1700000000.25),
        (1700000000123, 1700000000.123),
        ("2023-11-14T22:13:20Z", 1700000000),
        ("2023-11-14T23:13:20+01:00", 1700000000),
        ("2023-11-14 22:13:20", 1700000000),
    ],
)
@pytest.mark.parametrize("field", ["created_at", "created", "timestamp"])
def test_times_are_read_in_their_usual_forms_on_the_message_or_the_line(memory, lines, field, value, seconds):
    (first, second) = stored(memory, lines(talk(user("a", **{field: value}), user("b"), session="s", **{field: 5})))
    assert first.created == datetime.fromtimestamp(seconds, UTC)
    assert second.created == datetime.fromtimestamp(5, UTC)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (3, "it is a number"),
        ({"content": "x"}, "role is null"),
        ({"role": "robot", "content": "x"}, "role is 'robot'"),
        ({"role": ["user"], "content": "x"}, "role is a list"),
        (user(7), "content is a number"),
        (user([3]), "content[0]"),
        (user("x", id=[]), "id is a list"),
        (user("x", id="i" * 600), "512 bytes"),
        (user("x", name={}), "name is an object"),
        (user("x", metadata=[]), "metadata is a list"),
        (user("x", created_at="yesterday"), "created_at is 'yesterday'"),
        (user("x", created_at=1e300), "created_at is 1e+300"),
        (user("x", created_at=True), "created_at is a boolean"),
        ({"role": "assistant", "content": "", "tool_calls": {}}, "tool_calls is an object"),
        ({"role": "assistant", "content": "", "tool_calls": [{}]}, "tool_calls[0] names no function"),
        ({"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": 1}}]}, "arguments is a number"),
        (user("\ud800"), "lone surrogate"),
        (user("x", weight=float("nan")), "extra.openai.weight is nan"),
    ],
)
def test_a_message_that_cannot_be_kept_is_refused_by_line_and_place_and_the_rest_goes_in(memory, lines, message, reason):
    path = lines(talk(user("before", id="b"), message, user("after", id="a"), session="s"), talk(user("next"), session="t"))
    report = import_file(memory, path)
    (refusal,) = report.refused
    assert refusal.line == 1
    assert refusal.reason.startswith("messages[1]: ")
    assert reason in refusal.reason
    assert [message.text for message in memory.session("s").messages()] == ["before", "after"]
    assert (report.messages, report.sessions) == (3, 2)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "the line is not JSON"),
        (b'{"messages": [{"role": "user", "content": "cut o', "the line is not JSON"),
        (b'{"messages": [\xff]}', "the line is not UTF-8: invalid start byte at byte 14"),
        (b"[" * 100_000, "nested too deep"),
        (b'"text"', "the line is a text"),
        ({"message": []}, "the line has no list of messages"),
        ({"messages": {}}, "messages is an object"),
        ({"messages": [], "metadata": 3}, "metadata is a number"),
        ({"messages": [], "user": []}, "user is a list"),
        ({"messages": [], "user": ""}, "the user is empty"),
        ({"messages": [], "session": "x" * 513}, "512 bytes"),
        ({"messages": [], "session": "\ud800"}, "lone surrogate"),
        ({"messages": [], "session": "t", "metadata": {"title": "\udfff"}}, "lone surrogate"),
        ({"messages": [], "session": "t", "created": "x"}, "created is 'x'"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_and_the_others_go_in(memory, lines, line, reason):
    report = import_file(memory, lines(talk(user("a"), session="s"), line, b"", talk(user("b"), session="s")))
    assert [refusal.line for refusal in report.refused] == [2]
    assert reason in report.refused[0].reason
    assert [message.text for message in memory.session("s").messages()] == ["a", "b"]


def test_the_messages_of_a_refused_session_go_nowhere_else(memory, lines):
    report = import_file(memory, lines(talk(user("a"), session="s"), talk(user("secret"), user(""), user="", session="s")))
    assert (report.messages, len(report.refused)) == (1, 1)
    assert [message.text for message in memory.session("s").messages()] == ["a"]


def test_an_id_that_is_there_with_other_content_is_refused_and_the_first_stays(memory, lines):
    path = lines(talk(*(user(f"{n}", id=str(n)) for n in range(7)), user("other", id="3"), user("last", id="7"), session="s"))
    report = import_file(memory, path)
    assert report.refused == [Refusal(1, report.refused[0].reason)]
    assert "messages[7]: " in report.refused[0].reason
    assert "'3'" in report.refused[0].reason
    assert [message.text for message in memory.session("s").messages()] == [*map(str, range(7)), "last"]
    again = import_file(memory, path)
    assert (again.messages, again.known, len(again.refused)) == (0, 8, 1)


def test_nul_emoji_right_to_left_and_ten_megabytes_come_back_as_they_were(memory, lines):
    texts = ["a\0b", "👩‍👩‍👧 𠮷", "שלום", "x" * 10_000_000]
    messages = stored(memory, lines(talk(*map(user, texts), session="s")))
    assert [message.content for message in messages] == texts


def test_numbers_of_any_length_are_kept_exactly(memory, lines):
    values = {"big": 2**80, "small": -(2**63) - 1, "float": 0.1, "zero": -0.0}
    (message,) = stored(memory, lines(talk(user("x", metadata=values), session="s")))
    assert message.metadata == values


def test_a_byte_order_mark_blank_lines_and_windows_line_ends_do_no_harm(memory, lines):
    path = lines(talk(user("a"), session="s"), b"  ", talk(user("b"), session="s"), b"{", end=b"\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    report = import_file(memory, path)
    assert [refusal.line for refusal in report.refused] == [4]
    assert [message.text for message in memory.session("s").messages()] == ["a", "b"]


def test_line_ends_do_not_change_what_a_conversation_is(memory, lines):
    import_file(memory, lines(talk(user("a"))), user="u")
    report = import_file(memory, lines(talk(user("a")), end=b"\r\n"), user="u")
    assert (report.messages, report.known) == (0, 1)


def test_a_longer_line_than_can_be_held_is_refused_and_the_next_one_read(memory, lines, monkeypatch):
    monkeypatch.setattr("recollect.transfer.source.LONGEST", 1000)
    report = import_file(memory, lines(talk(user("a"), session="s"), talk(user("x" * 5000), session="s"), talk(user("b"), session="s")))
    assert [refusal.line for refusal in report.refused] == [2]
    assert [message.text for message in memory.session("s").messages()] == ["a", "b"]


def test_the_sample_conversations_are_taken_in_whole(memory):
    report = import_file(memory, EXAMPLES / "support.jsonl")
    assert (report.format, report.refused) == ("openai", [])
    users = memory.users().items
    found = [memory.user(name).session(info.id) for name in users for info in memory.user(name).sessions()]
    messages = [message for session in found for message in session.messages()]
    assert (len(users), len(found), len(messages)) == (4, report.sessions, report.messages)
    assert report.sessions >= 12
    assert all(session.info().title for session in found)
    assert all(session.messages(limit=1)[0].role == "system" for session in found)
    assert any(message.tool_calls for message in messages)
    assert any(isinstance(message.content, list) for message in messages)
    assert all(message.created.year == 2025 for message in messages)
    calls = {call.id for message in messages for call in message.tool_calls}
    assert {message.tool_call_id for message in messages if message.role == "tool"} == calls


@pytest.mark.parametrize("depth", [199, 201, 900, 990, 1000, 1010, 100_000])
@pytest.mark.parametrize("inner", [b'"x"', b'"\\ud800"'])
@pytest.mark.parametrize("field", [b"role", b"content", b"weight", b"metadata", b"id", b"tool_calls"])
def test_nesting_of_any_depth_is_refused_or_kept_and_never_breaks_off_the_import(memory, lines, depth, inner, field):
    deep = b'{"x":' + b"[" * depth + inner + b"]" * depth + b"}"
    message = b'{"role": "user", "content": "x", "' + field + b'": ' + deep + b"}"
    report = import_file(memory, lines(b'{"session": "s", "messages": [' + message + b"]}", talk(user("after"), session="t")))
    assert report.messages + len(report.refused) == 2
    assert memory.session("t").messages()[0].text == "after"
