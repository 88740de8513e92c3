"""Recall goes by meaning beside words, and by words alone wherever an embedder has nothing to say."""

import asyncio
import logging
import threading
import time
from typing import Any

import pytest

from recollect import AsyncMemory, Invalid, Memory, Message
from recollect.core import guarded, meaning
from recollect.core.embedding import Embedding
from recollect.core.vault import saved_as
from recollect.model import Owner
from recollect.store.memory import MemoryStore

from .embedders import Gone, Knowing, Odd, Slow

SAID = ["I was laid off last week.", "My puppy eats shoes.", "I prefer coffee.", "We moved to Rome.", "Nothing much today."]


def fill(memory: Memory, count: int = 0) -> Any:
    user = memory.user("alice")
    for number, text in enumerate(SAID):
        user.session(f"s{number}").append(user=text)
    if count:
        user.session("many").append(*(Message("user", f"Remark number {number} on nothing.") for number in range(count)))
    return user


def best(user: Any, query: str = "unemployment") -> str:
    return next((str(one.text) for one in user.recall(query, k=1)), "")


def settled(memory: Memory) -> None:
    end = time.monotonic() + 20
    while memory.embedder.waiting and time.monotonic() < end:
        time.sleep(0.01)
    assert not memory.embedder.waiting


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "PAUSE", 0.0)


def test_what_is_meant_is_found() -> None:
    with Memory("memory://", embedder=Knowing()) as memory:
        alice = fill(memory)
        found = alice.recall("unemployment", k=2)
        assert found[0].text == SAID[0]
        assert found[0].why["dense"] > 0.4
        assert found[0].score == pytest.approx(sum(found[0].why.values()))
        assert str(memory.embedder) == "words and knowing"
        alice.session("late").append(user="The office was closed.")
        assert {one.text for one in alice.recall("unemployment", k=2)} == {SAID[0], "The office was closed."}, "what was said just now as well"


async def test_the_awaited_face_finds_the_same_and_never_embeds_on_the_loop() -> None:
    model = Knowing()
    where = []
    model.vector = lambda text, own=model.vector: (where.append(threading.current_thread()), own(text))[1]  # type: ignore[method-assign]
    async with AsyncMemory("memory://", embedder=model) as memory:
        for number, text in enumerate(SAID):
            await memory.user("alice").session(f"s{number}").append(user=text)
        assert (await memory.user("alice").recall("unemployment", k=1))[0].text == SAID[0]
        assert memory.embedder.state == memory.sync.embedder.state == "ready"
    assert where
    assert threading.main_thread() not in where


def test_appending_asks_no_embedder() -> None:
    model = Knowing()
    with Memory("memory://", embedder=model) as memory:
        fill(memory, 50)
        assert model.texts == model.queries == []
        assert {thread.name for thread in threading.enumerate() if "embedd" in thread.name} == set()


def test_many_messages_get_their_vectors_behind_the_answer_and_each_once() -> None:
    model = Knowing()
    with Memory("memory://", embedder=model) as memory:
        alice = fill(memory, 500)
        assert best(alice, "laid off") == SAID[0]
        settled(memory)
        assert best(alice) == SAID[0]
        assert len(model.texts) == len(set(model.texts)) == 505


def test_names_of_speakers_are_not_embedded() -> None:
    model = Knowing()
    with Memory("memory://", embedder=model) as memory:
        memory.user("alice").session("s").append(Message("user", "Hi", name="Ann"), Message("user", "My dog is ill.", name="Bob"))
        memory.user("alice").recall("What pet has Bob?")
        assert model.queries == ["What pet has"]


def test_long_messages_are_embedded_in_pieces() -> None:
    with Memory("memory://", embedder=Knowing()) as memory:
        long = "This says nothing at all, but at length. " * 30
        memory.user("alice").session("a").append(user=f"{long}I was laid off. {long}")
        memory.user("alice").session("b").append(user=long)
        assert "laid off" in best(memory.user("alice"))


