import json
from datetime import UTC, datetime, timedelta

import pytest

from recollect import Memory, Window
from recollect.privacy.audit import Audit
from recollect.privacy.audit.place import CHAINS, ledger

from .terminal import Terminal


@pytest.fixture
def audited(url, tmp_path, monkeypatch):
    """Alice said something, and an agent saw it."""
    monkeypatch.setenv("RECOLLECT_AUDIT_KEY", str(tmp_path / "audit.key"))
    with Memory(url, audit=Audit(tmp_path / "audit.key", actor="app", anchor=tmp_path / "anchors"), embedder=None) as memory:
        memory.session("s", user="alice").append(user="Hello!")
        with memory.acting("agent-7", purpose="ticket 12"):
            memory.session("s", user="alice").context(Window(turns=1))
        yield memory


def rows(result):
    assert result.exit_code == 0, result.stderr
    return [line.split("\t") for line in result.stdout.splitlines()]


def test_records_are_listed_with_who_what_how_much_and_what_for(audited, recollect):
    first, second = rows(recollect("audit", "--user", "alice"))
    assert (first[1:4], first[6]) == (["app", "append", "ok"], "1 message")
    assert second[1:4] + second[6:] == ["agent-7", "context", "ok", "1 message", "ticket 12"]
    assert len(first[4]) == len(first[5]) == 32


def test_a_terminal_shows_the_beginnings_of_pseudonyms_and_no_empty_column(audited, url, recollect):
    subject = rows(recollect("audit", "--user", "alice"))[0][4]
    terminal = Terminal("audit", "--user", "alice", "--action", "append", "--url", url)
    assert terminal.end() == 0
    written = terminal.output.decode()
    assert subject[:8] in written
    assert subject[:9] not in written
    assert "purpose" not in written


def test_the_beginnings_and_ends_of_chains_are_not_listed(audited, recollect):
    assert {row[2] for row in rows(recollect("audit"))} == {"append", "context"}


def test_records_are_filtered(audited, recollect):
    assert [row[2] for row in rows(recollect("audit", "--actor", "agent-7"))] == ["context"]
    assert [row[2] for row in rows(recollect("audit", "--action", "append"))] == ["append"]
    assert rows(recollect("audit", "--since", (datetime.now(UTC) + timedelta(hours=1)).isoformat())) == []
    limited = recollect("audit", "--user", "alice", "--limit", "1")
    assert [row[2] for row in rows(limited)] == ["context"]
    assert "the latest 1 of 2 records" in limited.stderr


def test_the_messages_that_a_model_was_shown_are_named(audited, recollect):
    id = audited.session("s", user="alice").messages()[0].id
    assert rows(recollect("audit", "--user", "alice", "--action", "context", "--messages"))[0][-1] == id
    (record,) = recollect.json("audit", "--user", "alice", "--action", "context", "--messages")["records"]
    assert (record["ids"], record["actor"], record["result"]) == ([id], "agent-7", "ok")


def test_messages_are_named_for_a_user_alone(audited, recollect):
    result = recollect("audit", "--messages")
    assert result.exit_code == 2
    assert "--user" in result.stderr


def test_what_the_command_does_is_noted(audited, recollect):
    assert recollect("show", "s", "--user", "alice").exit_code == 0
    last = rows(recollect("audit", "--user", "alice"))[-1]
    assert last[1].startswith("recollect, ")


def test_a_command_without_the_key_is_refused(audited, recollect, monkeypatch):
    monkeypatch.delenv("RECOLLECT_AUDIT_KEY")
    result = recollect("users")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "RECOLLECT_AUDIT_KEY" in result.stderr
    for name in ("audit", "verify"):
        assert "--audit-key" in recollect(name).stderr


def test_a_mistyped_key_makes_none(audited, recollect, tmp_path):
    result = recollect("audit", "--audit-key", str(tmp_path / "other.key"))
    assert result.exit_code == 1
    assert "there is no key file" in result.stderr
    assert not (tmp_path / "other.key").exists()


def test_what_is_sound_is_told_with_what_was_not_checked(audited, recollect, tmp_path):
    audited.close()
    result = recollect("verify")
    assert (result.exit_code, result.stdout) == (0, "4 records in 2 chains, 0 of them anchored: sound.\n")
    assert "no anchors were given" in result.stderr
    with_anchor = recollect("verify", "--anchor", str(tmp_path / "anchors"))
    assert (with_anchor.stdout, with_anchor.stderr) == ("4 records in 2 chains, 4 of them anchored: sound.\n", "")


def test_verifying_writes_nothing(audited, recollect):
    before = audited.store.changes(ledger(""), 0, 1000)
    recollect("verify")
    assert audited.store.changes(ledger(""), 0, 1000) == before


def test_what_was_tampered_with_ends_with_1_and_a_line_each(audited, recollect):
    chain = audited.trail.log.chain
    entries = audited.store.entries(ledger(""), CHAINS + chain)
    audited.store.delete_session(ledger(""), CHAINS + chain)
    audited.store.append(ledger(""), CHAINS + chain, entries[1:])
    result = recollect("verify")
    assert result.exit_code == 1
    assert result.stdout == f"missing\t{chain}\t1\trecord 1 is missing at the beginning\n"
    as_json = recollect("verify", "--json")
    found = json.loads(as_json.stdout)
    assert (as_json.exit_code, found["sound"], found["findings"][0]["number"]) == (1, False, 1)


def test_a_memory_without_an_audit_is_told(memory, recollect, tmp_path):
    Audit(tmp_path / "audit.key")
    result = recollect("verify", "--audit-key", str(tmp_path / "audit.key"))
    assert result.exit_code == 1
    assert "there is no audit" in result.stderr


def test_a_copy_is_noted_at_its_source_and_verifies_at_its_target(audited, recollect, url):
    audited.close()
    assert recollect("copy", url, "sqlite:///copy.db").exit_code == 0
    assert [row[3] for row in rows(recollect("audit", "--action", "copy"))] == ["begun", "ok"]
    result = recollect("verify", "--url", "sqlite:///copy.db")
    assert result.exit_code == 0, result.stdout


def test_backups_and_restores_are_noted_where_the_key_is_known(audited, recollect):
    audited.close()
    assert recollect("backup", "backups").exit_code == 0
    assert [row[3] for row in rows(recollect("audit", "--action", "backup"))] == ["begun", "ok"]
    assert recollect("restore", "backups", "sqlite:///restored.db").exit_code == 0
    assert [row[3] for row in rows(recollect("audit", "--action", "recover", "--url", "sqlite:///restored.db"))] == ["ok"]
    assert recollect("verify", "--url", "sqlite:///restored.db").exit_code == 0
