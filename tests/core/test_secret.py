"""The memory's secret, and the pseudonyms under it."""

from threading import Thread

from recollect import Memory
from recollect.core.secret import Secrets, derived, tenant_of, under
from recollect.model import Owner
from recollect.store import open_store

ALICE = Owner("", "user", "alice")


def test_a_memory_has_one_secret_whoever_asks_for_it() -> None:
    store = open_store("memory://")
    found: list[bytes] = []
    threads = [Thread(target=lambda secrets=secrets: found.append(secrets.own(""))) for secrets in [Secrets(store) for _ in range(8)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(found[0]) == 32


def test_tenants_have_secrets_of_their_own() -> None:
    secrets = Secrets(open_store("memory://"))
    assert secrets.own("one") != secrets.own("two")


def test_opening_and_reading_make_no_secret() -> None:
    with Memory("memory://") as memory:
        memory.session("a", user="alice").append(user="Hello")
        assert memory._engine.secrets.existing("") is None
        assert memory.store.documents(tenant_of(""), "recollect.secret") == []


def test_a_pseudonym_stays_and_tells_owners_apart() -> None:
    store = open_store("memory://")
    owners = [ALICE, Owner("", "session", "alice"), Owner("", "user", "alic"), Owner("a", "user", "lice"), Owner("", "user", "\N{SNOWMAN}")]
    first = [Secrets(store).pseudonym(owner) for owner in owners]
    assert first == [Secrets(store).pseudonym(owner) for owner in owners]
    assert len(set(first)) == len(owners)
    assert all(len(one) == 32 and "alice" not in one for one in first)


def test_a_pseudonym_is_nothing_without_the_secret() -> None:
    assert under(b"1" * 32, ALICE) != under(b"2" * 32, ALICE)
    assert derived(b"1" * 32, "pseudonym") != derived(b"1" * 32, "receipt")


def test_the_secrets_of_other_memories_are_kept_once() -> None:
    secrets = Secrets(open_store("memory://"))
    own = secrets.own("")
    secrets.add("", [b"a" * 32, b"b" * 32, own])
    secrets.add("", [b"a" * 32])
    assert sorted(secrets.others("")) == [b"a" * 32, b"b" * 32]
    assert secrets.own("") == own
