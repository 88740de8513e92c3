"""ChatGPT's data export."""

import json
from datetime import UTC, datetime

import pytest

from recollect import Message, ToolCall, Window
from recollect.transfer import import_file
from transfer.conftest import DATA

FIRST = "665af7a0-1111-4000-8000-000000000001"
THIRD = "665af7a0-1111-4000-8000-000000000003"


def conversation(*said, session="c", **changes):
    """Make a conversation without branches."""
    mapping = {"0": {"id": "0", "message": None, "parent": None}}
    for number, message in enumerate(said, 1):
        mapping[str(number)] = {"id": str(number), "message": message, "parent": str(number - 1)}
    return {"id": session, "title": None, "create_time": 1.0, "mapping": mapping, "current_node": str(len(said)), **changes}


def said(text="hi", role="user", id="m", **changes):
    return {"id": id, "author": {"role": role}, "content": {"content_type": "text", "parts": [text]}, **changes}


@pytest.fixture
def export(tmp_path):
    def write(*conversations):
        path = tmp_path / "conversations.json"
        path.write_text(json.dumps(conversations), "utf-8")
        return path

    return write


def test_the_current_branch_is_taken_in_order_and_what_is_hidden_or_empty_is_counted(memory):
    report = import_file(memory, DATA / "conversations.json", user="ana")
    assert (report.format, report.sessions, report.messages, report.skipped) == ("chatgpt", 2, 8, 2)
    messages = memory.session(FIRST, user="ana").messages()
    assert [message.id for message in messages] == ["m3", "m5", "m6", "m7", "m8", "m9"]
    assert [message.role for message in messages] == ["user", "assistant", "user", "assistant", "tool", "assistant"]


def test_a_bad_conversation_is_refused_by_its_number_and_the_others_go_in(memory):
    report = import_file(memory, DATA / "conversations.json")
    assert [(refusal.line, refusal.reason) for refusal in report.refused] == [(2, "node 'gone' is not in the mapping")]


def test_title_and_the_other_fields_describe_the_session(memory):
    import_file(memory, DATA / "conversations.json")
    info = memory.session(FIRST).info()
    assert info.title == "Birds of the marsh"
    assert info.metadata["chatgpt"]["default_model_slug"] == "gpt-4o"
    assert info.metadata["chatgpt"]["create_time"] == 1717236000.123456
    assert memory.session(THIRD).info().title == "音声メモ"


def test_images_and_attachments_are_noted_as_blocks_and_in_metadata(memory):
    import_file(memory, DATA / "conversations.json")
    message = memory.session(FIRST).messages(limit=1)[0]
    image, text, attachment = message.content
    assert (image["type"], image["asset_pointer"]) == ("image_asset_pointer", "file-service://file-heron01")
    assert text == {"type": "text", "text": "Which bird is this?"}
    assert (attachment["type"], attachment["name"]) == ("attachment", "heron.jpg")
    assert message.metadata["attachments"][0]["id"] == "file-heron01"
    assert message.text == "Which bird is this?"


def test_a_spoken_message_has_its_transcription_as_text(memory):
    import_file(memory, DATA / "conversations.json")
    spoken, thoughts = memory.session(THIRD).messages()
    assert spoken.text.startswith("明日の天気は")
    assert [block["type"] for block in spoken.content] == ["audio_transcription", "audio_asset_pointer"]
    assert thoughts.content == [
        {"type": "thoughts", "thoughts": [{"summary": "Weather", "content": "No place was named."}], "source_analysis_msg_id": "x"}
    ]


def test_code_for_a_tool_is_a_call_and_its_output_the_result(memory):
    import_file(memory, DATA / "conversations.json")
    session = memory.session(FIRST)
    call, result = session.messages()[3:5]
    assert call.tool_calls == [ToolCall("python", "14 + 9 + 22", "m7")]
    assert call.extra["chatgpt"]["language"] == "python"
    assert (result.name, result.content, result.tool_call_id) == ("python", "45", "m7")
    assert [message.id for message in session.context(Window(turns=1))] == ["m6", "m7", "m8", "m9"]


