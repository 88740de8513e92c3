"""Histories that LangChain wrote. What comes back through the adapter is what LangChain itself would read."""

import json
import sqlite3
from contextlib import closing

import apsw
import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    HumanMessageChunk,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    messages_from_dict,
    messages_to_dict,
)

from recollect import Invalid, Memory, ToolCall
from recollect.adapters.langchain import ChatHistory
from recollect.transfer import import_file
from recollect.transfer.source import Source
from transfer.conftest import DATA

SUNSET = "ignore:.langchain-community. is being sunset:DeprecationWarning"

MESSAGES = [
    SystemMessage("Be brief."),
    HumanMessage("Hi", name="ana", id="h1"),
    HumanMessage([{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}, "and"]),
    AIMessage(
        "",
        id="run-1",
        tool_calls=[{"name": "f", "args": {"a": 1}, "id": "c1"}, {"name": "g", "args": {}, "id": None}],
        invalid_tool_calls=[{"name": "h", "args": "{", "id": "c2", "error": None}, {"name": None, "args": None, "id": None, "error": "cut off"}],
        usage_metadata={"input_tokens": 3, "output_tokens": 5, "total_tokens": 8, "input_token_details": {"cache_read": 1}},
        response_metadata={"model_name": "m", "logprobs": None},
        additional_kwargs={"refusal": None},
    ),
    ToolMessage("42", tool_call_id="c1", name="f", artifact={"rows": [1, 2]}, status="error"),
    ToolMessage([{"type": "text", "text": "a"}], tool_call_id="c2"),
    FunctionMessage("old", name="f"),
    ChatMessage("So be it", role="judge"),
    ChatMessage("Developer's", role="developer"),
    AIMessageChunk("par", id="run-2", tool_call_chunks=[{"name": "f", "args": '{"a', "id": "c3", "index": 0}]),
    HumanMessageChunk("tial"),
    RemoveMessage(id="h1"),
    HumanMessage("Hi", name="ana", id="h1"),
    AIMessage("Fin.", example=True, mood="calm"),
]


def plain(messages):
    """Return all that messages hold, their classes included."""
    return [(type(message), message.model_dump()) for message in messages]


@pytest.fixture
def history(tmp_path):
    def write(records, name="history.json"):
        path = tmp_path / name
        path.write_text(json.dumps(records), "utf-8")
        return path

    return write


def test_every_kind_of_message_comes_back_through_the_adapter_as_langchain_reads_it(memory, history):
    records = json.loads(json.dumps(messages_to_dict(MESSAGES)))
    report = import_file(memory, history(records), user="ana", session="s")
    assert (report.format, report.messages, report.refused) == ("langchain-file", len(MESSAGES), [])
    assert plain(ChatHistory(memory, "s", "ana").messages) == plain(messages_from_dict(records)) == plain(MESSAGES)


