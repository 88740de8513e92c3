"""A vector store is fed behind what is asked, has nothing that the ledger has not, and never makes a recall fail."""

import logging
import time
from datetime import timedelta
from typing import Any

import pytest

from recollect import AsyncMemory, Invalid, Memory, Message
from recollect.core import fed, guarded
from recollect.core.feeding import Feeding
from recollect.store.memory import MemoryStore
from recollect.testing import ManualClock

from .embedders import Knowing
from .vector_indexes import Kept

SAID = ["I was laid off last week.", "My puppy eats shoes.", "I prefer coffee.", "We moved to Rome.", "Nothing much today."]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "PAUSE", 0.0)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(clock=ManualClock())


@pytest.fixture
def kept() -> Kept:
    return Kept()


def fill(memory: Memory, count: int = 0, name: str = "alice") -> Any:
    user = memory.user(name)
    for number, text in enumerate(SAID):
        user.session(f"s{number}").append(user=text)
    if count:
        user.session("many").append(*(Message("user", f"Remark number {number} on nothing.") for number in range(count)))
    return user


def best(user: Any, query: str = "unemployment") -> str:
    return next((str(one.text) for one in user.recall(query, k=1)), "")


def until(condition: Any) -> None:
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def test_what_is_meant_is_found(kept: Kept) -> None:
    with Memory("memory://", vectors=kept) as memory:
        alice = fill(memory)
        assert kept.rows == {}, "appending asks no vector store"
        found = alice.recall("unemployment", k=2)
        assert found[0].text == SAID[0]
        assert found[0].why["dense"] > 0.4
        assert str(memory.embedder) == "words and kept"
        alice.remember("works in an office")
        assert "works in an office" in [one.text for one in alice.recall("unemployment", k=2)], "facts as well, at once"
        assert len(kept.rows) == len(SAID) + 1


async def test_the_awaited_face_finds_the_same(kept: Kept) -> None:
    async with AsyncMemory("memory://", vectors=kept) as memory:
        for number, text in enumerate(SAID):
            await memory.user("alice").session(f"s{number}").append(user=text)
        assert (await memory.user("alice").recall("unemployment", k=1))[0].text == SAID[0]
        await memory.user("alice").session("s0").delete()
        assert SAID[0] not in kept.texts
        await memory.user("alice").erase()
        assert kept.rows == {}


def test_many_messages_are_added_in_the_background(kept: Kept) -> None:
    kept.may_add.clear()
    with Memory("memory://", vectors=kept) as memory:
        alice = fill(memory, 200)
        assert best(alice, "coffee") == "I prefer coffee.", "by words, meanwhile"
        kept.may_add.set()
        until(lambda: not memory.embedder.waiting)
        assert len(kept.embedded) == len(kept.rows) == len(SAID) + 200
        assert best(alice) == SAID[0]


def test_the_memory_s_own_filters_hold(kept: Kept) -> None:
    with Memory("memory://", vectors=kept) as memory:
        alice = fill(memory)
        best(alice)
        assert {one.session for one in alice.recall("unemployment dog", sessions=["s1", "s2"])} <= {"s1", "s2"}
        assert alice.recall("unemployment", roles=["assistant"]) == []
        assert [one.text for one in alice.session("s0").recall("unemployment")] == [SAID[0]]
        assert alice.recall("unemployment", until=alice.session("s0").messages()[0].created) == []


