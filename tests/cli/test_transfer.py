import json
from pathlib import Path

import pytest

from recollect import Memory

LINES = [
    {"user": "ana", "session": "s1", "messages": [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello."}]},
    {"session": "s2", "messages": [{"role": "user", "content": "Anybody?"}]},
]


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return path


def test_a_file_is_imported(recollect, url, log):
    result = recollect("import", str(log))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "Imported 3 messages of 2 sessions (openai).\n", "")
    with Memory(url) as memory:
        assert [message.text for message in memory.session("s1", user="ana").messages()] == ["Hi.", "Hello."]


def test_an_import_can_be_repeated(recollect, log):
    recollect("import", str(log))
    assert recollect.json("import", str(log)) == {
        "format": "openai",
        "sessions": 2,
        "messages": 0,
        "known": 3,
        "documents": 0,
        "skipped": 0,
        "refused": [],
        "unlisted": 0,
    }
    assert "3 known already" in recollect("import", str(log)).stdout


def test_user_and_session_stand_in_where_the_file_tells_none(recollect, log):
    log.write_text(log.read_text() + '{"messages": [{"role": "user", "content": "Hm."}]}\n')
    recollect("import", str(log), "--user", "bea", "--session", "rest")
    found = {(info["user"], info["id"], info["messages"]) for info in recollect.json("sessions")["sessions"]}
    assert found == {("ana", "s1", 2), ("bea", "s2", 1), ("bea", "rest", 1)}


def test_lines_that_are_refused_are_told_and_the_rest_is_kept(recollect, log):
    log.write_text(log.read_text() + 'no \x1b[2J json\n{"messages": 3}\n')
    result = recollect("import", str(log), "--format", "openai")
    assert result.exit_code == 3
    assert result.stdout == "Imported 3 messages of 2 sessions (openai).\n"
    assert "line 3: " in result.stderr
    assert "line 4: " in result.stderr
    assert "\x1b" not in result.stderr


def test_refused_lines_as_json(recollect, log):
    log.write_text(log.read_text() + "no json\n")
    result = recollect("import", str(log), "--json")
    assert (result.exit_code, result.stderr) == (3, "")
    assert [refusal["line"] for refusal in json.loads(result.stdout)["refused"]] == [3]


def test_many_refused_lines_are_told_shortly(recollect, log):
    log.write_text(log.read_text() + "no json\n" * 30 + "".join(f'{{"messages": [{{"role": "r{n}", "content": "?"}}]}}\n' for n in range(30)))
    stderr = recollect("import", str(log)).stderr
    assert stderr.startswith("Refused 60:\n  lines 3, 4, 5, 6, 7 and 25 more: the line is not JSON")
    assert stderr.endswith("  … and 11 more; --json lists them\n")


@pytest.mark.parametrize("words", [["nothing.jsonl"], ["."], ["log.jsonl", "--format", "xml"], ["log.jsonl", "--user", ""]])
def test_what_cannot_be_imported_is_a_wrong_usage(recollect, log, words):
    result = recollect("import", *words)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_file_of_no_known_format_is_refused_with_the_formats(recollect, tmp_path):
    (tmp_path / "notes.txt").write_text("Dear diary")
    result = recollect("import", "notes.txt")
    assert result.exit_code == 2
    assert "chatgpt" in result.stderr


def test_everything_is_exported_and_comes_back_the_same(memory, recollect, tmp_path):
    assert recollect("export", "out.jsonl").stdout == "Exported 8 messages of 4 sessions and 2 users.\n"
    copy = f"sqlite:///{tmp_path}/copy.db"
    recollect("import", "out.jsonl", "--url", copy)
    before, after = recollect.json("stats", "--checksum"), recollect.json("stats", "--checksum", "--url", copy)
    assert before.pop("bytes") > 0
    assert after.pop("bytes") > 0
    assert before == after


def test_stdout_has_the_lines_and_nothing_else(memory, recollect):
    for words in (["export"], ["export", "-"], ["export", "--json"]):
        result = recollect(*words)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert len([line for line in lines if line["type"] == "message"]) == 8
        assert "8" in result.stderr


def test_the_report_of_an_export_as_json(memory, recollect):
    report = {"users": 1, "sessions": 2, "messages": 6, "documents": 0}
    assert recollect.json("export", "alice.jsonl", "--user", "alice") == report
    assert json.loads(recollect("export", "--user", "alice", "--json").stderr) == report


def test_a_file_is_replaced_only_when_asked(memory, recollect):
    Path("out.jsonl").write_text("precious")
    assert recollect("export", "out.jsonl").exit_code == 2
    assert Path("out.jsonl").read_text() == "precious"
    assert recollect("export", "out.jsonl", "--overwrite").exit_code == 0
    assert "precious" not in Path("out.jsonl").read_text()


def test_a_user_without_anything_is_not_found(memory, recollect):
    result = recollect("export", "out.jsonl", "--user", "nobody")
    assert (result.exit_code, result.stdout) == (1, "")
    assert not Path("out.jsonl").exists()


@pytest.mark.parametrize("words", [[], ["--format", "openai"]])
def test_a_pipe_is_imported_and_leaves_no_file_behind(recollect, log, url, tmp_path, monkeypatch, words):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = recollect("import", "-", *words, input=log.read_text())
    assert (result.exit_code, result.stdout, result.stderr) == (0, "Imported 3 messages of 2 sessions (openai).\n", "")
    with Memory(url) as memory:
        assert memory.session("s1", user="ana").info().count == 2
    assert list(tmp_path.glob("recollect-import-*")) == []


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("", [], "holds nothing: it is empty"),
        ("Dear diary", [], "name its format"),
        ("Dear diary", ["--format", "recollect"], "line 1: "),
        ("Dear diary", ["--format", "langchain-sql"], "choose another format"),
    ],
)
def test_a_refused_file_leaves_no_database_behind(recollect, tmp_path, text, words, told):
    (tmp_path / "notes.txt").write_text(text)
    result = recollect("import", "notes.txt", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_memory_is_not_imported_but_read(memory, recollect, tmp_path):
    result = recollect("import", "memory.db", "--url", "sqlite:///other.db")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is a memory of Recollect itself: read it with --url sqlite:///memory.db" in result.stderr
    assert not (tmp_path / "other.db").exists()
