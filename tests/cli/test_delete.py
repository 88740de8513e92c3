import json

import pytest


def test_a_session_is_deleted(memory, recollect):
    result = recollect("delete", "orders", "--user", "alice", "--yes")
    assert (result.exit_code, result.stdout) == (0, "Deleted 1 session with 5 messages.\n")
    assert memory.session("orders", user="alice").info() is None
    assert memory.session("orders", user="bob").info() is not None


def test_an_anonymous_session_is_deleted(memory, recollect):
    assert recollect.json("delete", "visit", "--yes") == {"user": None, "session": "visit", "sessions": 1, "messages": 1}
    assert memory.session("visit").info() is None


@pytest.mark.parametrize("words", [["orders", "--user", "alice"]])
def test_nothing_is_deleted_where_nobody_can_be_asked(memory, recollect, words):
    result = recollect("delete", *words, input="y\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--yes" in result.stderr
    assert memory.user("alice").sessions().items[1].count == 5


@pytest.mark.parametrize("words", [[], ["--all"], ["orders", "--all", "--user", "alice"], ["--user", "alice"]])
def test_what_to_delete_has_to_be_said(memory, recollect, words):
    result = recollect("delete", "--yes", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(memory.recent()) == 4


def test_a_session_of_an_empty_name_erases_nobody(memory, recollect):
    result = recollect("delete", "", "--user", "alice", "--yes")
    assert result.exit_code == 2
    assert len(memory.recent()) == 4


@pytest.mark.parametrize("words", [["orders"], ["hello", "--user", "bob"]])
def test_what_is_not_there_cannot_be_deleted(memory, recollect, words):
    result = recollect("delete", *words, "--yes", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert json.loads(result.stderr)["error"] == "NotFound"
    assert len(memory.recent()) == 4