def test_times_and_models_are_kept_and_a_message_without_a_time_has_that_of_the_one_before(memory):
    import_file(memory, DATA / "conversations.json")
    messages = memory.session(FIRST).messages()
    assert messages[0].created == datetime(2024, 6, 1, 10, 0, 1, 250_000, tzinfo=UTC)
    assert messages[4].created == messages[3].created
    assert messages[1].metadata["model_slug"] == "gpt-4o"
    assert messages[1].extra["chatgpt"] == {"status": "finished_successfully", "end_turn": True, "weight": 1.0, "recipient": "all"}


def test_an_import_repeated_adds_nothing_and_a_conversation_that_went_on_is_continued(memory, export):
    import_file(memory, export(conversation(said("1", id="a"), said("2", id="b"))))
    report = import_file(memory, export(conversation(said("1", id="a"), said("2", id="b"), said("3", id="c"), title="Named since")))
    assert (report.messages, report.known, report.refused) == (1, 2, [])
    assert [message.text for message in memory.session("c").messages()] == ["1", "2", "3"]
    assert memory.session("c").info().title == "Named since"


def test_a_simple_text_is_a_plain_message(memory, export):
    import_file(memory, export(conversation(said("hello", create_time=5))))
    assert memory.session("c").messages() == [Message("user", "hello", "m", created=datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC), extra={"chatgpt": {}})]


def test_several_texts_of_one_message_stay_apart(memory, export):
    import_file(memory, export(conversation(said(content={"content_type": "text", "parts": ["a", "", "b"]}))))
    assert memory.session("c").messages()[0].content == [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]


def test_content_of_an_unknown_type_is_kept_as_a_block(memory, export):
    import_file(memory, export(conversation(said(content={"content_type": "tether_quote", "url": "https://a.example", "text": "quoted"}))))
    message = memory.session("c").messages()[0]
    assert message.content == [{"type": "tether_quote", "url": "https://a.example", "text": "quoted"}]
    assert message.text == "quoted"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (7, "the conversation is a number"),
        (conversation(session=None), "neither conversation_id nor id"),
        (conversation(title=3), "title is a number"),
        (conversation(said(), current_node=None), "names no current_node"),
        (conversation(said(), mapping=[]), "mapping is a list"),
        (conversation(said(), create_time="x"), "create_time is 'x'"),
        (conversation(current_node="0", mapping={"0": {"message": None, "parent": "0"}}), "its own ancestor"),
        (conversation(current_node="0", mapping={"0": {"message": None, "parent": "lost"}}), "node 'lost' is not in the mapping"),
        (conversation(current_node="0", mapping={"0": []}), "node '0' is a list"),
    ],
)
def test_a_conversation_that_makes_no_sense_is_refused_with_the_reason(memory, export, bad, reason):
    report = import_file(memory, export(bad, conversation(said("kept"), session="good")), format="chatgpt")
    assert [refusal.line for refusal in report.refused] == [1]
    assert reason in report.refused[0].reason
    assert memory.session("good").messages()[0].text == "kept"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (said(id=None), "it has no id"),
        (said(author=None), "author is null"),
        (said(role="robot"), "author.role is 'robot'"),
        (said(content="x"), "content is a text"),
        (said(content={"content_type": "text", "parts": [3]}), "parts[0] is a number"),
        (said(create_time="soon"), "create_time is 'soon'"),
        (said(metadata=[]), "metadata is a list"),
        (said("\ud800"), "lone surrogate"),
    ],
)
def test_a_message_that_makes_no_sense_is_refused_and_the_rest_of_its_conversation_goes_in(memory, export, bad, reason):
    report = import_file(memory, export(conversation(said("1", id="a"), bad, said("2", id="b"))))
    assert [refusal.line for refusal in report.refused] == [1]
    assert reason in report.refused[0].reason
    assert [message.text for message in memory.session("c").messages()] == ["1", "2"]


def test_a_file_that_was_cut_off_gives_the_conversations_before_the_cut(memory, export):
    path = export(conversation(said("1"), session="a"), conversation(said("2"), session="b"))
    path.write_bytes(path.read_bytes()[:-10])
    report = import_file(memory, path)
    assert [(refusal.line, refusal.reason) for refusal in report.refused] == [(2, "the file ends within the list: its end is missing")]
    assert (report.sessions, report.messages) == (1, 1)


def test_a_part_without_a_type_is_an_object(memory, export):
    import_file(memory, export(conversation(said(content={"parts": [{"a": 1}]}))))
    assert memory.session("c").messages()[0].content == [{"a": 1, "type": "object"}]
