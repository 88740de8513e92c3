"""`recollect hold`, `release`, `holds`, `retention` and `classify`."""

import pytest

RULES = '[[rule]]\ndata = "transcript"\nkeep = "100 years"\n[[rule]]\ndata = "transcript"\nusers = "trial"\nkeep = "0 days"\n'


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(RULES)
    return str(path)


def failed(result, code, text):
    assert result.exit_code == code, result.output
    assert text in result.stderr
    return True


def test_a_hold_is_placed_listed_and_lifted(recollect, memory):
    placed = recollect("hold", "alice", "--reason", "case 12", "--by", "legal")
    assert "Nothing of it is removed until: recollect release alice" in placed.stdout
    recollect("hold", "alice", "--session", "orders", "--reason", "case 13")
    assert "--session visit" in recollect("hold", "--session", "visit", "--reason", "case 14").stdout
    assert [line.split("\t")[1:] for line in recollect("holds").stdout.splitlines()] == [
        ["alice", "", "case 12", "legal"],
        ["alice", "orders", "case 13", ""],
        ["", "visit", "case 14", ""],
    ]
    assert failed(recollect("erase", "alice", "--yes"), 1, "under a legal hold")
    assert memory.user("alice").sessions().items
    assert recollect("release", "alice").stdout == "Released: user 'alice'.\n"
    assert failed(recollect("release", "alice"), 1, "no legal hold")
    assert [one["session"] for one in recollect.json("holds")["holds"]] == ["orders", "visit"]


def test_a_hold_is_of_somebody_and_has_a_reason(recollect, memory):
    assert failed(recollect("hold", "--reason", "case"), 2, "name whom")
    assert failed(recollect("hold", "alice"), 2, "--reason")
    assert recollect("holds").stderr == "nothing is held\n"


def test_retention_tells_what_it_would_remove_and_removes_it(recollect, memory, rules):
    recollect("hold", "bob", "--reason", "case 1")
    assert recollect("classify", "alice", "trial").stdout == "alice: trial\n"
    told = recollect("retention", rules)
    assert told.stdout == "To remove: 2 sessions with 6 messages, the text of 0 older messages, 0 facts; 1 passed over, being under a legal hold.\n"
    assert "--no-dry-run" in told.stderr
    assert failed(recollect("retention", rules, "--no-dry-run"), 2, "nobody can be asked")
    assert failed(recollect("retention", rules, "--no-dry-run", "--yes"), 1, "--clock-is-right")
    assert memory.user("alice").sessions().items
    done = recollect.json("retention", rules, "--no-dry-run", "--yes", "--clock-is-right")
    assert (done["dry_run"], done["held"], done["sessions"]) == (False, 1, 2)
    assert memory.user("alice").sessions().items == []
    assert recollect("retention", rules, "--no-dry-run", "--yes").stdout.startswith("Removed: 0 sessions")


def test_a_class_is_told_and_taken_back(recollect, memory):
    assert recollect("classify", "alice").stdout == "alice: no class\n"
    recollect("classify", "alice", "trial")
    assert recollect.json("classify", "alice") == {"user": "alice", "class": "trial"}
    assert recollect("classify", "alice", "--none").stdout == "alice: no class\n"
    assert failed(recollect("classify", "nobody", "trial"), 1, "nothing of user 'nobody'")
    assert failed(recollect("classify", "alice", "trial", "--none"), 2, "--none")


def test_rules_that_cannot_be_are_told(recollect, memory, tmp_path):
    (tmp_path / "bad.toml").write_text('[[rule]]\ndata = "dreams"\nkeep = "1 day"')
    assert failed(recollect("retention", str(tmp_path / "bad.toml")), 2, "rule 1: the data 'dreams'")
