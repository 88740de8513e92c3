"""What is kept of facts is bounded, never stale, and nobody else's."""

import threading
from typing import Any

import pytest

from recollect import Memory, Message
from recollect.core.knowledge import PAGE, Knowledge
from recollect.model import Owner
from recollect.store.memory import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def texts(facts: list[Any]) -> list[str]:
    return [fact.text for fact in facts]


def test_whoever_was_asked_about_longest_ago_makes_room(store: MemoryStore) -> None:
    owners = [Owner("", "user", str(number)) for number in range(5)]
    for owner in owners:
        for number in range(3):
            Memory(store).user(owner.name).remember(f"{owner.name} knows {number}")
    knowledge = Knowledge(store, most=8)
    for owner in (*owners, *owners):
        assert texts(knowledge.facts(owner)) == [f"{owner.name} knows {number}" for number in range(3)]
        assert len(knowledge._held) <= 2
    assert knowledge._used == 8


def test_the_same_list_is_given_until_something_changes(store: MemoryStore) -> None:
    alice = Memory(store).user("alice")
    alice.remember("has a dog")
    knowledge, owner = alice._engine.knowledge, alice._owner
    first = knowledge.facts(owner)
    alice.session("s").append(user="hello")
    assert knowledge.facts(owner) is first
    Memory(store).user("alice").remember("has a cat")
    assert texts(knowledge.facts(owner)) == ["has a dog", "has a cat"]


def test_after_very_many_changes_everything_is_read_anew(store: MemoryStore) -> None:
    alice, reader = Memory(store).user("alice"), Memory(store).user("alice")
    alice.remember("has a dog")
    assert texts(reader.facts()) == ["has a dog"]
    for _ in range(2):
        alice.session("s").append(*(Message("user", "x") for _ in range(PAGE + 5)))
        fact = alice.remember("has a cat")
        assert texts(reader.facts()) == ["has a dog", "has a cat"]
        alice.forget(fact)
        assert texts(reader.facts()) == ["has a dog"]


def test_two_tenants_and_two_users_of_odd_names_never_meet(store: MemoryStore) -> None:
    names = [("", "a_b"), ("a", "b"), ("", "a"), ("a_b", ""), ("", "recollect.facts")]
    users = [Memory(store, tenant=tenant).user(name) for tenant, name in names if name]
    for number, user in enumerate(users):
        user.remember(f"fact {number}", sources=["shared"])
    for number, user in enumerate(users):
        assert texts(user.facts()) == [f"fact {number}"]
    assert users[0].forget_source("shared") == 1
    assert [len(user.facts()) for user in users] == [0, *[1] * (len(users) - 1)]


def test_many_threads_remember_and_read_at_once(store: MemoryStore) -> None:
    memory, seen = Memory(store), []

    def work(number: int) -> None:
        alice = memory.user("alice")
        for turn in range(20):
            alice.remember(attribute="likes", value=f"{number}.{turn}", adds=True)
            seen.append(len(alice.facts()) > turn)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(memory.user("alice").facts()) == 160
    assert all(seen)
    assert len(seen) == 160
