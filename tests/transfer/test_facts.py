"""What is known goes along: with an export, and with a copy."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from recollect import Memory, Message
from recollect.transfer import export_file, import_file
from recollect.transfer.copying import copy


@pytest.fixture
def source(tmp_path):
    with Memory(f"sqlite:///{tmp_path}/source.db") as memory:
        for number in range(5):
            memory.session("gone", user="alice").append(user=f"{number}")
        memory.session("gone", user="alice").delete()
        talk = memory.session("talk", user="alice")
        talk.append(Message("user", "I live in Berlin.", created=datetime(2024, 1, 1, tzinfo=UTC)))
        talk.append(Message("user", "I live in Lisbon, and I like tea.", created=datetime(2025, 1, 1, tzinfo=UTC)))
        alice = memory.user("alice")
        alice.learn()
        alice.remember("prefers e-mail")
        alice.forget(next(fact for fact in alice.facts() if fact.value == "tea"))
        yield memory


def known(memory):
    """Return what is known, without the positions, which are each ledger's own."""
    return [replace(fact, position=0, order=(0, 0)) for fact in memory.user("alice").facts(history=True)]


def test_an_export_takes_facts_along(source, tmp_path):
    export_file(source, tmp_path / "a.jsonl")
    with Memory(f"sqlite:///{tmp_path}/target.db") as target:
        for _ in range(2):
            report = import_file(target, tmp_path / "a.jsonl")
            assert report.refused == []
            assert known(target) == known(source)
        assert target.user("alice").learn().found == 0, "nothing comes back that was forgotten"
        assert known(target) == known(source)
        target.session("talk", user="alice").delete()
        assert [fact.text for fact in known(target)] == ["prefers e-mail"]


def test_what_was_merged_is_undone_or_forgotten_together_behind_an_export_too(source, tmp_path):
    alice = source.user("alice")
    kept, aside = (alice.remember(text) for text in ("owns a boat", "has a boat"))
    change = alice.merge([kept, aside]).change
    export_file(source, tmp_path / "a.jsonl")
    with Memory("memory://") as one, Memory("memory://") as other:
        assert import_file(one, tmp_path / "a.jsonl").refused == import_file(other, tmp_path / "a.jsonl").refused == []
        assert [fact.id for fact in one.user("alice").undo(change)] == [aside.id]
        assert other.user("alice").forget(kept.id) == 2
        assert "boat" not in str(other.user("alice").facts(history=True, archived=True))


def test_what_rests_on_a_session_whose_time_is_over_is_not_exported(source, tmp_path):
    source.session("short", user="alice").append(user="My brother is called Ferdinand.")
    source.user("alice").learn()
    assert "Ferdinand" in str(known(source))
    source.session("short", user="alice").update(ttl=timedelta(microseconds=1))
    export_file(source, tmp_path / "a.jsonl")
    text = (tmp_path / "a.jsonl").read_text("utf-8")
    assert "Ferdinand" not in text
    assert "prefers e-mail" in text


def test_a_fact_that_cannot_be_read_is_refused(source, tmp_path):
    export_file(source, tmp_path / "a.jsonl")
    lines = (tmp_path / "a.jsonl").read_text("utf-8").splitlines()
    changed = [line.replace('"text":"prefers e-mail"', '"text":7') for line in lines]
    (tmp_path / "b.jsonl").write_text("\n".join(changed) + "\n", "utf-8")
    assert changed != lines
    with Memory(f"sqlite:///{tmp_path}/target.db") as target:
        assert len(import_file(target, tmp_path / "b.jsonl").refused) == 1
        assert [fact.value for fact in known(target)] == ["Berlin", "Lisbon"]


def test_a_copy_knows_the_same_and_loses_what_is_deleted(source, tmp_path):
    url = f"sqlite:///{tmp_path}/target.db"
    copy(source.store, url, name="source")
    with Memory(url) as target:
        assert known(target) == known(source)
        assert target.user("alice").learn().found == 0, "it reads anew, finds nothing twice, and nothing comes back that was forgotten"
        assert known(target) == known(source)
        target.session("talk", user="alice").append(user="I live in Porto now.")
        assert target.user("alice").learn().found == 1
        target.session("talk", user="alice").delete()
        assert [fact.text for fact in known(target)] == ["prefers e-mail"]


def test_what_was_not_yet_learned_when_it_was_copied_is_learned_in_the_copy(source, tmp_path):
    source.session("talk", user="alice").append(user="My brother is called Tom.")
    url = f"sqlite:///{tmp_path}/target.db"
    assert copy(source.store, url, name="source").complete
    with Memory(url) as target:
        assert target.user("alice").learn().found == 1
        source.user("alice").learn()
        assert [fact.text for fact in known(target)] == [fact.text for fact in known(source)]
        source.session("talk", user="alice").append(user="I work at Siemens.")
        assert copy(source.store, target.store, name="source").complete
        assert target.user("alice").learn().messages == 1, "how far the copy has learned stays its own"


@pytest.mark.parametrize("way", ["copy", "export"])
def test_what_is_said_a_moment_later_in_another_ledger_is_later(source, tmp_path, way):
    for _ in range(50):
        source.session("more", user="alice").append(user="hello")
    source.session("more", user="alice").append(user="I work at Siemens.")
    source.user("alice").learn()
    source.session("more", user="alice").clear()
    source.session("more", user="alice").append(user="I work at Bosch.")
    source.user("alice").learn()
    with Memory("memory://") as target:
        if way == "copy":
            copy(source.store, target.store, name="source")
        else:
            export_file(source, tmp_path / "a.jsonl")
            import_file(target, tmp_path / "a.jsonl")
        target.session("more", user="alice").append(user="I work at Volvo.")
        target.user("alice").learn()
        assert [fact.value for fact in target.user("alice").facts(attribute="works at")] == ["Volvo"]


def test_an_export_s_facts_are_documents(source, tmp_path):
    export_file(source, tmp_path / "a.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()]
    assert {line["collection"] for line in lines if line["type"] == "document"} == {"recollect.facts", "recollect.facts.passed"}
