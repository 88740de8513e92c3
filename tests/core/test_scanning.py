"""Redaction of what was stored before there was any."""

from pathlib import Path

import pytest

from recollect import Memory, Message, Window
from recollect.codec.facts import STATE
from recollect.core import sweeping
from recollect.errors import Held, StoreError
from recollect.model import Document, Entry, Owner
from recollect.privacy.audit import Audit
from recollect.privacy.redaction import Redaction, Rule
from recollect.transfer.copying.run import copy

from .redactions import ANNA, BERT, EMAILS

ALICE = Owner("", "user", "alice")


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/memory.db"


@pytest.fixture
def memory(url):
    """What is stored was stored without redaction."""
    with Memory(url, embedder=None) as memory:
        alice = memory.user("alice")
        alice.session("a").append(Message("user", f"I am {ANNA}", "m1"), Message("user", f"{ANNA} and {BERT}", "m2"), Message("user", "no", "m3"))
        alice.session("a").update(title=f"Of {ANNA}", metadata={"mail": BERT})
        alice.remember(f"writes from {BERT}")
        alice.documents("notes").put({"plain": {"mail": ANNA}, "bytes": ANNA.encode(), "clean": 1})
        memory.session("nobody").append(user=ANNA)
        memory.documents("notes").put({"mail": BERT})
        yield memory


def stored(url):
    """Return the bytes of all files of a memory."""
    return b"".join(path.read_bytes() for path in Path(url.removeprefix("sqlite:///")).parent.iterdir())


def test_a_dry_run_tells_what_there_is_and_changes_nothing(memory):
    before = memory.user("alice").session("a").messages()
    found = memory.scan(EMAILS)
    assert (found.dry_run, found.owners, found.messages, found.facts, found.documents, found.sessions, found.binary) == (True, 3, 4, 1, 3, 1, 1)
    assert found.found == {"EMAIL": 9}
    assert found.changed == {"documents": 2, "facts": 1, "messages": 3, "sessions": 1}
    assert memory.user("alice").session("a").messages() == before
    assert ANNA not in repr(found)


def test_a_scan_redacts_messages_facts_titles_metadata_and_documents(memory):
    alice = memory.user("alice")
    positions = [message.position for message in alice.session("a").messages()]
    told = memory.scan(EMAILS)
    done = memory.scan(EMAILS, dry_run=False)
    assert (done.found, done.changed, done.messages, done.facts) == (told.found, told.changed, told.messages, told.facts)
    assert [message.text for message in alice.session("a").messages()] == ["I am <EMAIL_1>", "<EMAIL_1> and <EMAIL_2>", "no"]
    assert [message.position for message in alice.session("a").messages()] == positions
    assert alice.session("a").info().title == "Of <EMAIL_1>"
    assert alice.session("a").info().metadata == {"mail": "<EMAIL_2>"}
    assert [fact.text for fact in alice.facts()] == ["writes from <EMAIL_2>"]
    assert alice.documents("notes").get("plain", "bytes", "clean") == [{"mail": "<EMAIL_1>"}, ANNA.encode(), 1]
    assert memory.session("nobody").messages()[0].text == "<EMAIL_1>"
    assert memory.documents("notes").get("mail") == ["<EMAIL_1>"]
    assert not memory.scan(EMAILS).found


def test_one_user_alone_is_scanned(memory):
    assert memory.user("alice").scan(EMAILS, dry_run=False).owners == 1
    assert memory.session("nobody").messages()[0].text == ANNA


async def test_the_other_face_scans_as_well(memory):
    assert (await memory.aio.user("alice").scan(EMAILS)).found == {"EMAIL": 7}
    assert (await memory.aio.scan(EMAILS, dry_run=False)).found == {"EMAIL": 9}
    assert not memory.scan(EMAILS).found


def test_what_was_read_and_derived_before_is_stale_after_a_scan(memory):
    alice = memory.user("alice")
    alice.session("a").context(Window(turns=9))
    alice.recall("who writes to whom")
    alice.scan(EMAILS, dry_run=False)
    assert alice.session("a").context(Window(turns=9))[0].text == "I am <EMAIL_1>"
    assert not any("@" in one.text for one in alice.recall("who writes to whom, anna or bert"))


def test_nothing_of_it_is_left_in_the_files_but_bytes(memory, url):
    memory.user("alice").documents("notes").remove("bytes")
    memory.user("alice").recall("who writes")
    left = memory.scan(EMAILS, dry_run=False).left
    memory.user("alice").recall("who writes")
    memory.close()
    assert left == ()
    assert ANNA.encode() not in stored(url)
    assert BERT.encode() not in stored(url)


def test_an_append_of_what_was_scanned_is_a_retry_where_there_is_redaction(memory, url):
    memory.user("alice").scan(EMAILS, dry_run=False)
    with Memory(url, embedder=None, redact=EMAILS) as again:
        again.user("alice").session("a").append(Message("user", f"I am {ANNA}", "m1"))
        assert len(again.user("alice").session("a").messages()) == 3


def test_a_scan_that_was_cut_off_goes_on_where_it_stood(memory, monkeypatch):
    session = memory.user("alice").session("long")
    session.append(*(Message("user", f"{number} {BERT}") for number in range(40)))
    monkeypatch.setattr(sweeping, "PAGE", 10)
    rewrite, calls = memory.store.rewrite, []

    def cut(*args, **options):
        calls.append(args)
        if len(calls) == 3:
            raise StoreError("cut off")
        return rewrite(*args, **options)

    monkeypatch.setattr(memory.store, "rewrite", cut, raising=False)
    with pytest.raises(StoreError, match="cut off"):
        memory.user("alice").scan(EMAILS, dry_run=False)
    again = memory.user("alice").scan(EMAILS, dry_run=False)
    assert 20 < again.messages < 43
    assert not any("@" in message.text for message in session.messages())
    assert memory.user("alice").scan(EMAILS, dry_run=False).messages == 0