def test_calls_that_an_older_langchain_left_in_openais_form_are_calls(memory, history):
    calls = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": text}} for text in ('{"a": 1}', "{")]
    records = [{"type": "ai", "data": {"content": "", "additional_kwargs": {"tool_calls": calls}}}]
    import_file(memory, history(records), session="s")
    assert memory.session("s").messages()[0].tool_calls == [ToolCall("f", {"a": 1}, "c"), ToolCall("f", "{", "c")]
    assert plain(ChatHistory(memory, "s").messages) == plain(messages_from_dict(records))


def test_roles_names_calls_and_tokens_stand_in_our_own_fields(memory):
    import_file(memory, DATA / "history.json")
    messages = memory.session("history").messages()
    assert [message.role for message in messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert messages[1].name == "ana"
    assert messages[2].tool_calls == [ToolCall("clock", {"city": "Lima"}, "call_1")]
    assert messages[2].tokens == 14
    assert messages[3].tool_call_id == "call_1"


@pytest.mark.filterwarnings(SUNSET)
def test_a_file_written_by_langchain_itself_is_taken_in(memory, tmp_path):
    from langchain_community.chat_message_histories import FileChatMessageHistory

    FileChatMessageHistory(str(tmp_path / "order-7.json")).add_messages(MESSAGES[:5])
    import_file(memory, tmp_path / "order-7.json")
    assert plain(ChatHistory(memory, "order-7").messages) == plain(MESSAGES[:5])


@pytest.mark.filterwarnings(SUNSET)
def test_a_database_written_by_langchain_itself_is_taken_in(memory, tmp_path):
    from langchain_community.chat_message_histories import SQLChatMessageHistory
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{tmp_path}/store.db")
    for message in MESSAGES[:5]:
        for session in ("a", "b"):
            SQLChatMessageHistory(session, connection=engine).add_message(message)
    engine.dispose()
    report = import_file(memory, tmp_path / "store.db", user="ana")
    assert (report.format, report.sessions, report.messages, report.refused) == ("langchain-sql", 2, 10, [])
    assert plain(ChatHistory(memory, "a", "ana").messages) == plain(ChatHistory(memory, "b", "ana").messages) == plain(MESSAGES[:5])


def test_a_message_that_was_said_twice_is_there_twice(memory, history):
    records = messages_to_dict([MESSAGES[1], MESSAGES[1]])
    report = import_file(memory, history(records))
    assert (report.messages, report.refused) == (2, [])


def test_a_history_that_has_grown_is_continued(memory, history):
    records = messages_to_dict(MESSAGES[:5])
    import_file(memory, history(records[:3]))
    report = import_file(memory, history(records))
    assert (report.messages, report.known) == (2, 3)
    assert plain(ChatHistory(memory, "history").messages) == plain(MESSAGES[:5])


def test_bad_rows_are_refused_by_their_id_and_the_others_go_in(memory, message_store):
    for written, known in ((4, 0), (0, 4)):
        report = import_file(memory, message_store)
        assert (report.sessions, report.messages, report.known) == (2, written, known)
        assert [
            (refusal.line, refusal.reason.split(";")[0].split(":")[0]) for refusal in sorted(report.refused, key=lambda refusal: refusal.line)
        ] == [
            (4, "type is 'martian'"),
            (5, "session_id is None"),
            (6, "the message is not JSON"),
        ]
    assert [message.text for message in memory.session("first").messages()] == ["Hello", "Hi!"]
    assert [message.text for message in memory.session("second").messages()] == ["Guten Tag", "Guten Tag!"]


def test_the_session_with_the_latest_row_is_the_latest_session(memory, message_store):
    import_file(memory, message_store, user="ana")
    assert [info.id for info in memory.user("ana").sessions()] == ["second", "first"]


@pytest.mark.parametrize("table", ['odd "name"', "x; DROP TABLE t", "SELECT", "täbelle", "a'b", "[x]", "`y`", "--"])
def test_any_name_of_a_table_is_only_ever_a_name(memory, message_store, table):
    with closing(sqlite3.connect(message_store)) as database:
        database.execute('ALTER TABLE message_store RENAME TO "{}"'.format(table.replace('"', '""')))
    report = import_file(memory, message_store, table=table)
    assert report.messages == 4


@pytest.mark.parametrize("table", ["other", "message_store; DROP TABLE message_store", "MESSAGE_STORE\0", "", "sqlite_schema", '" OR 1'])
def test_a_table_that_is_not_there_is_refused_and_those_that_are_there_are_named(memory, message_store, table):
    with pytest.raises(Invalid, match="message_store"):
        import_file(memory, message_store, table=table)
    assert len(import_file(memory, message_store).refused) == 3


def test_a_table_of_other_columns_is_refused(memory, tmp_path):
    with closing(sqlite3.connect(tmp_path / "x.db")) as database:
        database.execute("CREATE TABLE message_store (id INTEGER PRIMARY KEY, body TEXT)")
    with pytest.raises(Invalid, match="no column session_id, message"):
        import_file(memory, tmp_path / "x.db")


def test_the_database_is_not_changed(memory, message_store):
    before = message_store.read_bytes()
    import_file(memory, message_store)
    assert message_store.read_bytes() == before
    assert list(message_store.parent.glob("message_store.db?*")) == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ([], "the message is a list"),
        ({"type": "human"}, "data is null"),
        ({"type": "human", "data": {"content": 3}}, "content is a number"),
        ({"type": "human", "data": {"content": None}}, "content is null"),
        ({"type": "human", "data": {"content": "x", "name": 3}}, "name is a number"),
        ({"type": "ai", "data": {"content": "x", "tool_calls": 3}}, "tool_calls is a number"),
        ({"type": "ai", "data": {"content": "x", "tool_calls": [3]}}, "tool_calls[0] is a number"),
        ({"type": "ai", "data": {"content": "x", "tool_calls": [{"name": "f", "args": 3}]}}, "args is a number"),
        ({"type": "chat", "data": {"content": "x", "role": ["a"]}}, "role is a list"),
        ({"type": "constructor", "lc": 1, "data": {}}, "type is 'constructor'"),
        ({"type": "human", "data": {"content": "\ud83d"}}, "lone surrogate"),
    ],
)
def test_a_message_that_makes_no_sense_is_refused_by_its_number(memory, history, record, reason):
    good = messages_to_dict([HumanMessage("a"), HumanMessage("b")])
    report = import_file(memory, history([good[0], record, good[1]]), format="langchain-file", session="s")
    assert [refusal.line for refusal in report.refused] == [2]
    assert reason in report.refused[0].reason
    assert [message.text for message in memory.session("s").messages()] == ["a", "b"]


