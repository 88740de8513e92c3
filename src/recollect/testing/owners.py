"""Store.owners, erase and recent."""
# ruff: noqa: D102, PLR2004, S101  # the tests' names are sentences, and what they do is assert

from pathlib import Path

from recollect.model import Document, Owner
from recollect.store.protocol import Store
from recollect.testing.setting import Setting
from recollect.testing.values import ALICE, BOB, ODD_NAMES, START, entries, entry, ids, state_of


class Owners(Setting):
    """Ledgers side by side."""

    def test_each_kind_of_write_makes_an_owner(self, store: Store) -> None:
        made = [Owner("t", "session", "a"), Owner("t", "tenant", ""), Owner("t", "user", "a")]
        store.append(made[0], "a", entries("x"))
        store.put(made[1], [Document("c", "k", b"1")])
        store.update_session(made[2], "s", b" 1", ttl=None, expect=0)
        assert store.owners("t", limit=10) == made
        assert store.owners("", limit=10) == []

    def test_pages_meet_every_owner_of_the_tenant_once_and_in_order(self, store: Store) -> None:
        expected = sorted(Owner("t", kind, name) for kind in ("user", "session") for name in ODD_NAMES)
        for owner in reversed(expected):
            store.append(owner, "s", entries("x"))
        for tenant in ("", "T", "t2", "t\x00"):
            store.append(Owner(tenant, "user", "stranger"), "s", entries("x"))
        for size in (1, 5, len(expected), len(expected) + 1):
            found = store.owners("t", limit=size)
            while page := store.owners("t", after=found[-1], limit=size):
                assert len(page) <= size
                found += page
            assert found == expected

    def test_erasing_removes_all_of_an_owner_and_nothing_else(self, store: Store, place: Path) -> None:
        for owner in (ALICE, BOB):
            store.append(owner, "s", [entry("a", f" {owner.name}".encode())])
            store.update_session(owner, "s", f" {owner.name} settings".encode(), ttl=None, expect=0)
            store.put(owner, [Document("c", "k", f" {owner.name} value".encode())])
        assert store.erase(ALICE) is True
        assert store.entries(ALICE, "s") == []
        assert store.session(ALICE, "s") is None
        assert store.sessions(ALICE, limit=10) == []
        assert store.documents(ALICE, "c") == []
        assert store.changes(ALICE, 0, 10) == []
        assert store.owners("", limit=10) == [BOB]
        assert [owner for owner, _ in store.recent("", limit=10)] == [BOB]
        assert len(store.changes(BOB, 0, 10)) == 3
        assert sorted(self.raw_bodies(store, place)) == [b" bob", b" bob settings", b" bob value"]

    def test_an_owner_is_erased_once(self, store: Store) -> None:
        assert store.erase(ALICE) is False
        store.append(ALICE, "s", entries("a"))
        assert store.erase(ALICE) is True
        assert store.erase(ALICE) is False

    def test_an_erased_owner_starts_anew(self, store: Store) -> None:
        store.append(ALICE, "s", entries("a", "b"))
        store.update_session(ALICE, "s", b" 1", ttl=1, expect=0)
        store.erase(ALICE)
        last = store.append(ALICE, "s", [entry("a", b" other")], expect=0)
        state = state_of(store, ALICE, "s")
        assert (state.count, state.position, state.settings, state.ttl) == (1, last, None, None)
        assert ids(store.entries(ALICE, "s")) == ["a"]

    def test_recent_sessions_come_from_all_owners_of_the_tenant_the_latest_updated_first(self, store: Store) -> None:
        anonymous = Owner("", "session", "z")
        for number, (owner, name) in enumerate([(ALICE, "s"), (BOB, "s"), (anonymous, "z"), (ALICE, "t")]):
            store.append(owner, name, [entry("a", created=START + number)])
        store.append(BOB, "s", [entry("b", created=START + 9)])
        store.append(Owner("t", "user", "alice"), "s", [entry("a", created=START + 99)])
        found = store.recent("", limit=10)
        assert [(owner, state.name) for owner, state in found] == [(BOB, "s"), (ALICE, "t"), (anonymous, "z"), (ALICE, "s")]
        assert [store.session(owner, state.name) for owner, state in found] == [state for _, state in found]
        assert store.recent("", limit=2) == found[:2]
        assert store.recent("none", limit=10) == []