def test_a_row_of_somebody_else_is_dropped_and_told(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    with Memory("memory://", vectors=kept) as memory:
        alice = fill(memory)
        bob = memory.user("bob")
        bob.session("s0").append(user="My office is in the city.")
        assert best(bob) == "My office is in the city."
        best(alice)
        kept.careless = True
        assert {one.text for one in alice.recall("unemployment office", k=20)} <= set(SAID)
        assert {one.text for one in bob.recall("unemployment laid off", k=20)} == {"My office is in the city."}
        assert "The vector store kept returned 5 rows of others" in caplog.text


@pytest.mark.parametrize("wrong", [7, "qdrant", Kept, object(), Knowing()])
def test_what_keeps_no_vectors_is_told_at_once(wrong: Any) -> None:
    for face in (Memory, AsyncMemory):
        with pytest.raises(Invalid, match=r"give a recollect\.adapters\.langchain\.VectorIndex"):
            face("memory://", vectors=wrong)
    with pytest.raises(Invalid, match="the vector store embeds by itself"):
        Memory("memory://", vectors=Kept(), embedder=Knowing())


def test_words_go_on_alone_while_the_vector_store_fails(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    with Memory("memory://", vectors=kept) as memory:
        alice = fill(memory)
        kept.fails = "no route"
        for _ in range(3):
            assert best(alice, "coffee") == "I prefer coffee."
        assert str(memory.embedder) == "words alone, kept is failing: ConnectionError: no route"
        assert memory.embedder.failures >= 3
        assert [one.message for one in caplog.records if one.levelno == logging.WARNING] == [
            "The vector store kept fails (ConnectionError: no route): recall goes by words alone meanwhile."
        ]
        kept.fails = ""
        until(lambda: best(alice) == SAID[0])
        until(lambda: len(kept.rows) == len(SAID))
        assert memory.embedder.state == "ready"


def test_a_slow_vector_store_is_waited_for_no_longer_than_the_limit(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Feeding.__init__, "__defaults__", (0.05,))
    with Memory("memory://", vectors=kept) as memory:
        alice = fill(memory)
        best(alice)
        kept.may_search.clear()
        began = time.monotonic()
        assert best(alice, "coffee") == "I prefer coffee."
        assert time.monotonic() - began < 1
        assert memory.embedder.reason == "no answer within 0.05 s"
        kept.may_search.set()


def test_a_message_that_the_vector_store_cannot_take_holds_up_no_others(kept: Kept) -> None:
    with Memory("memory://", vectors=kept) as memory:
        alice = memory.user("alice")
        alice.session("s").append(user="This is indigestible.")
        fill(memory, 20)
        until(lambda: best(alice) == SAID[0] and len(kept.rows) == len(SAID) + 20)
        until(lambda: best(alice) and not memory.embedder.waiting)
        failures = memory.embedder.failures
        assert best(alice, "indigestible") == "This is indigestible."
        assert memory.embedder.failures == failures, "it is left to its words"


@pytest.mark.parametrize("noted", [True, False], ids=["noted", "not noted"])
def test_nothing_is_embedded_twice_over_a_restart(store: MemoryStore, kept: Kept, noted: bool) -> None:
    with Memory(store, vectors=kept) as memory:
        alice = fill(memory, 100)
        best(alice)
        until(lambda: not memory.embedder.waiting)
    if not noted:  # a notice takes the note with it
        alice.session("s4").delete()
    before = len(kept.embedded)
    added: list[int] = []
    add = kept.add
    kept.add = lambda owner, rows: (added.append(len(rows)), add(owner, rows))[1]  # type: ignore[method-assign]
    with Memory(store, vectors=kept) as memory:
        alice = memory.user("alice")
        assert best(alice) == SAID[0] or not noted
        until(lambda: not memory.embedder.waiting)
        assert best(alice) == SAID[0]
    assert len(kept.embedded) == before
    assert (added == []) == noted
    assert len(kept.rows) == 105 - (not noted)


def test_a_vector_store_that_lost_what_it_had_is_fed_again(store: MemoryStore, kept: Kept) -> None:
    with Memory(store, vectors=kept) as memory:
        best(fill(memory, 100))
        until(lambda: not memory.embedder.waiting)
    with Memory(store, vectors=Kept()) as memory:
        best(memory.user("alice"))
        until(lambda: not memory.embedder.waiting)
        assert best(memory.user("alice")) == SAID[0]


@pytest.mark.parametrize("removal", ["clear", "delete", "erase", "forget"])
@pytest.mark.parametrize("asked", [True, False], ids=["asked about before", "not asked about"])
def test_what_this_process_removes_leaves_the_vector_store_at_once(store: MemoryStore, kept: Kept, removal: str, asked: bool) -> None:
    with Memory(store, vectors=kept) as memory:
        alice = fill(memory)
        fact = alice.remember("works in an office")
        best(alice)
        fill(memory, name="bob")
        best(memory.user("bob"))
        assert len(kept.rows) == 11
    with Memory(store, vectors=kept) as memory:
        alice = memory.user("alice")
        if asked:
            best(alice)
        if removal == "erase":
            alice.erase()
            assert kept.texts == sorted(SAID)
        elif removal == "forget":
            alice.forget(fact)
            assert "works in an office" not in kept.texts
        else:
            getattr(alice.session("s0"), removal)()
            assert kept.texts.count(SAID[0]) == 1
            assert len(kept.rows) == 10


@pytest.mark.parametrize("removal", ["delete", "expire", "erase", "erase and begin anew"])
@pytest.mark.parametrize("restarted", [True, False], ids=["restarted", "running"])
def test_what_another_process_removes_leaves_the_vector_store_at_the_next_question(store: Any, kept: Kept, removal: str, restarted: bool) -> None:
    memory = Memory(store, vectors=kept)
    alice = fill(memory)
    alice.session("s0").update(ttl=timedelta(seconds=1))
    best(alice)
    assert len(kept.rows) == 5
    others = Memory(store, embedder=None)
    if removal == "expire":
        store._clock.now += 2_000_000
        others.expire()
    elif removal == "delete":
        others.user("alice").session("s0").delete()
    else:
        others.user("alice").erase()
    if removal == "erase and begin anew":
        others.user("alice").readmit()
        others.user("alice").session("new").append(user="I like tea.")
    if restarted:
        memory.close()
        memory = Memory(store, vectors=kept)
    assert best(memory.user("alice")) != SAID[0]
    left = {"erase": [], "erase and begin anew": ["I like tea."]}.get(removal, sorted(SAID[1:]))
    until(lambda: kept.texts == left)
    memory.close()


def test_to_erase_once_more_removes_the_vectors_of_a_user_whom_another_process_erased(store: MemoryStore, kept: Kept) -> None:
    with Memory(store, vectors=kept) as memory:
        best(fill(memory, 1000))
        until(lambda: not memory.embedder.waiting)
    Memory(store, embedder=None).user("alice").erase()
    assert len(kept.rows) == 1005
    with Memory(store, vectors=kept) as memory:
        assert not memory.user("alice").erase()
        assert kept.rows == {}


def test_what_is_removed_while_it_is_being_added_is_removed_again(store: MemoryStore, kept: Kept) -> None:
    with Memory(store, vectors=kept) as memory:
        alice = fill(memory, 50)
        kept.may_add.clear()
        best(alice)
        kept.adding.wait(20)
        Memory(store, embedder=None).user("alice").session("s0").delete()
        kept.may_add.set()
        until(lambda: len(kept.rows) == 54)
        assert SAID[0] not in kept.texts


def test_an_erasure_that_cannot_reach_the_vectors_is_partial_and_goes_on_at_the_next_opening(store: MemoryStore, kept: Kept) -> None:
    with Memory(store, vectors=kept) as memory:
        alice = fill(memory)
        best(alice)
        kept.fails = "no route"
        receipt = alice.erase()
        assert [place.state for place in receipt.places if place.name == "vector store"] == ["partial"]
        assert "ConnectionError: no route" in receipt.left[0].what
        assert alice.sessions().items == []
    with Memory(store, vectors=kept):
        assert kept.rows, "still away"
    kept.fails = ""
    with Memory(store, vectors=kept) as memory:
        assert kept.rows == {}
        assert "partial" not in {place.state for place in memory.user("alice").erase().places}


def test_a_session_is_deleted_while_the_vectors_cannot_be_and_they_go_later(kept: Kept) -> None:
    with Memory("memory://", vectors=kept) as memory:
        alice = fill(memory)
        best(alice)
        kept.fails = "no route"
        assert alice.session("s0").delete()
        assert SAID[0] in kept.texts
        kept.fails = ""
        assert best(alice) != SAID[0]
        until(lambda: SAID[0] not in kept.texts)


def test_an_index_that_is_dropped_and_made_again_adds_nothing_twice(store: MemoryStore, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fed, "NEWS", 1)
    with Memory(store, vectors=kept, index_bytes=0) as memory:
        for name in ("alice", "bob"):
            fill(memory, 100, name)
        for _ in range(3):
            for name in ("alice", "bob"):
                best(memory.user(name))
        until(lambda: len(kept.rows) == 210)
        assert len(kept.embedded) == 210
        until(lambda: best(memory.user("alice")) == best(memory.user("bob")) == SAID[0])
