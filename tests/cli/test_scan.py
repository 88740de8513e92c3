import pytest

from recollect import Memory
from recollect.privacy.redaction import Redaction

ANNA = "anna@example.org"


@pytest.fixture
def told(memory):
    """The memory, in which two have told their address."""
    memory.session("hello", user="alice").append(user=f"I am {ANNA}, from 192.0.2.7")
    memory.user("alice").remember(f"writes from {ANNA}")
    memory.session("visit").append(user=ANNA)
    return memory


def text(memory):
    return memory.session("visit").messages()[-1].text


def test_unless_told_otherwise_it_is_a_dry_run_that_tells_how_much_there_is_and_never_what(told, recollect):
    result = recollect("scan")
    assert (result.exit_code, result.stdout) == (0, "EMAIL\t3\nIP\t1\n")
    assert "2 messages, 1 fact to redact" in result.stderr
    assert "recollect scan --no-dry-run" in result.stderr
    assert "anna" not in result.output
    assert text(told) == ANNA


def test_a_scan_redacts(told, recollect):
    result = recollect("scan", "--no-dry-run", "--yes")
    assert (result.exit_code, result.stdout) == (0, "EMAIL\t3\nIP\t1\n")
    assert text(told) == "<EMAIL_1>"
    assert told.session("hello", user="alice").messages()[-1].text == "I am <EMAIL_1>, from <IP_1>"
    assert told.user("alice").facts()[0].text == "writes from <EMAIL_1>"
    again = recollect("scan", "--no-dry-run", "--yes")
    assert (again.exit_code, again.stdout) == (0, "")


def test_one_user_and_some_kinds_alone_can_be_scanned(told, recollect):
    found = recollect.json("scan", "--user", "alice", "--kinds", "ip,CARD", "--no-dry-run", "--yes")
    assert found["scan"]["found"] == {"IP": 1}
    assert found["scan"]["changed"] == {"messages": 1}
    assert text(told) == ANNA


def test_nothing_is_redacted_where_nobody_can_be_asked(told, recollect):
    result = recollect("scan", "--no-dry-run", input="y\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--yes" in result.stderr
    assert text(told) == ANNA


def test_a_user_of_whom_nothing_is_stored_is_a_typing_error(told, recollect):
    result = recollect("scan", "--user", "alcie")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nothing of user 'alcie'" in result.stderr


def test_a_user_under_a_legal_hold_is_passed_over_by_a_dry_run_and_refused_otherwise(told, recollect):
    told.user("alice").hold("case 1")
    result = recollect("scan", "--user", "alice")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1 owner passed over, being under a legal hold" in result.stderr
    assert recollect("scan", "--user", "alice", "--no-dry-run", "--yes").exit_code == 1


def test_a_kind_that_there_is_not_is_refused(told, recollect):
    result = recollect("scan", "--kinds", "EMAIL,SHOE")
    assert result.exit_code == 2
    assert "SHOE" in result.stderr


def test_what_the_environment_asks_for_is_named_where_it_cannot_be(memory, recollect, monkeypatch):
    monkeypatch.setenv("RECOLLECT_REDACT", "shoes")
    assert "RECOLLECT_REDACT: kinds has 'SHOES'" in recollect("users").stderr


def test_the_environment_has_all_commands_redact(url, recollect, monkeypatch, tmp_path):
    monkeypatch.setenv("RECOLLECT_REDACT", "all")
    (tmp_path / "log.jsonl").write_text(f'{{"user": "zoe", "session": "s", "messages": [{{"role": "user", "content": "mail {ANNA}"}}]}}\n')
    assert recollect("import", "log.jsonl").exit_code == 0
    assert recollect("remember", "zoe", f"writes from {ANNA}").exit_code == 0
    assert "<EMAIL_1>" in recollect("recall", "zoe", f"who is {ANNA}").stdout
    with Memory(url) as memory:
        assert memory.session("s", user="zoe").messages()[0].text == "mail <EMAIL_1>"
        assert memory.user("zoe").facts()[0].text == "writes from <EMAIL_1>"
        assert not memory.scan(Redaction()).found
