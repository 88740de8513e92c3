"""`recollect erase`, `recollect readmit`, `recollect verify RECEIPT`."""

import json

import pytest


def test_a_user_is_erased_place_by_place(memory, recollect):
    memory.user("alice").documents("settings").put({"theme": "dark"})
    result = recollect("erase", "alice", "--by", "ticket 17", "--yes")
    assert result.exit_code == 0, result.stderr
    first, *places = result.stdout.splitlines()
    assert first == "Erased user 'alice': 2 sessions, 6 messages, 0 facts, 1 document."
    assert [line.split("\t")[:2] for line in places] == [
        ["ledger", "done"],
        ["caches", "done"],
        ["database files", "done"],
        ["backups", "unreached"],
    ]
    assert list(memory.users()) == ["bob"]
    assert memory.user("alice").documents("settings").get("theme") == [None]


def test_the_receipt_is_written_and_verified(memory, recollect, tmp_path):
    path = tmp_path / "alice.json"
    told = recollect.json("erase", "alice", "--yes", "--receipt", str(path))
    assert json.loads(path.read_bytes()) == told
    assert "alice" not in path.read_text().replace(str(path), "")
    assert memory.verify_receipt(path.read_bytes())
    found = recollect.json("verify", str(path))
    assert {key: found[key] for key in ("genuine", "erased", "absent", "sound")} == dict.fromkeys(("genuine", "erased", "absent", "sound"), True)
    again = recollect("erase", "alice", "--yes", "--receipt", str(path))
    assert again.exit_code == 2, "no receipt is written over"


@pytest.mark.parametrize("change", [{"found": False}, {"by": "nobody"}, {"signature": "0" * 64}, {"places": []}])
def test_a_receipt_that_was_changed_is_not_genuine(memory, recollect, tmp_path, change):
    path = tmp_path / "alice.json"
    recollect("erase", "alice", "--yes", "--receipt", str(path))
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **change}))
    result = recollect("verify", str(path))
    assert result.exit_code == 1
    assert "did not sign" in result.stdout


def test_a_readmitted_user_can_be_written_to(memory, recollect, tmp_path):
    path = tmp_path / "alice.json"
    recollect("erase", "alice", "--yes", "--receipt", str(path))
    assert recollect("readmit", "alice").stdout == "Let in again: user 'alice'.\n"
    memory.session("new", user="alice").append(user="I am back.")
    result = recollect("verify", str(path))
    assert (result.exit_code, "Something is stored" in result.stdout) == (1, True)
    assert recollect("readmit", "alice").exit_code == 1


def test_an_anonymous_session_is_erased(memory, recollect):
    assert recollect.json("erase", "--session", "visit", "--yes")["counts"]["messages"] == 1
    assert memory.session("visit").erased()


def test_a_name_of_nobody_is_taken_for_a_typing_error(memory, recollect):
    result = recollect("erase", "alise", "--yes", "--json")
    assert (result.exit_code, json.loads(result.stderr)["error"]) == (1, "NotFound")
    assert not memory.user("alise").erased()
    told = recollect.json("erase", "alise", "--yes", "--absent")
    assert told["found"] is False
    assert memory.user("alise").erased()
    assert recollect("erase", "alise", "--yes").exit_code == 0, "who was erased can be erased once more"


@pytest.mark.parametrize("words", [["alice"], ["--session", "visit"]])
def test_nothing_is_erased_where_nobody_can_be_asked(memory, recollect, words):
    result = recollect("erase", *words, input="y\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--yes" in result.stderr
    assert len(memory.recent()) == 4


@pytest.mark.parametrize("words", [[], ["alice", "--session", "visit"]])
def test_whom_to_erase_has_to_be_said(memory, recollect, words):
    for command in ("erase", "readmit"):
        assert recollect(command, *words).exit_code == 2


def test_what_is_no_receipt_is_told(memory, recollect, tmp_path):
    path = tmp_path / "other.json"
    path.write_text("{}")
    result = recollect("verify", str(path))
    assert result.exit_code == 2
    assert "no receipt" in result.stderr


def test_delete_tells_how_a_user_is_erased(memory, recollect):
    result = recollect("delete", "--user", "alice", "--all", "--yes")
    assert result.exit_code == 2
    assert "recollect erase alice" in result.stderr