def test_a_count_of_tokens_beyond_what_is_kept_is_left_where_it_stands(memory, history):
    told = AIMessage("x", usage_metadata={"input_tokens": 0, "output_tokens": 1 << 60, "total_tokens": 1 << 60})
    assert import_file(memory, history(messages_to_dict([told])), session="s").refused == []
    assert memory.session("s").messages()[0].tokens is None
    assert plain(ChatHistory(memory, "s").messages) == plain([told])


def test_a_file_that_was_cut_off_gives_the_messages_before_the_cut(memory, history):
    path = history(messages_to_dict(MESSAGES[:3]))
    path.write_bytes(path.read_bytes()[:-10])
    report = import_file(memory, path)
    assert [(refusal.line, refusal.reason) for refusal in report.refused] == [(3, "the file ends within the list: its end is missing")]
    assert report.messages == 2


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_texts_are_read_in_the_databases_encoding_and_bytes_are_none(memory, tmp_path, encoding):
    said = json.dumps({"type": "human", "data": {"content": "Grüße 😀"}}, ensure_ascii=False)
    with closing(sqlite3.connect(tmp_path / "store.db")) as database:
        database.execute(f"PRAGMA encoding = '{encoding}'")
        database.execute("CREATE TABLE message_store (id INTEGER PRIMARY KEY, session_id TEXT, message TEXT)")
        database.executemany("INSERT INTO message_store (session_id, message) VALUES ('ß', ?)", [(said,), (said.encode(),)])
        database.commit()
    report = import_file(memory, tmp_path / "store.db")
    assert [(refusal.line, refusal.reason.split(" is ")[0]) for refusal in report.refused] == [(2, "message")]
    assert [message.text for message in memory.session("ß").messages()] == ["Grüße 😀"]


def test_a_text_that_is_not_utf_8_is_refused_and_the_other_rows_go_in(memory, message_store):
    with closing(sqlite3.connect(message_store)) as database:
        for session, message in ((b"first", b"a\xff"), (b"a\xff", b"{}")):
            database.execute("INSERT INTO message_store (session_id, message) VALUES (CAST(? AS TEXT), CAST(? AS TEXT))", (session, message))
        database.commit()
    report = import_file(memory, message_store)
    assert report.messages == 4
    assert {"message is b'a\\xff'; it has to be a text", "session_id is b'a\\xff'; it has to be a text"} <= {each.reason for each in report.refused}


def test_the_memorys_own_file_is_refused_and_its_locks_stay(tmp_path, monkeypatch):
    path = tmp_path / "memory.db"
    with Memory(f"sqlite:///{path}") as memory:
        memory.session("s").append(user="hi")
        (tmp_path / "other name.db").symlink_to(path)
        monkeypatch.setattr("recollect.transfer.importing.Source", None)  # nothing is opened
        for name in ("memory.db", "memory.db-wal", "memory.db-shm", "other name.db"):
            with pytest.raises(Invalid, match="the memory's own file"):
                import_file(memory, tmp_path / name)


def test_the_file_is_closed_when_sqlite_opens_it(memory, message_store, monkeypatch):
    sources, opened = [], []

    def rewind(source, plain=Source.rewind):
        sources.append(source)
        return plain(source)

    def connection(*args, plain=apsw.Connection, **named):
        opened.append(sources[-1].file.closed)
        return plain(*args, **named)

    monkeypatch.setattr(Source, "rewind", rewind)
    monkeypatch.setattr("recollect.transfer.table.apsw.Connection", connection)
    assert import_file(memory, message_store).messages == 4
    assert opened[-1] is True