@pytest.mark.parametrize(
    "change",
    [
        lambda vector: [float("nan")] * len(vector),
        lambda vector: [0.0] * len(vector),
        lambda vector: vector[:-1],
        lambda vector: [*vector, 1.0],
        lambda _: [],
        lambda _: None,
        lambda _: "vector",
    ],
    ids=["nan", "zero", "short", "long", "empty", "none", "text"],
)
def test_a_message_that_gets_no_vector_is_left_to_its_words_and_holds_up_no_other(change: Any) -> None:
    with Memory("memory://", embedder=Odd(change)) as memory:
        alice = fill(memory)
        alice.session("odd").append(user="An odd thing about zebras.")
        alice.session("later").append(user="The office was closed.")
        assert best(alice, "zebras") == "An odd thing about zebras."
        settled(memory)
        assert {one.text for one in alice.recall("unemployment", k=2)} == {SAID[0], "The office was closed."}
        assert best(alice, "an odd query on zebras") == "An odd thing about zebras."


def test_an_embedder_that_fails_degrades_to_words_warns_once_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    model = Gone()
    with Memory("memory://", embedder=model) as memory, caplog.at_level(logging.WARNING):
        alice = fill(memory, 20)
        for _ in range(3):
            assert best(alice, "coffee") == SAID[2]
        end = time.monotonic() + 20
        while memory.embedder.state == "ready" and time.monotonic() < end:
            time.sleep(0.01)
        status = memory.embedder
        assert (status.state, status.name, status.waiting) == ("failing", "knowing", 25)
        assert str(status) == "words alone, knowing is failing: ConnectionError: no route"
        assert len(caplog.records) == 1
        assert "recall goes by words alone meanwhile" in caplog.text
        model.gone = False
        best(alice)
        settled(memory)
        assert best(alice) == SAID[0]
        assert memory.embedder.state == "ready"


def test_how_it_failed_is_told_without_keys_and_passwords(caplog: pytest.LogCaptureFixture) -> None:
    class Refusing(Knowing):
        def embed_documents(self, texts: list[str]) -> Any:
            raise ValueError("401 of https://me:pa55@host.example/v1?key=abc&model=m for sk-proj-abcdefghijkl0123456789: wrong key\nTraceback")

    with Memory("memory://", embedder=Refusing()) as memory:
        fill(memory).recall("x")
        assert memory.embedder.reason == "ValueError: 401 of https://…@host.example/v1?…&… for …: wrong key"
        assert "pa55" not in caplog.text


def test_a_slow_embedder_is_waited_for_no_longer_than_the_limit(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "LIMIT", 0.05)
    monkeypatch.setattr(guarded, "PAUSE", 60.0)
    monkeypatch.setattr(Embedding.__init__, "__defaults__", (0.05,))
    model = Slow()
    with Memory("memory://", embedder=model) as memory, caplog.at_level(logging.WARNING):
        alice = fill(memory)
        assert best(alice, "coffee") == SAID[2]
        began = time.perf_counter()
        assert best(alice, "coffee") == SAID[2]
        assert time.perf_counter() - began < 0.05, "it is left alone for a while"
        assert memory.embedder.reason == "no answer within 0.05 s"
        model.go_on.set()
    assert len(caplog.records) == 1


@pytest.mark.parametrize("removal", ["delete", "clear", "erase"])
def test_what_is_removed_has_no_vector_any_more(removal: str) -> None:
    store = MemoryStore()
    with Memory(store, embedder=Knowing()) as memory, Memory(store, embedder=None) as other:
        alice = fill(memory)
        assert best(alice) == SAID[0]
        gone = other.user("alice") if removal == "erase" else other.user("alice").session("s0")
        getattr(gone, removal)()
        assert SAID[0] not in [one.text for one in alice.recall("unemployment")]
        held = memory._engine.indexes._held[Owner("", "user", "alice")]
        assert held.meaning._vectors is None or len(held.meaning._vectors) == (0 if removal == "erase" else 4)


def test_vectors_are_saved_and_are_not_made_twice() -> None:
    store, model = MemoryStore(), Knowing()
    with Memory(store, embedder=model) as memory:
        alice = fill(memory, 300)
        alice.recall("x")
        settled(memory)
    again = Knowing()
    with Memory(store, embedder=again) as memory:
        assert best(memory.user("alice")) == SAID[0]
        settled(memory)
        memory.user("alice").session("new").append(user="The office was closed.")
        memory.user("alice").recall("x")
        assert again.texts == ["The office was closed."]


def test_another_model_s_vectors_are_its_own() -> None:
    store, old, new = MemoryStore(), Knowing("old"), Knowing("new")
    new.vector = lambda text, own=new.vector: [*own(text), 0.5]  # type: ignore[method-assign]
    for model in (old, new):
        with Memory(store, embedder=model) as memory:
            alice = fill(memory) if model is old else memory.user("alice")
            if model is old:
                alice.session("many").append(*(Message("user", f"Remark {number}") for number in range(300)))
            alice.recall("x")
            settled(memory)
            assert best(alice) == SAID[0]
    for name in ("old", "new"):
        model = old if name == "old" else new
        model.texts = []
        with Memory(store, embedder=model) as memory:
            memory.user("alice").recall("tea")
            settled(memory)
            assert model.texts == [], "both models' vectors are kept"


