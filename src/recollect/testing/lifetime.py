"""Closing and opening again."""
# ruff: noqa: D102, S101  # the tests' names are sentences, and what they do is assert

from collections.abc import Callable
from pathlib import Path

import pytest

from recollect.errors import Conflict, StoreError
from recollect.model import Document, Owner
from recollect.store.protocol import SETTINGS, Store
from recollect.testing.setting import ManualClock, Setting
from recollect.testing.values import ALICE, BOB, ODD_NAMES, SECOND, Follower, entries, entry, head, read_changes

CALLS: dict[str, Callable[[Store], object]] = {
    "append": lambda store: store.append(ALICE, "s", entries("a")),
    "entries": lambda store: store.entries(ALICE, "s"),
    "entries, limited": lambda store: store.entries(ALICE, "s", limit=1, newest=True),
    "session": lambda store: store.session(ALICE, "s"),
    "sessions": lambda store: store.sessions(ALICE, limit=1),
    "update_session": lambda store: store.update_session(ALICE, "s", b" 1", ttl=None, expect=0),
    "clear_session": lambda store: store.clear_session(ALICE, "s"),
    "delete_session": lambda store: store.delete_session(ALICE, "s"),
    "put": lambda store: store.put(ALICE, [Document("c", "k", b"1")]),
    "documents": lambda store: store.documents(ALICE, "c"),
    "changes": lambda store: store.changes(ALICE, 0, 1),
    "recent": lambda store: store.recent("", limit=1),
    "owners": lambda store: store.owners("", limit=1),
    "erase": lambda store: store.erase(ALICE),
    "expire": lambda store: store.expire(),
}


class Lifetime(Setting):
    """What is over, and what is not."""

    def test_a_store_can_be_closed_twice(self, store: Store) -> None:
        store.append(ALICE, "s", entries("a"))
        store.entries(ALICE, "s")
        store.close()
        store.close()

    @pytest.mark.parametrize("call", CALLS)
    def test_a_closed_store_says_that_it_is_closed(self, store: Store, call: str) -> None:
        store.append(ALICE, "s", entries("a"))
        store.close()
        with pytest.raises(StoreError, match="closed"):
            CALLS[call](store)

    def test_an_opened_store_has_all_that_was_written(self, store: Store, place: Path, clock: ManualClock) -> None:
        self._needs_persistence()
        owners = [ALICE, Owner("t\x00", "session", "s"), *(Owner("odd", "user", name) for name in ODD_NAMES)]
        for owner in owners:
            store.append(owner, "s", [entry("a", bytes(range(256)), tokens=3), entry("b", b"", role="tool")])
            store.update_session(owner, "s", b" 1", ttl=50 * SECOND, expect=0)
            store.put(owner, [Document(name, name, name.encode()) for name in ODD_NAMES])
            store.put(owner, [Document("..", "..", None)])
        before = [self._everything(store, owner) for owner in owners]
        store.close()
        again = self.open_store(place, clock)
        try:
            assert [self._everything(again, owner) for owner in owners] == before
        finally:
            again.close()

    def test_an_opened_store_goes_on_where_it_stopped(self, store: Store, place: Path, clock: ManualClock) -> None:
        self._needs_persistence()
        first = store.append(ALICE, "s", entries("a"))
        store.update_session(ALICE, "s", b" 1", ttl=5 * SECOND, expect=0)
        erased = store.append(BOB, "s", entries("a", "b", "c"))
        store.delete_session(BOB, "s")
        erased = max(erased, head(store, BOB))
        store.erase(BOB)
        follower = Follower(ALICE)
        follower.catch_up(store)
        store.close()
        again = self.open_store(place, clock)
        try:
            assert again.append(ALICE, "s", entries("a"), expect=99) == first
            with pytest.raises(Conflict):
                again.append(ALICE, "s", entries("b"), expect=0)
            assert again.append(ALICE, "s", entries("b"), expect=first) > follower.position
            assert again.append(BOB, "s", entries("a")) > erased
            follower.catch_up(again)
            follower.check(again, ["s"], [SETTINGS])
            clock.now += 5 * SECOND
            assert again.session(ALICE, "s") is None
            assert again.expire() == [(ALICE, "s")]
        finally:
            again.close()

    def _needs_persistence(self) -> None:
        if not self.persistent:
            pytest.skip("the store keeps nothing beyond its own life")

    def _everything(self, store: Store, owner: Owner) -> list[object]:
        collections = [store.documents(owner, name) for name in (*ODD_NAMES, SETTINGS)]
        return [
            store.entries(owner, "s"),
            store.sessions(owner, limit=10),
            collections,
            read_changes(store, owner),
            store.owners(owner.tenant, limit=99),
        ]
