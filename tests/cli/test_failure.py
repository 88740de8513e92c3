import json
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from recollect import Memory
from recollect.cli import app

READING = (["users"], ["sessions"], ["show", "s"], ["delete", "s", "--yes"], ["erase", "u", "--yes"], ["stats"], ["export"])
every_reading = pytest.mark.parametrize("words", READING, ids=" ".join)


@every_reading
@pytest.mark.parametrize("missing", ["sqlite:///absent.db", "file:///absent"])
def test_reading_what_is_not_there_makes_nothing_and_says_what_to_do(recollect, words, missing, tmp_path):
    result = recollect(*words, "--url", missing)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "recollect import FILE" in result.stderr
    assert list(tmp_path.iterdir()) == []


@every_reading
def test_reading_another_application_s_database_adds_nothing_to_it(recollect, words):
    with apsw.Connection("theirs.db") as database:
        database.execute("CREATE TABLE notes (text)")
    before = Path("theirs.db").read_bytes()
    assert recollect(*words, "--url", "sqlite:///theirs.db").exit_code == 1
    assert Path("theirs.db").read_bytes() == before


@every_reading
def test_an_error_is_one_object_with_json(recollect, words):
    result = recollect(*words, "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    error = json.loads(result.stderr)
    assert error == {"error": "NotFound", "message": error["message"], "outcome": "failed"}


@pytest.mark.parametrize("bad", ["", "nonsense", "sqlite://[", "sqlite://host/x.db", "oracle:///x", "sqlite:///"])
def test_a_url_of_no_store_is_a_wrong_usage(recollect, bad):
    result = recollect("users", "--url", bad)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1


def test_a_file_that_is_no_database_is_told_in_one_line(recollect):
    Path("memory.db").write_bytes(b"not a database at all" * 100)
    result = recollect("users")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert "not an SQLite database" in result.stderr


def test_an_error_cannot_move_the_cursor(memory, recollect):
    result = recollect("show", "evil\x1b[2J\x9b\u202e")
    assert r"evil\x1b[2J" in result.stderr
    assert not {"\x1b", "\x9b", "\u202e"} & set(result.stderr)


@pytest.mark.parametrize("words", [["unknown"], ["users", "--unknown"], ["show"], ["users", "--limit", "many"], ["completion", "csh"]])
def test_wrong_usage_is_one_line_that_names_the_help(recollect, words):
    result = recollect(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--help" in result.stderr
    assert result.stderr.count("\n") == 1
    told = recollect(*words, "--json")
    assert json.loads(told.stderr)["error"] == "Usage"


def test_without_words_the_help_is_shown(recollect):
    result = recollect()
    assert result.exit_code == 2
    assert "Exit codes:" in result.stdout


@pytest.mark.parametrize("name", sorted(app.commands))
def test_every_command_has_help_with_examples(recollect, name):
    result = recollect(name, "--help")
    assert result.exit_code == 0
    assert "Examples:" in result.stdout
    assert f"recollect {name}" in result.stdout.partition("Examples:")[2]


@pytest.mark.parametrize("name", sorted(set(app.commands) - {"completion"}))
def test_every_command_has_json(recollect, name):
    for inner in getattr(app.commands[name], "commands", [""]):
        assert "--json" in recollect(*f"{name} {inner}".split(), "--help").stdout


def test_the_folder_of_a_file_store_is_read(recollect):
    with Memory("file:///folder") as memory:
        memory.session("s", user="ana").append(user="Hi.")
    assert recollect.json("stats", "--url", "file:///folder")["messages"] == 1


def run(*words, **options):
    return subprocess.run([sys.executable, "-m", "recollect", *words], check=False, capture_output=True, timeout=60, **options)


def test_bytes_that_are_no_text_are_told_and_not_obeyed(memory):
    done = run("show", b"\xff\x1b[2J", "--url", "sqlite:///memory.db")
    assert done.returncode == 2
    assert b"\\x1b[2J" in done.stderr or b"lone surrogate" in done.stderr
    assert b"\x1b" not in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_message_s_bytes_reach_no_terminal(memory):
    evil = "\x1b]0;title\x07\x1b[31m\x9b2J\x00\x7f\u202e[bold red]markup[/] :smile:"
    memory.session(evil, user=evil).append(user=evil)
    memory.session(evil, user=evil).update(title=evil)
    commands = (["sessions"], ["users"], ["stats"], ["show", "--user"], ["show", "--json", "--user"], ["sessions", "--json"], ["export"])
    for words in commands:
        names = [evil.replace("\x00", "")] * 2 if "--user" in words else []
        done = run(*words, *names[:1], "--url", "sqlite:///memory.db", *names[1:])
        written = done.stdout + done.stderr
        assert not {0, 7, 0x1B, 0x7F} & set(written) or words == ["export"], words
        assert b"\x9b" not in written.replace(b"\xe2\x9b", b"") or words == ["export"]
        assert "\u202e".encode() not in written or words == ["export"]


def test_a_closed_pipe_ends_the_command_quietly(memory):
    memory.session("long").append(user="x" * 3_000_000)
    script = f"{sys.executable} -m recollect show long --url sqlite:///memory.db | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == (b"#141\n", b"")


def test_a_full_disk_is_told_in_one_line(memory):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "recollect", "users", "--url", "sqlite:///memory.db"], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1


def test_a_terminal_that_is_not_utf_8_gets_escapes(memory):
    memory.session("tea", user="優子").append(user="お茶")
    done = run("users", "--url", "sqlite:///memory.db", env={"PYTHONIOENCODING": "ascii", "PATH": ""})
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u512a\\u5b50\ttea" in done.stdout


def test_an_option_in_front_of_the_command_is_told_where_it_goes(recollect):
    result = recollect("--url", "sqlite:///x.db", "users")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "put it behind the command: recollect users --url …" in result.stderr


@pytest.mark.parametrize("words", [["show", "nothing", "--user", "alice"], ["delete", "nothing", "--user", "alice", "--yes"]])
def test_a_suggestion_names_the_memory_that_was_asked_for(memory, recollect, words):
    assert recollect(*words).stderr.endswith(": recollect sessions\n")
    with Memory("sqlite:///my other.db", tenant="acme") as other:
        other.session("s").append(user="Hi.")
    result = recollect(*words, "--url", "sqlite:///my other.db", "--tenant", "acme")
    assert result.stderr.endswith(": recollect sessions --url 'sqlite:///my other.db' --tenant acme\n")


@pytest.mark.parametrize("end", ["?mode=ro", "#part"])
def test_a_url_with_more_than_a_path_is_told_as_such(memory, recollect, end):
    result = recollect("users", "--url", f"sqlite:///memory.db{end}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "more than a path" in result.stderr


@pytest.mark.parametrize("words", [["users"], ["chat"]])
def test_a_file_where_a_folder_is_needed_is_told_as_such(recollect, words):
    Path("plain").write_text("precious")
    result = recollect(*words, "--url", "file:///plain", input="")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "plain is a file" in result.stderr


def test_a_command_that_no_shell_finds_is_told_by_its_path(recollect, monkeypatch):
    monkeypatch.setattr("sys.argv", [".venv/bin/recollect"])
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert ": .venv/bin/recollect import FILE" in recollect("users").stderr
    assert recollect("users", "--unknown").stderr.endswith("; see .venv/bin/recollect users --help\n")
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert ": recollect import FILE" in recollect("users").stderr


@pytest.mark.parametrize("words", [["show", "s", "--last"], ["show", "s", "--window"], ["stats", "--top"], ["chat", "--window"]])
@pytest.mark.parametrize("count", ["x", "-1"])
def test_a_count_that_is_none_is_told_in_plain_words(recollect, words, count):
    result = recollect(*words, count)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"'{count}' is not a whole number from " in result.stderr
