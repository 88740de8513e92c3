"""What was rewritten is neither shown nor found as it was, whoever rewrote it and whoever reads it."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest

from places import PLACES, url_of
from recollect import Buffer, Memory, Message, Window
from recollect.core import fed, guarded, held
from recollect.core.meaning import Meaning
from recollect.core.tails import CacheStats
from recollect.core.texts import passages_at
from recollect.model import Document, Entry, Owner, Saved
from recollect.recall.pieces import LONG
from recollect.store.memory import MemoryStore
from recollect.testing import ManualClock

from .embedders import Gone, Knowing
from .rewriting import ALICE, say_else
from .vector_indexes import Kept

SECRET, OPEN = "The code is 4711, said the dog.", "The code is [code], said the cat in the office."


def redact(text: str) -> str:
    return text.replace(SECRET, OPEN)


def texts(messages: Any) -> list[str]:
    return [message.text for message in messages]


def found(user: Any, query: str) -> list[str]:
    return [str(one.text) for one in user.recall(query, k=3)]


def until(condition: Any) -> None:
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(clock=ManualClock())


@pytest.mark.parametrize("kind", PLACES)
def test_what_one_memory_rewrote_another_neither_shows_nor_finds(kind: str, tmp_path: Path) -> None:
    url = url_of(kind, tmp_path)
    with Memory(url) as ours, Memory(ours.store if kind == "memory" else url) as theirs:
        alice = ours.user("alice")
        chat = alice.session("s")
        chat.append(Message("system", "Be kind."), Message("user", SECRET, metadata={"n": 1}), Message("user", SECRET), Message("user", "Thanks."))
        assert texts(chat.context(Window(turns=5))).count(SECRET) == 2
        assert found(alice, "code 4711")[0] == SECRET
        say_else(theirs.store, "s", redact)
        assert texts(chat.context(Window(turns=5))) == ["Be kind.", OPEN, OPEN, "Thanks."]
        assert texts(chat.messages()) == ["Be kind.", OPEN, OPEN, "Thanks."]
        assert SECRET not in found(alice, "code 4711")
        assert found(alice, "cat in an office")[0] == OPEN
        assert len(ours._engine.indexes._held[ALICE].index) == 4
        assert found(alice, "4711 dog") == [], "no word of it is left"


def test_a_tail_of_another_edition_is_read_anew_once(store: MemoryStore) -> None:
    ours, theirs = Memory(store), Memory(store)
    chat = ours.user("alice").session("s")
    chat.append(*(Message("user", f"{number}") for number in range(9)), Message("user", SECRET))
    for _ in range(3):
        chat.context(Window(turns=3))
    assert ours.cache == CacheStats(2, 1, 0, 1, ours.cache.bytes)
    say_else(theirs.store, "s", redact)
    for _ in range(3):
        assert texts(chat.context(Window(turns=3))) == ["7", "8", OPEN]
    assert ours.cache == CacheStats(4, 2, 0, 1, ours.cache.bytes)
    theirs.user("alice").session("s").append(user="later")
    assert texts(chat.context(Window(turns=2))) == [OPEN, "later"]
    assert ours.cache.hits == 5, "what came behind the rewrite is of the same edition"


def test_a_system_message_in_front_is_never_shown_as_it_was(store: MemoryStore) -> None:
    chat = Memory(store).user("alice").session("s")
    chat.append(Message("system", SECRET), *(Message("user", f"{number}") for number in range(40)))
    assert texts(chat.context(Window(turns=2))) == [SECRET, "38", "39"]
    say_else(store, "s", redact)
    assert texts(chat.context(Window(turns=2))) == [OPEN, "38", "39"]


def test_a_memory_that_appends_behind_a_rewrite_does_not_keep_what_was_before(store: MemoryStore) -> None:
    chat = Memory(store).user("alice").session("s")
    chat.append(user=SECRET)
    for number in range(3):
        chat.context(Window(turns=5))
        say_else(store, "s", lambda text: redact(text) + "!")
        chat.append(user=f"{number}")
        assert SECRET not in texts(chat.context(Window(turns=5)))
    assert texts(chat.context(Buffer())) == texts(chat.messages())


def test_a_rewrite_between_two_pages_of_a_long_reading_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(MemoryStore):
        """Rewrites behind the first page."""

        pages = 0

        def changes(self, owner: Owner, after: int, limit: int) -> list[Entry | Document]:
            items = super().changes(owner, after, limit)
            self.pages += 1
            if self.pages == 2:
                say_else(self, "s", redact)
            return items

    store = Interrupted()
    alice = Memory(store).user("alice")
    alice.session("s").append(*(Message("user", SECRET) for _ in range(5)))
    alice.session("t").append(*(Message("user", f"{number}") for number in range(9)))
    say_else(store, "t", lambda text: text + "!")
    monkeypatch.setattr(held, "PAGE", 4)
    monkeypatch.setattr(held, "LARGE", 4)
    assert found(alice, "4711 dog") == []
    assert found(alice, "cat in an office") == [OPEN]


def test_a_new_process_reads_no_session_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting(MemoryStore):
        reads = 0

        def entries(self, *place: Any, **choice: Any) -> list[Entry]:
            self.reads += 1
            return super().entries(*place, **choice)

    store = Counting()
    alice = Memory(store).user("alice")
    for number in range(9):
        alice.session(f"s{number}").append(user=f"Remark {number}", assistant=SECRET)
        say_else(store, f"s{number}", redact)
    monkeypatch.setattr(held, "PAGE", 4)
    store.reads = 0
    assert found(Memory(store).user("alice"), "cat in an office")[0] == OPEN
    assert store.reads == 0


def test_an_index_that_followed_finds_what_a_new_one_finds(store: MemoryStore) -> None:
    words = ["order", "late", "refund", "lisbon", "tea", "office", "dog", "when", "why", "I", "we", "you", "prefer", "?", "never", "Monday"]
    random = Random(7)
    ours = Memory(store, embedder=None).user("alice")

    def said() -> str:
        return " ".join(random.choices(words, k=random.randrange(1, 12)))

    for round_ in range(6):
        for number in range(4):
            ours.session(f"s{number}").append(*(Message(random.choice(["user", "assistant"]), said()) for _ in range(random.randrange(1, 9))))
        ours.remember(said())
        found(ours, "late order")
        say_else(store, f"s{round_ % 4}", lambda text: text if random.random() < 0.5 else said())
    cold = Memory(store, embedder=None).user("alice")
    for query in ("late order", "why is the dog in lisbon?", "tea", "what do I prefer on Monday", "refund office never"):
        hits = [[(one.text, one.session, one.score) for one in user.recall(query, k=20)] for user in (ours, cold)]
        assert [hit[:2] for hit in hits[0]] == [hit[:2] for hit in hits[1]]
        assert [hit[2] for hit in hits[0]] == pytest.approx([hit[2] for hit in hits[1]])


def test_what_was_rewritten_and_is_over_is_no_longer_in_the_index(store: Any) -> None:
    memory = Memory(store)
    alice = memory.user("alice")
    alice.session("s").update(ttl=timedelta(seconds=1))
    alice.session("s").append(user=SECRET)
    assert found(alice, "code 4711") == [SECRET]
    say_else(store, "s", redact)
    store._clock.now += 2_000_000
    assert found(alice, "code 4711") == []
    assert len(memory._engine.indexes._held[ALICE].index) == 0


def test_a_saved_index_goes_and_the_next_one_holds_nothing_of_before(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recollect.core.indexes.LEAST", 1)
    with Memory(store, embedder=Knowing()) as memory:
        alice = memory.user("alice")
        alice.session("s").append(*(Message("user", f"{number}: {SECRET}") for number in range(20)))
        found(alice, "a dog")
        until(lambda: not memory.embedder.waiting)
    assert isinstance(store.saved(ALICE, "recall"), Saved)
    say_else(store, "s", redact)
    assert not store._saved.get(ALICE)
    with Memory(store, embedder=Knowing()) as memory:
        alice = memory.user("alice")
        found(alice, "a cat")
        until(lambda: not memory.embedder.waiting)
        assert found(alice, "4711") == [] or SECRET not in found(alice, "4711")[0]
    assert isinstance(store.saved(ALICE, "recall"), Saved)


def test_a_running_memory_saves_again_what_the_store_has_dropped(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recollect.core.indexes.LEAST", 15)
    with Memory(store) as memory:
        alice = memory.user("alice")
        alice.session("s").append(*(Message("user", f"{number}: {SECRET}") for number in range(20)))
        found(alice, "a dog")
        held_ = memory._engine.indexes._held[ALICE]
        held_.save()
        say_else(store, "s", redact)
        found(alice, "a cat")
    assert isinstance(store.saved(ALICE, "recall"), Saved)


def test_facts_stay_with_messages_that_say_something_else(store: MemoryStore) -> None:
    alice = Memory(store).user("alice")
    alice.session("s").append(user=f"My sister lives in Lisbon. {SECRET}")
    alice.learn()
    before = [fact.text for fact in alice.facts()]
    assert before
    say_else(store, "s", redact)
    assert [fact.text for fact in alice.facts()] == before
    assert f"My sister lives in Lisbon. {OPEN}" in found(alice, "cat in the office")


# vectors


def vectors_of(memory: Memory) -> bytes:
    meaning = memory._engine.indexes._held[ALICE].meaning
    assert isinstance(meaning, Meaning)
    assert meaning._vectors is not None
    return meaning._vectors.dump()


def vectors_made_anew(store: MemoryStore) -> bytes:
    store._saved.clear()
    with Memory(store, embedder=Knowing()) as memory:
        found(memory.user("alice"), "anything")
        until(lambda: not memory.embedder.waiting)
        return vectors_of(memory)


def test_a_vector_of_what_was_said_before_goes_at_once() -> None:
    store, model = MemoryStore(), Knowing()
    with Memory(store, embedder=model) as memory:
        alice = memory.user("alice")
        alice.session("s").append(user="My puppy eats shoes.", assistant="Nothing much.")
        alice.session("t").append(user="I like tea.")
        assert found(alice, "a pet")[0] == "My puppy eats shoes."
        say_else(store, "s", lambda text: text.replace("puppy eats shoes", "thing is red"))
        found(alice, "a pet")
        assert vectors_of(memory) == vectors_made_anew(store)
        assert model.texts.count("I like tea.") == 1, "other sessions keep their vectors"
        assert model.texts.count("My thing is red.") == 1


def test_a_vector_of_what_was_said_before_goes_also_where_there_can_be_no_new_one(store: MemoryStore) -> None:
    model = Gone()
    model.gone = False
    with Memory(store, embedder=model) as memory:
        alice = memory.user("alice")
        alice.session("s").append(user="My puppy eats shoes.")
        alice.session("t").append(user="I like tea.")
        found(alice, "a pet")
        model.gone = True
        last = say_else(store, "s", lambda _: "Nothing.")
        found(alice, "a pet")
        meaning = memory._engine.indexes._held[ALICE].meaning
        assert isinstance(meaning, Meaning)
        assert meaning._vectors is not None
        assert meaning._vectors.positions == [2] != [last]


def test_what_was_being_embedded_while_it_was_rewritten_gets_no_vector_of_before() -> None:
    class Gated(Knowing):
        """Embeds when it may."""

        begun, may = Event(), Event()

        def embed_documents(self, given: list[str]) -> list[list[float]]:
            self.begun.set()
            self.may.wait(20)
            return super().embed_documents(given)

    store, model = MemoryStore(), Gated()
    with Memory(store, embedder=model) as memory:
        alice = memory.user("alice")
        alice.session("s").append(*(Message("user", "My dog, my cat.") for _ in range(12)))
        found(alice, "pets")
        assert model.begun.wait(20)
        say_else(store, "s", lambda _: "I like tea.")
        found(alice, "pets")
        model.may.set()
        until(lambda: not memory.embedder.waiting)
        assert vectors_of(memory) == vectors_made_anew(store)


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(guarded, "PAUSE", 0.0)
    return


@pytest.mark.usefixtures("no_pause")
@pytest.mark.parametrize("restarted", [True, False], ids=["restarted", "running"])
@pytest.mark.parametrize("left", ["I like tea.", "", "I like tea. " * 60], ids=["shorter", "nothing", "longer"])
def test_a_vector_store_has_nothing_of_what_was_said_before(store: MemoryStore, restarted: bool, left: str) -> None:
    kept = Kept()
    memory = Memory(store, vectors=kept)
    alice = memory.user("alice")
    alice.session("s").append(user="My puppy eats shoes. " * (LONG // 8))
    alice.session("t").append(user="We moved to Rome.")
    found(alice, "pets")
    until(lambda: len(kept.rows) == 2)
    say_else(Memory(store, embedder=None).store, "s", lambda _: left)
    if restarted:
        memory.close()
        memory = Memory(store, vectors=kept)
    found(memory.user("alice"), "pets")
    until(lambda: not any("puppy" in text for text in kept.texts))
    until(lambda: (" ".join(kept.texts)).count("tea") == left.count("tea"))
    assert "We moved to Rome." in kept.texts
    memory.close()


@pytest.mark.usefixtures("no_pause")
def test_what_was_being_added_while_it_was_rewritten_is_removed_again(store: MemoryStore) -> None:
    kept = Kept()
    with Memory(store, vectors=kept) as memory:
        alice = memory.user("alice")
        alice.session("s").append(*(Message("user", f"My dog, {number}.") for number in range(50)))
        kept.may_add.clear()
        found(alice, "pets")
        assert kept.adding.wait(20)
        say_else(store, "s", lambda text: text.replace("dog", "tea"))
        kept.may_add.set()
        until(lambda: len(kept.rows) == 50 and not memory.embedder.waiting)
        until(lambda: not any("dog" in text for text in kept.texts))


@pytest.mark.usefixtures("no_pause")
def test_what_was_read_again_behind_its_adding_and_then_rewritten_is_removed_again(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    with Memory(store, vectors=kept) as memory:
        alice = memory.user("alice")
        alice.session("s").append(user="My dog.")
        once = iter([None])

        def read_and_rewrite(*place: Any) -> Any:
            passages = passages_at(*place)
            for _ in once if kept.rows else ():
                say_else(store, "s", lambda _: "My tea.")
                memory._engine.indexes._held[ALICE].catch_up()
            return passages

        monkeypatch.setattr(fed, "passages_at", read_and_rewrite)
        found(alice, "pets")
        found(alice, "pets")
        until(lambda: kept.texts == ["My tea."])


@pytest.mark.usefixtures("no_pause")
def test_while_a_vector_store_cannot_remove_what_was_said_words_go_on_and_it_goes_later(store: MemoryStore) -> None:
    kept = Kept()
    with Memory(store, vectors=kept) as memory:
        alice = memory.user("alice")
        alice.session("s").append(user=SECRET)
        assert found(alice, "a dog") == [SECRET]
        kept.fails = "no route"
        say_else(store, "s", redact)
        assert found(alice, "cat in an office") == [OPEN]
        kept.fails = ""
        found(alice, "cat in an office")
        until(lambda: kept.texts == [OPEN])