def test_other_rules_look_at_everything_again(memory):
    others = Redaction(kinds={"EMAIL", "IBAN"})
    assert memory.user("alice").scan(EMAILS, dry_run=False).messages == 3
    assert memory.user("alice").scan(others, dry_run=False).messages == 3
    assert memory.user("alice").scan(Redaction(kinds=["IBAN", "EMAIL"]), dry_run=False).messages == 0


def test_rules_that_cannot_be_told_apart_look_at_everything_each_time(memory):
    unknown = Redaction(roles={"user": Redaction(own=(Rule("X", recogniser=lambda _text: []),))})
    assert [memory.user("alice").scan(unknown, dry_run=False).messages for _ in range(2)] == [3, 3]


def test_where_a_scan_stood_is_not_believed_of_a_copy(memory, tmp_path):
    alice = memory.user("alice")
    alice.session("gone").append(user=ANNA)
    alice.scan(EMAILS, dry_run=False)
    alice.session("gone").delete()
    alice.session("a").append(user=BERT)
    with Memory(f"sqlite:///{tmp_path}/copy.db", embedder=None) as other:
        copy(memory.store, other.store, name="memory")
        assert other.user("alice").scan(EMAILS, dry_run=False).found == {"EMAIL": 1}
        assert not any("@" in message.text for message in other.user("alice").session("a").messages())


def test_what_others_write_meanwhile_is_not_undone(memory, monkeypatch):
    alice = memory.user("alice")
    rewrite, put = memory.store.rewrite, memory.store.put

    def slow(owner, session, entries, *, edition):
        monkeypatch.setattr(memory.store, "rewrite", rewrite, raising=False)
        memory.user("alice").scan(EMAILS, dry_run=False)
        return rewrite(owner, session, entries, edition=edition)

    monkeypatch.setattr(memory.store, "rewrite", slow, raising=False)
    alice.scan(EMAILS, dry_run=False)
    assert [message.text for message in alice.session("a").messages()] == ["I am <EMAIL_1>", "<EMAIL_1> and <EMAIL_2>", "no"]

    def late(owner, documents, **options):
        monkeypatch.setattr(memory.store, "put", put, raising=False)
        alice.documents("notes").put({"new": f"newer, {BERT}"})
        return put(owner, documents, **options)

    alice.documents("notes").put({"new": ANNA})
    monkeypatch.setattr(memory.store, "put", late, raising=False)
    alice.scan(EMAILS, dry_run=False)
    assert alice.documents("notes").get("new") == ["newer, <EMAIL_2>"]


def test_a_progress_is_told_up_to_the_whole(memory):
    told = []
    memory.scan(EMAILS, progress=lambda done, of: told.append((done, of)))
    assert told == sorted(told)
    assert told[-1] == (3000, 3000)


def test_whoever_is_under_a_legal_hold_is_passed_over(memory):
    memory.user("alice").hold("case 7")
    with pytest.raises(Held, match="case 7"):
        memory.user("alice").scan(EMAILS, dry_run=False)
    done = memory.scan(EMAILS, dry_run=False)
    assert (done.owners, done.held, done.found) == (2, 1, {"EMAIL": 2})
    assert memory.user("alice").session("a").messages()[0].text == f"I am {ANNA}"


def test_the_id_of_a_learned_fact_tells_no_more_what_it_said(memory):
    alice = memory.user("alice")
    alice.session("b").append(Message("user", f"My email is {ANNA}. I live in Porto.", "m9"))
    alice.learn()
    (fact,) = (fact for fact in alice.facts() if ANNA in fact.text and fact.attribute is not None)
    alice.recall(ANNA, k=1)
    right = alice.correct(fact, value=BERT)
    change = alice.merge([alice.remember("likes tea"), right])
    alice.undo(change.change)
    alice.scan(EMAILS, dry_run=False)
    past = alice.history(right)
    assert [one.value for one in past] == ["<EMAIL_1>", "<EMAIL_2>"]
    assert fact.id not in [one.id for one in past]
    assert past[1].replaces == past[0].id
    with Memory(memory.store, embedder=None, redact=EMAILS) as again:
        again.store.put(ALICE, [Document(STATE, one.key, None) for one in again.store.documents(ALICE, STATE)])
        assert again.user("alice").learn().found == 0


def test_what_cannot_be_read_is_counted_and_stops_nothing(memory):
    damaged = Entry(0, "m0", "user", 0, None, b"0" * 16, b" {")
    memory.store.append(ALICE, "a", [damaged])
    memory.store.put(ALICE, [Document("notes", "damaged", b" {"), Document("notes", "newer", b"\x02{}")])
    done = memory.scan(EMAILS, dry_run=False)
    assert (done.unread, done.found) == (3, {"EMAIL": 9})
    assert memory.store.entries(ALICE, "a")[-1].body == b" {"


def test_records_of_the_audit_are_no_messages(tmp_path):
    with Memory("memory://", embedder=None, audit=Audit(tmp_path / "audit.key")) as memory:
        memory.documents("notes").put({"mail": BERT})
        memory.session("a", user="alice").append(user="no")
        assert memory.scan(EMAILS).messages == 1
