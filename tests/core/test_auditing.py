"""What the audit notes of what is done with a memory."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from threading import Barrier, Thread
from typing import Any

import pytest

from recollect import AsyncMemory, Documents, Memory, Message, Recall, Session, StoreError, String, User, Window, core
from recollect.core import audit as auditing
from recollect.errors import AuditFailed, Conflict, Invalid, NotFound
from recollect.memory.known import Known
from recollect.model import Entry, Owner
from recollect.privacy.audit import Audit, Record
from recollect.privacy.audit.actions import ACTIONS
from recollect.privacy.audit.place import CHAINS, ledger
from recollect.runtime import complete
from recollect.store import open_store
from recollect.transfer import export_file, import_file

KEY = b"k" * 32


@pytest.fixture
def memory() -> Iterator[Memory]:
    with Memory("memory://", audit=Audit(KEY, actor="app"), embedder=None) as memory:
        yield memory


def noted(memory: Memory) -> list[Record]:
    """Return what was noted of actions, but for the reading of the audit."""
    found = [record for record in memory.audit() if not record.registers and record.action != "audit"]
    return sorted(found, key=lambda record: (record.chain, record.number))


def last(memory: Memory) -> Record:
    return noted(memory)[-1]


def fill(memory: Memory) -> None:
    chat = memory.session("s", user="alice")
    chat.append(Message("user", "I live in Lisbon.", "m1"), Message("assistant", "Nice.", "m2"))
    memory.user("alice").remember(attribute="lives in", value="Lisbon")
    memory.documents("notes").put({"k": 1})


def fact(memory: Memory) -> Any:
    return Memory(memory.store, embedder=None).user("alice").facts()[0]


def retained(memory: Memory) -> Any:
    from recollect.privacy.retention import Retention

    return memory.retain(Retention([]))


def merged(memory: Memory) -> Any:
    return memory.user("alice").merge([memory.user("alice").remember("likes tea"), memory.user("alice").remember("likes green tea")])


SAMPLES: dict[tuple[type, str], tuple[str, Callable[[Memory, Path], object]]] = {
    (Memory, "users"): ("users", lambda m, _: m.users()),
    (Memory, "recent"): ("recent", lambda m, _: m.recent()),
    (Memory, "expire"): ("expire", lambda m, _: m.expire()),
    (Memory, "scan"): ("scan", lambda m, _: m.scan()),
    (Memory, "holds"): ("holds", lambda m, _: m.holds()),
    (Memory, "audit"): ("audit", lambda m, _: m.audit()),
    (Memory, "verify_audit"): ("verify", lambda m, _: m.verify_audit()),
    (User, "sessions"): ("sessions", lambda m, _: m.user("alice").sessions()),
    (User, "recall"): ("recall", lambda m, _: m.user("alice").recall("Lisbon")),
    (User, "erase"): ("erase", lambda m, _: m.user("alice").erase()),
    (User, "erased"): ("erased", lambda m, _: m.user("alice").erased()),
    (User, "classify"): ("classify", lambda m, _: m.user("alice").classify("trial")),
    (User, "classification"): ("classification", lambda m, _: m.user("alice").classification()),
    (Memory, "verify_receipt"): ("receipt", lambda m, _: m.verify_receipt(m.user("alice").erase())),
    (Memory, "retain"): ("retain", lambda m, _: retained(m)),
    (Session, "erase"): ("erase", lambda m, _: m.session("s").erase()),
    (Session, "erased"): ("erased", lambda m, _: m.session("s").erased()),
    (Session, "readmit"): ("readmit", lambda m, _: m.session("s").readmit()),
    (User, "readmit"): ("readmit", lambda m, _: m.user("alice").readmit()),
    (User, "export"): ("export", lambda m, folder: m.user("alice").export(folder / "alice.zip")),
    (User, "scan"): ("scan", lambda m, _: m.user("alice").scan()),
    (User, "hold"): ("hold", lambda m, _: m.user("alice").hold("case 7")),
    (User, "release"): ("release", lambda m, _: m.user("alice").release()),
    (User, "audit"): ("audit", lambda m, _: m.user("alice").audit()),
    (User, "audited_messages"): ("messages", lambda m, _: m.user("alice").audited_messages(m.user("alice").audit(action="append")[0])),
    (Session, "append"): ("append", lambda m, _: m.session("s", user="alice").append(user="hello")),
    (Session, "messages"): ("messages", lambda m, _: m.session("s", user="alice").messages()),
    (Session, "context"): ("context", lambda m, _: m.session("s", user="alice").context(Window(turns=1))),
    (Session, "recall"): ("recall", lambda m, _: m.session("s", user="alice").recall("Lisbon")),
    (Session, "info"): ("info", lambda m, _: m.session("s", user="alice").info()),
    (Session, "update"): ("update", lambda m, _: m.session("s", user="alice").update(title="t")),
    (Session, "clear"): ("clear", lambda m, _: m.session("s", user="alice").clear()),
    (Session, "delete"): ("delete", lambda m, _: m.session("s", user="alice").delete()),
    (Session, "fork"): ("fork", lambda m, _: m.session("s", user="alice").fork("t")),
    (Session, "hold"): ("hold", lambda m, _: m.session("s", user="alice").hold("case 7")),
    (Session, "release"): ("release", lambda m, _: m.session("s", user="alice").release()),
    (Known, "remember"): ("remember", lambda m, _: m.user("alice").remember("likes tea")),
    (Known, "facts"): ("facts", lambda m, _: m.user("alice").facts()),
    (Known, "correct"): ("correct", lambda m, _: m.user("alice").correct(fact(m), value="Porto")),
    (Known, "forget"): ("forget", lambda m, _: m.user("alice").forget(fact(m))),
    (Known, "history"): ("history", lambda m, _: m.user("alice").history(fact(m))),
    (Known, "graph"): ("graph", lambda m, _: m.user("alice").graph()),
    (Known, "forget_source"): ("forget_source", lambda m, _: m.user("alice").forget_source("s")),
    (Known, "learn"): ("learn", lambda m, _: m.user("alice").learn()),
    (Known, "prune"): ("prune", lambda m, _: m.user("alice").prune()),
    (Known, "restore"): ("restore", lambda m, _: m.user("alice").restore(fact(m))),
    (Known, "hygiene"): ("hygiene", lambda m, _: m.user("alice").hygiene()),
    (Known, "merge"): ("merge", lambda m, _: merged(m)),
    (Known, "undo"): ("undo", lambda m, _: m.user("alice").undo(merged(m).change)),
    (Documents, "get"): ("documents.get", lambda m, _: m.documents("notes").get("k")),
    (Documents, "put"): ("documents.put", lambda m, _: m.documents("notes").put({"k": 2})),
    (Documents, "remove"): ("documents.remove", lambda m, _: m.documents("notes").remove("k")),
    (Documents, "keys"): ("documents.keys", lambda m, _: m.documents("notes").keys()),
}
"""By method: the action that it is noted as, and a call of it."""

UNNOTED = {
    (Memory, "session"),  # handles do nothing
    (Memory, "user"),
    (Memory, "documents"),
    (User, "session"),
    (User, "documents"),
    (Memory, "acting"),
    (Memory, "close"),
    (Session, "redacted_stream"),  # it hands out what it is given, redacted
    (Memory, "learn_in_background"),  # what it learns is noted as learn
}


def public(face: type) -> set[tuple[type, str]]:
    return {(face, name) for name, value in vars(face).items() if not name.startswith("_") and inspect.isfunction(value)}


def test_every_public_method_is_noted_or_does_nothing() -> None:
    every = set().union(*map(public, (Memory, User, Known, Session, Documents)))
    assert every - SAMPLES.keys() - UNNOTED == set(), "tell here what is noted, or why nothing is"
    assert every >= UNNOTED


@pytest.mark.parametrize("method", SAMPLES, ids=lambda method: f"{method[0].__name__}.{method[1]}")
def test_a_method_is_noted_as_its_action(memory: Memory, method: tuple[type, str], tmp_path: Path) -> None:
    action, call = SAMPLES[method]
    fill(memory)
    before = len(noted(memory))
    call(memory, tmp_path)
    done = [record for record in memory.audit() if not record.registers][before:]
    assert (action, "ok") in {(record.action, record.result) for record in done}


@pytest.mark.parametrize("method", SAMPLES, ids=lambda method: f"{method[0].__name__}.{method[1]}")
def test_a_method_withholds_its_result_where_it_cannot_be_noted(memory: Memory, method: tuple[type, str], tmp_path: Path) -> None:
    fill(memory)
    memory._engine.audit.log._store = Refusing(memory.store)
    with pytest.raises(AuditFailed, match="the audit could not note"):
        SAMPLES[method][1](memory, tmp_path)


class Refusing:
    """A store whose audit takes no entry."""

    def __init__(self, store: Any, outcome: str = "failed", *, written: bool = False) -> None:
        self._store = store
        self._outcome = outcome
        self._written = written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def append(self, owner: Owner, session: str, entries: list[Entry], **options: Any) -> int:
        if self._written:
            self._store.append(owner, session, entries, **options)
        raise StoreError("no space is left", self._outcome)


def test_who_what_and_when_are_noted_and_no_content(memory: Memory) -> None:
    start = datetime.now(UTC)
    memory.session("secret-session", user="alice@example.com").append(Message("user", "My PIN is 1234.", "id-1234"))
    record = last(memory)
    assert (record.actor, record.action, record.result, record.counts) == ("app", "append", "ok", {"messages": 1})
    assert start <= datetime.fromtimestamp(record.at / 1e6, UTC) <= datetime.now(UTC)
    bodies = b"".join(item.body or b"" for item in memory.store.changes(ledger(""), 0, 1000) if isinstance(item, Entry))
    assert b"append" in bodies
    for word in (b"alice", b"secret-session", b"1234", b"PIN"):
        assert word not in bodies


def test_a_user_has_one_pseudonym_and_it_stays_when_the_user_is_erased(memory: Memory) -> None:
    memory.session("s", user="alice").append(user="hello")
    memory.session("s", user="bob").append(user="hello")
    memory.user("alice").erase()
    found = memory.user("alice").audit()
    assert [(record.action, record.result) for record in found] == [("append", "ok"), ("erase", "begun"), ("erase", "ok")]
    assert len({record.subject for record in noted(memory)}) == 2
    assert found[-1].begun == found[-2].number


def test_whoever_acts_is_noted_on_both_faces_with_the_purpose(memory: Memory) -> None:
    chat = memory.session("s", user="alice")

    async def others() -> None:
        async def one(actor: str) -> None:
            with memory.aio.acting(actor, purpose=f"for {actor}"):
                await asyncio.sleep(0)
                await memory.aio.session("s", user="alice").append(user=actor)

        await asyncio.gather(one("a"), one("b"))

    with memory.acting("agent-7", purpose="ticket 12"):
        chat.append(user="hello")
    asyncio.run(others())
    chat.append(user="bye")
    found = [(record.actor, record.purpose) for record in noted(memory)]
    assert found[0] == ("agent-7", "ticket 12")
    assert sorted(found[1:3]) == [("a", "for a"), ("b", "for b")]
    assert found[3] == ("app", "")


async def test_an_awaited_export_is_noted_as_its_callers(tmp_path: Path) -> None:
    async with AsyncMemory("memory://", audit=Audit(KEY), embedder=None) as memory:
        await memory.session("s", user="alice").append(user="hello")
        with memory.acting("officer"):
            await memory.user("alice").export(tmp_path / "alice.zip")
        assert {record.actor for record in await memory.user("alice").audit(action="export")} == {"officer"}


def test_which_messages_reached_a_model_is_told_by_their_ids(memory: Memory) -> None:
    chat, alice = memory.session("s", user="alice"), memory.user("alice")
    for number in range(6):
        chat.append(Message("user", f"question {number}", f"q{number}"), Message("assistant", f"answer {number}", f"a{number}"))
        memory.session("t", user="alice").append(user="in between")
    chat.context(Window(turns=2))
    record = last(memory)
    assert len(record.messages) == 1
    assert record.messages[0].count == 4
    assert not record.bound
    assert [message.id for message in alice.audited_messages(record)] == ["q4", "a4", "q5", "a5"]


def test_a_lead_and_what_follows_it_far_behind_are_two_runs(memory: Memory) -> None:
    chat = memory.session("s", user="alice")
    chat.append(Message("system", "Be kind.", "s0"))
    for number in range(30):
        chat.append(Message("user", f"question {number}", f"q{number}"), Message("assistant", f"answer {number}", f"a{number}"))
    chat.context(Window(turns=1))
    assert [run.count for run in last(memory).messages] == [1, 2]
    assert [message.id for message in memory.user("alice").audited_messages(last(memory))] == ["s0", "q29", "a29"]


def test_what_a_view_made_a_text_of_is_told_and_where_it_cannot_be_told_that_is_said(memory: Memory) -> None:
    class Length:
        page = 4

        def select(self, _lead: object, tail: list[Message], _whole: bool) -> int:
            return len(tail)

    chat = memory.session("s", user="alice")
    for number in range(6):
        chat.append(Message("user", f"question {number}", f"q{number}"), Message("assistant", f"answer {number}", f"a{number}"))
    chat.context(String(Window(turns=1)))
    record = last(memory)
    assert [message.id for message in memory.user("alice").audited_messages(record)] == ["q5", "a5"]
    assert not record.bound
    chat.context(Length())
    assert last(memory).bound
    assert last(memory).counts["messages"] >= 4


def test_what_was_recalled_for_a_context_is_noted_with_it(memory: Memory) -> None:
    memory.session("s", user="alice").append(Message("user", "My sister lives in Lisbon.", "m1"))
    memory.user("alice").remember("likes the sea near Lisbon")
    chat = memory.session("t", user="alice")
    chat.append(Message("user", "Where is Lisbon?", "m2"))
    chat.context(Recall(tokens=200))
    record = last(memory)
    assert record.action == "context"
    assert "m1" in {message.id for message in memory.user("alice").audited_messages(record)}
    assert len(record.facts) == 1


def test_messages_are_found_by_their_tags_where_a_copy_has_other_positions(memory: Memory) -> None:
    chat = memory.session("s", user="alice")
    chat.append(Message("user", "one", "m1"), Message("assistant", "two", "m2"))
    chat.context(Window(turns=1))
    record = last(memory)
    entries = memory.store.entries(Owner("", "user", "alice"), "s")
    memory.store.erase(Owner("", "user", "alice"))
    memory.store.append(Owner("", "user", "alice"), "s", entries)
    assert [message.id for message in memory.user("alice").audited_messages(record)] == ["m1", "m2"]


def test_what_is_removed_is_told_by_what_is_missing(memory: Memory) -> None:
    chat = memory.session("s", user="alice")
    chat.append(user="one")
    chat.context(Window(turns=1))
    record = last(memory)
    chat.delete()
    assert memory.user("alice").audited_messages(record) == []


def test_another_users_record_is_refused(memory: Memory) -> None:
    memory.session("s", user="alice").append(user="hello")
    with pytest.raises(Invalid, match="another user"):
        memory.user("bob").audited_messages(last(memory))
    with pytest.raises(Invalid, match="the record is a str"):
        memory.user("bob").audited_messages("append")  # type: ignore[arg-type]  # what a caller may do


def test_refusals_and_failures_are_noted_with_their_class(memory: Memory) -> None:
    chat = memory.session("s", user="alice")
    with pytest.raises(Conflict):
        chat.append(user="hello", expect=7)
    assert (last(memory).result, last(memory).error) == ("refused", "Conflict")
    with pytest.raises(NotFound):
        memory.user("alice").forget("no such fact")
    assert [(record.result, record.error) for record in noted(memory)[-2:]] == [("begun", ""), ("refused", "NotFound")]
    store = memory._engine.store
    memory._engine = memory._engine._replace(store=Refusing(store))
    with pytest.raises(StoreError):
        memory.session("s", user="alice").append(user="hello")
    assert (last(memory).result, last(memory).error) == ("failed", "StoreError")


def test_an_action_within_another_is_not_noted_twice(memory: Memory) -> None:
    memory.user("alice").graph()
    assert [record.action for record in noted(memory)] == ["graph"]


def test_reads_are_left_out_where_only_writes_are_asked_for() -> None:
    with Memory("memory://", audit=Audit(KEY, reads=False), embedder=None) as memory:
        memory.session("s", user="alice").append(user="hello")
        memory.session("s", user="alice").messages()
        memory.session("s", user="alice").delete()
        assert [record.action for record in noted(memory)] == ["append", "delete", "delete"]


def test_reads_that_may_wait_are_seen_by_whoever_reads_the_audit() -> None:
    with Memory("memory://", audit=Audit(KEY, delay=30), embedder=None) as memory:
        memory.session("s", user="alice").append(user="hello")
        memory.session("s", user="alice").messages()
        assert [record.action for record in memory.user("alice").audit()] == ["append", "messages"]


def test_records_are_found_by_user_actor_action_and_time(memory: Memory) -> None:
    memory.session("s", user="alice").append(user="hello")
    with memory.acting("agent"):
        memory.session("s", user="bob").messages()
    assert [record.action for record in memory.audit(user="bob")] == ["messages"]
    assert [record.action for record in memory.audit(actor="agent")] == ["messages"]
    assert len(memory.audit(action="append")) == 1
    assert memory.audit(since=datetime.now(UTC) + timedelta(hours=1)) == []
    assert memory.audit(until=datetime.now(UTC) - timedelta(hours=1)) == []
    with pytest.raises(Invalid, match="there is no action"):
        memory.audit(action="nothing")
    with pytest.raises(Invalid, match="the actor is a int"):
        memory.audit(actor=7)  # type: ignore[arg-type]  # what a caller may do


def test_a_record_in_doubt_is_written_once_with_the_next(memory: Memory) -> None:
    chat = memory.session("s", user="alice")
    chat.append(user="one")
    log, store = memory._engine.audit.log, memory.store
    for written in (True, False):
        log._store = Refusing(store, "unknown", written=written)
        with pytest.raises(AuditFailed) as caught:
            chat.append(user="two")
        assert caught.value.outcome == "unknown"
    log._store = store
    chat.append(user="three")
    assert [record.number for record in noted(memory)] == [1, 2, 3, 4]
    assert memory.verify_audit().sound


def test_a_record_that_surely_failed_is_not_written_later(memory: Memory) -> None:
    chat = memory.session("s", user="alice")
    chat.append(user="one")
    log, store = memory._engine.audit.log, memory.store
    log._store = Refusing(store)
    with pytest.raises(AuditFailed):
        chat.messages()
    log._store = store
    chat.append(user="two")
    assert [record.action for record in noted(memory)] == ["append", "append"]
    assert memory.verify_audit().sound


def test_threads_share_one_sound_chain(memory: Memory) -> None:
    barrier = Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        for turn in range(20):
            memory.session(f"s{number}", user="alice").append(user=str(turn))

    threads = [Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [record.number for record in noted(memory)] == list(range(1, 161))
    assert memory.verify_audit().sound


def test_memories_that_are_audited_at_once_do_not_disturb_each_other() -> None:
    store = open_store("memory://")
    memories = [Memory(store, audit=Audit(KEY), embedder=None) for _ in range(4)]
    for turn in range(5):
        for memory in memories:
            memory.session("s", user="alice").append(user=str(turn))
    for memory in memories[1:]:
        memory.close()
    found = memories[0].verify_audit()
    assert (found.sound, found.chains) == (True, 5)
    memories[0].close()


def test_another_key_is_told_and_a_former_one_is_believed(tmp_path: Path) -> None:
    store = open_store("memory://")
    with Memory(store, audit=Audit(KEY), embedder=None) as memory:
        memory.session("s", user="alice").append(user="one")
    with Memory(store, audit=Audit(b"x" * 32), embedder=None) as memory, pytest.raises(AuditFailed, match="another key"):
        memory.session("s", user="alice").append(user="two")
    with Memory(store, audit=Audit(b"x" * 32, former=[KEY]), embedder=None) as memory:
        memory.session("s", user="alice").append(user="three")
        assert memory.verify_audit().sound


def test_old_chains_are_cut_off_and_what_is_left_is_sound() -> None:
    store = open_store("memory://")
    for _ in range(3):
        with Memory(store, audit=Audit(KEY), embedder=None) as memory:
            memory.session("s", user="alice").append(user="one")
    with Memory(store, audit=Audit(KEY), embedder=None) as memory:
        memory.session("s", user="alice").append(user="two")
        later = datetime.now(UTC) + timedelta(days=1)
        assert complete(auditing.cut(memory._engine, "", later, dry_run=True)) == 3
        assert len(memory.audit(action="append")) == 4
        assert complete(auditing.cut(memory._engine, "", later)) == 3
        assert len(memory.audit(action="append")) == 1
        found = memory.verify_audit()
        assert (found.sound, found.cut) == (True, 3)
        chains = [state.name for state in store.sessions(ledger(""), limit=100) if state.name.startswith(CHAINS)]
        assert len(chains) == 2
        store.delete_session(ledger(""), next(name for name in chains if name != CHAINS + memory._engine.audit.log.chain))
        assert not memory.verify_audit().sound


def test_a_chain_that_was_tampered_with_is_kept_as_evidence() -> None:
    store = open_store("memory://")
    with Memory(store, audit=Audit(KEY), embedder=None) as memory:
        memory.session("s", user="alice").append(user="one")
        chain = memory._engine.audit.log.chain
    store.append(ledger(""), f"{CHAINS}{chain}", [Entry(0, "9", "audit", 1, None, b"0" * 16, b" {}")])
    with Memory(store, audit=Audit(KEY), embedder=None) as memory:
        assert complete(auditing.cut(memory._engine, "", datetime.now(UTC) + timedelta(days=1))) == 0


def test_imports_and_exports_are_noted_as_a_whole(memory: Memory, tmp_path: Path) -> None:
    fill(memory)
    export_file(memory, tmp_path / "all.jsonl")
    assert [(record.action, record.result, record.counts.get("messages")) for record in noted(memory)[-2:]] == [
        ("export", "begun", None),
        ("export", "ok", 2),
    ]
    with Memory("memory://", audit=Audit(KEY), embedder=None) as other:
        import_file(other, tmp_path / "all.jsonl")
        assert [(record.action, record.counts["messages"]) for record in noted(other)] == [("import", 2)]


def test_the_audit_is_in_no_listing_and_no_export(memory: Memory, tmp_path: Path) -> None:
    for number in range(5):
        memory.session(f"s{number}", user="alice").append(user="hello")
    assert {info.id for info in memory.recent(limit=5)} == {f"s{number}" for number in range(5)}
    export_file(memory, tmp_path / "all.jsonl")
    assert CHAINS not in (tmp_path / "all.jsonl").read_text()


def test_a_memory_without_its_audit_says_what_to_give() -> None:
    with Memory("memory://", embedder=None) as memory:
        with memory.acting("agent"):
            memory.session("s", user="alice").append(user="hello")
        for call in (memory.audit, memory.verify_audit, memory.user("alice").audit):
            with pytest.raises(Invalid, match="audit=Audit"):
                call()


def test_every_action_says_what_it_does() -> None:
    assert all(action.does for action in ACTIONS.values())
    assert {name for name, action in ACTIONS.items() if action.announced} >= {"erase", "delete", "export", "backup", "copy"}


def test_every_use_case_that_is_noted_has_an_action_that_is_listed() -> None:
    modules = [import_module(f"recollect.core.{module.name}") for module in iter_modules(core.__path__)]
    noted = {value.action for module in modules for value in vars(module).values() if inspect.isfunction(value) and hasattr(value, "action")}
    assert len(noted) > 30
    assert noted <= ACTIONS.keys()
    assert ACTIONS.keys() - noted == {"export", "import", "copy", "backup", "recover", "seal"}  # noted around what is no use case of core
