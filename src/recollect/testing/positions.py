"""Positions: strictly increasing for each owner, and never used again."""
# ruff: noqa: D102, PLR2004, S101  # the tests' names are sentences, and what they do is assert

from collections.abc import Callable

import pytest

from recollect.model import Document
from recollect.store.protocol import Store
from recollect.testing.setting import ManualClock
from recollect.testing.values import ALICE, BOB, SECOND, entries, head, read_changes, state_of

Removal = Callable[[Store, ManualClock], object]


def _erase_and_expire(store: Store, clock: ManualClock) -> None:
    store.erase(ALICE)
    clock.now += 10 * SECOND
    assert store.expire() == []


def _expire(store: Store, clock: ManualClock) -> None:
    clock.now += 10 * SECOND
    assert store.expire() == [(ALICE, "s")]


REMOVALS: dict[str, Removal] = {
    "clear_session": lambda store, _: store.clear_session(ALICE, "s"),
    "delete_session": lambda store, _: store.delete_session(ALICE, "s"),
    "expire": _expire,
    "put": lambda store, _: store.put(ALICE, [Document("c", "k", None)]),
    "erase": lambda store, _: store.erase(ALICE),
    "delete_session, erase": lambda store, _: (store.delete_session(ALICE, "s"), store.erase(ALICE)),
    "erase, expire": _erase_and_expire,
}


class Positions:
    """One sequence for an owner's entries and documents together."""

    def test_positions_rise_over_entries_and_documents_together(self, store: Store) -> None:
        given = [
            store.append(ALICE, "s", entries("a", "b")),
            store.put(ALICE, [Document("c", "k", b"1"), Document("c", "l", b"2")]),
            store.append(ALICE, "t", entries("a")),
            store.update_session(ALICE, "s", b" {}", ttl=None, expect=0),
            store.put(ALICE, [Document("c", "k", b"3")]),
            store.append(ALICE, "s", entries("c")),
        ]
        assert given == sorted(set(given))
        assert given[0] >= 2
        positions = [item.position for item in read_changes(store, ALICE)]
        assert positions == sorted(set(positions))
        assert len(positions) == 7, "four entries, and the latest of each of three documents"
        assert positions[-1] == given[-1]

    def test_anothers_writes_do_not_move_a_session(self, store: Store) -> None:
        first = store.append(ALICE, "s", entries("a"))
        for number in range(5):
            store.append(BOB, "s", entries(f"{number}"))
        assert store.append(ALICE, "s", entries("b"), expect=first) > first

    @pytest.mark.parametrize("removal", REMOVALS)
    @pytest.mark.parametrize("last", ["entry", "document", "settings"])
    def test_a_position_is_never_used_again(self, store: Store, clock: ManualClock, removal: str, last: str) -> None:
        store.update_session(ALICE, "s", b" {}", ttl=5 * SECOND, expect=0)
        for kind in sorted(("entry", "document", "settings"), key=lambda kind: kind == last):
            if kind == "entry":
                store.append(ALICE, "s", entries("a", "b"))
            elif kind == "document":
                store.put(ALICE, [Document("c", "k", b"1")])
            else:
                state = state_of(store, ALICE, "s")
                store.update_session(ALICE, "s", b" {1}", ttl=5 * SECOND, expect=state.revision)
        used = head(store, ALICE)
        REMOVALS[removal](store, clock)
        used = max(used, head(store, ALICE))
        assert store.append(ALICE, "s", entries("new")) > used

    @pytest.mark.parametrize("removal", REMOVALS)
    def test_a_removal_leaves_a_gap(self, store: Store, clock: ManualClock, removal: str) -> None:
        store.put(ALICE, [Document("c", "k", b"1")])
        store.update_session(ALICE, "s", b" {}", ttl=5 * SECOND, expect=0)
        last = store.append(ALICE, "s", entries("a", "b"))
        REMOVALS[removal](store, clock)
        assert store.append(ALICE, "s", entries("c")) > last + 1

    def test_an_owner_that_is_erased_again_and_again_never_meets_an_old_position(self, store: Store) -> None:
        used = 0
        for number in range(4):
            last = store.append(ALICE, "s", entries(*(f"{number}-{n}" for n in range(3 - number % 3))))
            assert store.entries(ALICE, "s")[0].position > used
            used = max(store.put(ALICE, [Document("c", "k", b"1")]), last)
            store.erase(ALICE)
