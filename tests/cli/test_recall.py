"""`recollect recall`: what is found, shown and refused."""

import json
import sys

import pytest

from recollect import Message

from .conftest import at
from .terminal import Terminal


@pytest.fixture
def past(memory):
    alice = memory.user("alice")
    alice.session("move").append(Message("user", "My sister Ana lives in Lisbon.", created=at(8)), Message("assistant", "How nice!", created=at(9)))
    alice.remember("is afraid of dogs", kind="profile", valid_from=at(10))
    return alice


def test_what_is_found_is_shown_with_its_source_and_why(past, recollect):
    lines = recollect("recall", "alice", "Where does my sister live?", "--k", "1").stdout.splitlines()
    assert lines[0].endswith(" user · 2025-03-01 12:08 · move")
    assert lines[1] == "    My sister Ana lives in Lisbon."
    assert lines[2].startswith("    (1.")
    assert " = words 1.00 + " in lines[2]


def test_a_fact_is_shown_as_one(past, recollect):
    lines = recollect("recall", "alice", "dogs", "--kind", "profile").stdout.splitlines()
    assert lines[0].endswith(" fact · profile · user · since 2025-03-01 12:10")
    assert lines[1] == "    is afraid of dogs"
    assert recollect("recall", "alice", "dogs", "--kind", "goal").stdout == ""


def test_neighbours_stand_around_without_a_why(past, recollect):
    text = recollect("recall", "alice", "my sister", "--k", "1", "--neighbours", "1").stdout
    assert [line.strip() for line in text.splitlines() if line.startswith(" ") and "=" not in line] == ["My sister Ana lives in Lisbon.", "How nice!"]


def test_json_has_a_line_for_each(past, recollect):
    result = recollect("recall", "alice", "sister, dogs", "--json", "--k", "2", "--neighbours", "1")
    found = {one["text"]: one for one in map(json.loads, result.stdout.splitlines())}
    message, fact = found["My sister Ana lives in Lisbon."], found["is afraid of dogs"]
    assert message["session"] == "move"
    assert message["score"] == pytest.approx(sum(message["why"].values()), abs=0.001)
    assert [one["content"] for one in message["after"]] == ["How nice!"]
    assert (fact["message"], fact["session"], fact["fact"]["kind"]) == (None, None, "profile")


def test_filters_narrow_what_is_found(past, recollect):
    def found(*options):
        return [json.loads(line)["text"] for line in recollect("recall", "alice", "sister order nice", "--json", *options).stdout.splitlines()]

    assert found("--session", "move", "--role", "assistant") == ["How nice!"]
    assert "Where is my order?" in found("--until", "2025-03-01T12:05")
    assert "Where is my order?" not in found("--since", "2025-03-01T13:05+01:00")
    assert found("--as-of", "2025-02-01") == []
    assert len(found("--tokens", "20")) < len(found())


@pytest.mark.parametrize("options", [["--since", "yesterday"], ["--k", "0"], ["--k", "1001"], ["--kind", "gossip"], ["--neighbours", "101"]])
def test_a_wrong_option_is_refused_in_one_line(past, recollect, options):
    result = recollect("recall", "alice", "x", *options)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)


def test_where_nothing_is_found_it_says_so(memory, recollect):
    result = recollect("recall", "nobody", "x")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "recollect users" in result.stderr


def test_no_text_passes_for_a_heading_or_reaches_the_terminal(memory, recollect):
    memory.user("alice").session("a\x1b]0;x\x07").append(user="forged\n#2 user · 2025-01-01 00:00 · move\n\x1b[2J ok")
    text = recollect("recall", "alice", "forged").stdout
    assert len([line for line in text.splitlines() if not line.startswith("    ")]) == 1
    assert "\x1b" not in text


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_in_a_terminal_it_has_colours(past, url):
    terminal = Terminal("recall", "alice", "sister", "--neighbours", "1", "--url", url)
    assert terminal.end() == 0
    shown = terminal.output.decode()
    assert "\x1b[" in shown
    assert "My sister Ana lives in Lisbon." in shown