def test_the_model_before_serves_until_the_next_one_has_made_its_vectors() -> None:
    store, old, new = MemoryStore(), Knowing("old"), Gone("new")
    new.vector = lambda text, own=new.vector: [*own(text), 0.5]  # type: ignore[method-assign]
    with Memory(store, embedder=old) as memory:
        fill(memory, 300).recall("x")
        settled(memory)
    with Memory(store, embedder=[new, old]) as memory:
        alice = memory.user("alice")
        old.texts = []
        assert best(alice) == SAID[0]
        new.gone = False
        while memory.embedder.waiting:
            best(alice)
        old.queries = []
        assert best(alice) == SAID[0]
        assert (old.texts, old.queries) == ([], [])
        assert len(new.texts) == 305
    with pytest.raises(Invalid, match="the list of embedders is empty"):
        Memory(store, embedder=[])


def test_an_embedder_that_changed_under_its_name_is_begun_anew() -> None:
    store, model = MemoryStore(), Knowing()
    with Memory(store, embedder=model) as memory:
        fill(memory, 300).recall("x")
        settled(memory)
    model.vector = lambda text, own=model.vector: [*own(text), 0.5]  # type: ignore[method-assign]
    with Memory(store, embedder=model) as memory:
        best(memory.user("alice"))
        best(memory.user("alice"))
        settled(memory)
        assert best(memory.user("alice")) == SAID[0]
        assert memory.embedder.state == "ready"


def test_damaged_vectors_are_made_anew() -> None:
    store = MemoryStore()
    with Memory(store, embedder=Knowing()) as memory:
        alice = fill(memory, 300)
        alice.recall("x")
        settled(memory)
    owner = Owner("", "user", "alice")
    saved = store.saved(owner, saved_as("knowing"))
    assert saved is not None
    assert store.save(owner, saved_as("knowing"), saved.position, [b"x"])
    model = Knowing()
    with Memory(store, embedder=model) as memory:
        memory.user("alice").recall("x")
        settled(memory)
        assert best(memory.user("alice")) == SAID[0]
        assert len(model.texts) == 305


def test_many_threads_ask_at_once() -> None:
    with Memory("memory://", embedder=Knowing()) as memory:
        alice = fill(memory, 200)
        found: list[str] = []
        threads = [threading.Thread(target=lambda: found.append(best(alice, "laid off"))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [SAID[0]] * 8
        settled(memory)


def test_facts_have_vectors_too() -> None:
    with Memory("memory://", embedder=Knowing()) as memory:
        alice = memory.user("alice")
        alice.remember("is afraid of every cat")
        alice.session("s").append(user="Good morning.")
        assert best(alice, "which pet") == "is afraid of every cat"


def test_a_text_is_read_of_the_ledger_when_its_turn_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "BATCH", 3)
    model = Knowing()
    with Memory("memory://", embedder=model) as memory:
        alice = fill(memory, 20)
        alice.remember("has a puppy")
        alice.recall("x")
        settled(memory)
        assert len(model.texts) == 26
        assert best(alice, "pet") in {"has a puppy", SAID[1]}


def test_closing_ends_the_threads_and_a_memory_goes_on_by_words() -> None:
    before = set(threading.enumerate())
    memory = Memory(MemoryStore(), embedder=Knowing())
    alice = fill(memory, 2000)
    alice.recall("x")
    memory.close()
    assert set(threading.enumerate()) == before
    assert best(alice, "coffee") == SAID[2]


def test_none_is_none_and_nothing_installed_is_told() -> None:
    with Memory("memory://", embedder=None) as memory:
        fill(memory).recall("x")
        assert (memory.embedder.state, str(memory.embedder)) == ("off", "words alone: no embedder was given")
    with Memory("memory://") as memory:
        fill(memory).recall("x")
        assert (memory.embedder.state, memory.embedder.waiting) == ("none", 0)
        assert memory.embedder.reason.endswith("recollect model install minilm")
        assert asyncio.run(async_state(memory)) == "none"


async def async_state(memory: Memory) -> str:
    return memory.aio.embedder.state
