"""What rests on expired sessions alone goes with them, whether or not anybody reads their users again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from conformance.kinds import KINDS
from recollect import AsyncMemory, Damaged, Memory, Message, Source, StoreError
from recollect.model import Owner
from recollect.store.memory import MemoryStore
from recollect.testing import ManualClock

from .vector_indexes import Kept

ALICE, BOB = Owner("", "user", "alice"), Owner("", "user", "bob")
DAY = 24 * 3600 * 1_000_000


@pytest.fixture(params=KINDS)
def clock_and_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[ManualClock, Any]]:
    clock = ManualClock()
    store = KINDS[request.param].open(tmp_path, clock)
    yield clock, store
    store.close()


def said(user: Any, session: str, text: str, ttl: timedelta | None = timedelta(days=1)) -> Source:
    """Append a message to a session that has a time to live, and return it as a source."""
    message = Message("user", text)
    position = user.session(session).append(message)
    user.session(session).update(ttl=ttl)
    return Source(session, message.id, position)


def facts(store: Any, owner: Owner) -> list[str]:
    """Return the ids of the facts that are in a store, hidden or not."""
    return [document.key for document in store.documents(owner, "recollect.facts")]


def test_facts_go_with_the_expired_sessions_that_they_rest_on_alone(clock_and_store: Any) -> None:
    clock, store = clock_and_store
    memory = Memory(store)
    alice, bob = memory.user("alice"), memory.user("bob")
    dog = said(alice, "pets", "I have a dog")
    alice.remember("has a dog", sources=[dog])
    both = alice.remember("has pets", sources=[dog, said(alice, "more", "I have a cat", None)])
    bob.remember("has a cat", sources=[said(bob, "pets", "I have a cat")])
    said(bob, "other", "Hello")
    clock.now += DAY
    assert Memory(store).expire() == 3
    assert (facts(store, ALICE), facts(store, BOB)) == ([both.id], [])
    assert Memory(store).expire() == 0


@pytest.mark.parametrize("kind", ["sqlite", "files"])
def test_no_byte_of_them_is_left_on_the_disk(tmp_path: Path, kind: str) -> None:
    clock = ManualClock()
    store = KINDS[kind].open(tmp_path, clock)
    alice = Memory(store).user("alice")
    alice.remember("keeps a capybara", sources=[said(alice, "pets", "My capybara swims.")])
    said(alice, "other", "Hello", None)

    def on_disk() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    assert on_disk().count(b"capybara") >= 2
    clock.now += DAY
    Memory(store).expire()
    assert b"capybara" not in on_disk()
    assert b"Hello" in on_disk()
    store.close()


def test_their_vectors_leave_the_vector_store() -> None:
    clock, kept = ManualClock(), Kept()
    store = MemoryStore(clock=clock)
    with Memory(store, vectors=kept) as memory:
        alice = memory.user("alice")
        alice.remember("has a dog", sources=[said(alice, "pets", "My puppy eats shoes.")])
        said(alice, "other", "I prefer coffee.", None)
        alice.recall("dog")
        assert len(kept.texts) == 3
    clock.now += DAY
    with Memory(store, vectors=kept) as memory:
        assert memory.expire() == 1
        assert kept.texts == ["I prefer coffee."]


def test_the_indexes_that_are_read_for_it_are_bounded_in_bytes() -> None:
    clock, kept = ManualClock(), Kept()
    store = MemoryStore(clock=clock)
    for number in range(20):
        user = Memory(store).user(f"u{number}")
        said(user, "pets", "My puppy eats shoes.")
        said(user, "other", "I prefer coffee. " * 100, None)
    clock.now += DAY
    with Memory(store, vectors=kept, index_bytes=10_000) as memory:
        assert memory.expire() == 20
        assert not memory._engine.indexes._held, "each is larger"


async def test_what_a_failure_left_is_removed_when_the_call_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    store = MemoryStore(clock=clock)
    for name in ("alice", "bob"):
        user = Memory(store).user(name)
        user.remember("has a dog", sources=[said(user, "pets", "I have a dog")])
    clock.now += DAY
    memory = AsyncMemory(store)

    def fail(*_: Any, **__: Any) -> int:
        raise StoreError("the disk is away")

    with monkeypatch.context() as patch:
        patch.setattr(store, "put", fail)
        with pytest.raises(StoreError, match="away") as caught:
            await memory.expire()
    assert caught.value.outcome == "unknown"
    assert "Repeat it" in caught.value.__notes__[0]
    assert [len(facts(store, owner)) for owner in (ALICE, BOB)] == [1, 1]
    assert await memory.expire() == 0, "the sessions were deleted before"
    assert [len(facts(store, owner)) for owner in (ALICE, BOB)] == [0, 0]
    await memory.close()


@pytest.mark.parametrize("error", [StoreError, Damaged])
def test_what_a_store_had_deleted_before_it_failed_is_swept(monkeypatch: pytest.MonkeyPatch, error: type[StoreError]) -> None:
    clock = ManualClock()
    store = MemoryStore(clock=clock)
    memory = Memory(store)
    alice = memory.user("alice")
    alice.remember("has a dog", sources=[said(alice, "pets", "I have a dog")])
    clock.now += DAY
    expire = store.expire

    def fail() -> list[tuple[Owner, str]]:
        failure = error("bob's ledger")
        failure.expired = expire()
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(store, "expire", fail)
        with pytest.raises(error, match="bob's") as caught:
            memory.expire()
    assert caught.value.outcome == "unknown"
    assert len(facts(store, ALICE)) == (error is not Damaged), "damage of one ledger keeps no other from being swept at once"
    assert memory.expire() == 0
    assert facts(store, ALICE) == []


def test_a_damaged_owner_keeps_no_other_from_being_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    store = MemoryStore(clock=clock)
    for name in ("alice", "bob"):
        user = Memory(store).user(name)
        user.remember("has a dog", sources=[said(user, "pets", "I have a dog")])
    clock.now += DAY
    documents = store.documents

    def damaged(owner: Owner, *values: Any, **wanted: Any) -> Any:
        if owner == ALICE:
            raise Damaged("a fact of alice")
        return documents(owner, *values, **wanted)

    with monkeypatch.context() as patch:
        patch.setattr(store, "documents", damaged)
        with pytest.raises(Damaged, match="alice"):
            Memory(store).expire()
    assert (len(facts(store, ALICE)), facts(store, BOB)) == (1, [])
