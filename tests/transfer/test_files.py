"""Files of any kind: told apart by what they hold, and never trusted."""

import os
from pathlib import Path

import pytest

from recollect import Invalid, NotFound, StoreError
from recollect.transfer import FORMATS, export_file, import_file
from recollect.transfer.formats import READERS, detect
from recollect.transfer.report import LISTED
from recollect.transfer.source import Source
from transfer.conftest import DATA, EXAMPLES


def told(path):
    with Source(path, None, "") as source:
        return detect(source)


@pytest.fixture
def file(tmp_path):
    def write(content, name="file"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_every_format_has_a_description_and_a_reader():
    assert FORMATS.keys() == READERS.keys()
    assert all(FORMATS.values())


def test_each_format_is_told_by_its_content_whatever_the_name(memory, message_store, tmp_path, file):
    export_file(memory, tmp_path / "export")
    assert told(tmp_path / "export") == "recollect"
    assert told(EXAMPLES / "support.jsonl") == "openai"
    assert told(DATA / "conversations.json") == "chatgpt"
    assert told(DATA / "history.json") == "langchain-file"
    assert told(message_store) == "langchain-sql"
    assert told(file(b"[]")) == "langchain-file"


@pytest.mark.parametrize("before", [b"\n\n", b"{broken\n", b"\xef\xbb\xbf", b'{"cut": "of\n\xff\n'])
def test_broken_lines_in_front_do_not_hide_what_a_file_is(file, before):
    assert told(file(before + b'{"messages": []}\n')) == "openai"


@pytest.mark.parametrize("before", [b"tru, ", b"7, [[]], ", b'{"a": }, '])
def test_broken_items_in_front_do_not_hide_what_a_list_is(file, before):
    assert told(file(b"[" + before + b'{"mapping": {}}]')) == "chatgpt"


@pytest.mark.parametrize(
    "content", [b"{}", b"[1]", b"hello", b"[" * 100_000, bytes(range(256)) * 100, b"\0" * 1000, b'{"a": 1}\n' * 1000, b"[" + b"1," * 1000 + b"1]"]
)
def test_what_holds_none_of_the_formats_is_refused_with_the_formats_named(memory, file, content):
    with pytest.raises(Invalid, match="name its format: openai, chatgpt"):
        import_file(memory, file(content))
    assert memory.recent() == []


@pytest.mark.parametrize("content", [b"", b" \n\t\r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_said_to_be_empty(memory, file, content):
    with pytest.raises(Invalid, match="holds nothing"):
        import_file(memory, file(content))


def test_an_empty_file_of_a_named_format_is_an_empty_import_only_where_that_makes_sense(memory, file):
    assert import_file(memory, file(b""), format="openai").messages == 0
    for format, reason in [("chatgpt", "no JSON list"), ("langchain-file", "no JSON list"), ("langchain-sql", "no SQLite file")]:
        with pytest.raises(Invalid, match=reason):
            import_file(memory, file(b""), format=format)
    assert len(import_file(memory, file(b""), format="recollect").refused) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_not_taken_for_something_else(memory, file, encoding):
    with pytest.raises(Invalid):
        import_file(memory, file('{"messages": []}'.encode(encoding)))
    with pytest.raises(Invalid, match="save it as UTF-8"):
        import_file(memory, file('{"messages": []}'.encode("utf-16")))


@pytest.mark.parametrize("format", [None, *FORMATS])
def test_a_missing_file_and_a_folder_are_told_apart(memory, tmp_path, format):
    with pytest.raises(NotFound, match="check the path"):
        import_file(memory, tmp_path / "none", format=format)
    with pytest.raises(Invalid, match="is a folder"):
        import_file(memory, tmp_path, format=format)


def test_a_file_that_cannot_be_opened_is_told(memory, tmp_path):
    with pytest.raises(StoreError, match="cannot be opened"):
        import_file(memory, str(tmp_path / "a\0b"))
    with pytest.raises(StoreError, match="cannot be opened"):
        import_file(memory, tmp_path / ("n" * 300))


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file whose reading fails")
def test_a_disk_that_fails_while_reading_is_told(memory):
    with pytest.raises(StoreError, match="cannot be read"):
        import_file(memory, "/proc/self/mem", format="openai")


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="needs a name for a pipe")
def test_a_pipe_which_cannot_be_read_twice_is_told(memory):
    reading, writing = os.pipe()
    try:
        with pytest.raises(StoreError, match="save it as a file first"):
            import_file(memory, f"/dev/fd/{reading}")
    finally:
        os.close(reading)
        os.close(writing)


def test_a_damaged_database_is_told(memory, message_store):
    raw = bytearray(message_store.read_bytes())
    raw[100:] = os.urandom(len(raw) - 100)
    message_store.write_bytes(raw)
    with pytest.raises(StoreError, match="cannot be read"):
        import_file(memory, message_store)


def test_names_out_of_range_and_unknown_formats_are_refused_before_anything_is_read(memory, tmp_path):
    for options, reason in [
        ({"user": ""}, "the user is empty"),
        ({"session": "\ud800"}, "surrogate"),
        ({"format": "csv"}, "'csv' is not known; give one of"),
    ]:
        with pytest.raises(Invalid, match=reason):
            import_file(memory, tmp_path / "none", **options)


def test_refusals_beyond_what_a_report_lists_are_counted(memory, file):
    report = import_file(memory, file(b"{\n" * (LISTED + 5)), format="openai")
    assert (len(report.refused), report.unlisted) == (LISTED, 5)
