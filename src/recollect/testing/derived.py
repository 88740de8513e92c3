"""Store.save and Store.saved: what was made of a ledger, and can be made again."""
# ruff: noqa: D102, S101  # the tests' names are sentences, and what they do is assert

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from recollect.model import Document, Owner, Saved
from recollect.store.protocol import PART, Store
from recollect.testing.setting import ManualClock, Setting
from recollect.testing.values import ALICE, BOB, ODD_NAMES, SECOND, entries, head, read_changes

PARTS = (b"words of alice", b"", bytes(range(256)))

REMOVALS: dict[str, Callable[[Store], object]] = {
    "a session is deleted": lambda store: store.delete_session(ALICE, "s"),
    "a session is cleared": lambda store: store.clear_session(ALICE, "s"),
    "a session has expired": lambda store: store.expire(),
    "an expired session is begun anew": lambda store: store.append(ALICE, "over", entries("z")),
    "an expired session is updated": lambda store: store.update_session(ALICE, "over", b"", ttl=None, expect=0),
    "a document is removed": lambda store: store.put(ALICE, [Document("c", "l", b"2"), Document("c", "k", None)]),
    "the owner is erased": lambda store: store.erase(ALICE),
}

BEGINNINGS: dict[str, Callable[[Store], object]] = {
    "an entry": lambda store: store.append(ALICE, "s", entries("c")),
    "a document": lambda store: store.put(ALICE, [Document("c", "k", b"1")]),
    "settings": lambda store: store.update_session(ALICE, "s", b"", ttl=None, expect=0),
}


class Derived(Setting):
    """It is of a part of the ledger from which nothing was removed since."""

    def test_what_is_saved_comes_back(self, store: Store) -> None:
        assert store.saved(ALICE, "index") is None
        last = store.append(ALICE, "s", entries("a", "b"))
        assert store.save(ALICE, "index", last, PARTS) is True
        assert store.saved(ALICE, "index") == Saved(last, PARTS)
        assert store.saved(ALICE, "other") is None
        assert store.saved(BOB, "index") is None

    def test_a_store_that_is_opened_again_has_what_was_saved(self, store: Store, place: Path, clock: ManualClock) -> None:
        last = store.append(ALICE, "s", entries("a"))
        store.save(ALICE, "index", last, PARTS)
        if self.persistent:
            store.close()
            again = self.open_store(place, clock)
            assert again.saved(ALICE, "index") == Saved(last, PARTS)
            again.close()

    def test_what_was_made_of_less_never_replaces_what_was_made_of_more(self, store: Store) -> None:
        first = store.append(ALICE, "s", entries("a"))
        assert store.save(ALICE, "index", first, [b"first"])
        second = store.put(ALICE, [Document("c", "k", b"1")])
        third = store.append(ALICE, "s", entries("b"))
        assert store.saved(ALICE, "index") == Saved(first, (b"first",)), "what came behind it does not touch it"
        assert store.save(ALICE, "index", second, [b"second", b"2"]) is True, "others may have written meanwhile"
        assert store.save(ALICE, "index", first, [b"first"]) is False
        assert store.save(ALICE, "index", first, []) is False
        assert store.saved(ALICE, "index") == Saved(second, (b"second", b"2"))
        assert store.save(ALICE, "other", first, [b"other"]) is True
        assert store.save(ALICE, "index", third, [b"third"]) is True
        assert store.saved(ALICE, "index") == Saved(third, (b"third",))

    def test_what_was_made_of_more_than_the_ledger_has_is_refused(self, store: Store) -> None:
        last = store.append(ALICE, "s", entries("a"))
        for position in (0, -1, last + 1, last + (1 << 40)):
            assert store.save(ALICE, "index", position, [b"wrong"]) is False
        assert store.saved(ALICE, "index") is None

    def test_a_removal_that_was_written_over_is_still_one(self, store: Store, place: Path, clock: ManualClock) -> None:
        first = store.put(ALICE, [Document("c", "k", b"what was removed"), Document("c", "l", b"1")])
        store.put(ALICE, [Document("c", "k", None)])
        last = store.put(ALICE, [Document("c", "k", b"2")])
        assert store.save(ALICE, "index", first, [b"what was removed"]) is False
        if self.persistent:
            store.close()
            store = self.open_store(place, clock)
        try:
            assert store.save(ALICE, "index", first, [b"what was removed"]) is False
            assert store.save(ALICE, "index", last, [b"new"]) is True
        finally:
            store.close()

    def test_what_is_saved_replaces_all_of_what_was_saved_under_its_name(self, store: Store) -> None:
        last = store.append(ALICE, "s", entries("a"))
        assert store.save(ALICE, "index", last, [b"1", b"2", b"3"])
        assert store.save(ALICE, "other", last, [b"4"])
        assert store.save(ALICE, "index", last, [b"5"])
        assert store.saved(ALICE, "index") == Saved(last, (b"5",))
        assert store.save(ALICE, "index", last, []) is True
        assert store.saved(ALICE, "index") is None
        assert store.saved(ALICE, "other") == Saved(last, (b"4",))

    def test_it_takes_no_position_and_is_no_document(self, store: Store) -> None:
        last = store.append(ALICE, "s", entries("a"))
        before = read_changes(store, ALICE)
        store.save(ALICE, "index", last, PARTS)
        assert read_changes(store, ALICE) == before
        assert store.documents(ALICE, "index") == []
        store.append(ALICE, "s", entries("b"))
        assert [item.id for item in store.entries(ALICE, "s")] == ["a", "b"]

    def test_an_owner_without_a_ledger_is_not_made_by_it(self, store: Store) -> None:
        for position in (0, 1):
            assert store.save(ALICE, "index", position, PARTS) is False
        assert store.owners("", limit=10) == []
        assert store.saved(ALICE, "index") is None

    @pytest.mark.parametrize("what", REMOVALS)
    def test_it_goes_with_whatever_is_removed_and_does_not_come_back(self, store: Store, place: Path, clock: ManualClock, what: str) -> None:
        self._fill(store, clock)
        before = head(store, ALICE)
        for name in ("index", "vectors"):
            assert store.save(ALICE, name, before, [b"what was removed", name.encode()])
        store.append(BOB, "s", entries("a"))
        assert store.save(BOB, "index", head(store, BOB), [b"of bob"])
        REMOVALS[what](store)
        assert store.saved(ALICE, "index") is None
        assert store.saved(ALICE, "vectors") is None
        for position in range(before + 1):
            assert store.save(ALICE, "index", position, [b"what was removed"]) is False, "a slow writer has not seen the removal"
        assert store.save(ALICE, "index", head(store, ALICE), [b"new"]) is (what != "the owner is erased")
        assert self._derived(store, place) == ([b"of bob"] if what == "the owner is erased" else [b"new", b"of bob"])

    @pytest.mark.parametrize("begin", BEGINNINGS.values(), ids=BEGINNINGS.keys())
    def test_what_was_made_of_an_erased_ledger_does_not_come_to_the_next_one(self, store: Store, begin: Callable[[Store], object]) -> None:
        position = store.append(ALICE, "s", entries("a", "b"))
        assert store.save(ALICE, "index", position, [b"erased"])
        store.erase(ALICE)
        assert store.save(ALICE, "index", position, [b"erased"]) is False
        begin(store)
        for slow in range(position + 1):
            assert store.save(ALICE, "index", slow, [b"erased"]) is False
        last = head(store, ALICE)
        assert store.saved(ALICE, "index") is None
        assert store.save(ALICE, "index", last, [b"new"]) is True

    def test_the_database_holds_what_was_saved_last(self, store: Store, place: Path) -> None:
        last = store.append(ALICE, "s", entries("a"))
        for parts in ([b"1", b"2", b"3"], [b"4", b"5"]):
            store.save(ALICE, "index", last, parts)
        store.save(ALICE, "other", last, [b"6"])
        assert self._derived(store, place) == [b"4", b"5", b"6"]

    def test_names_and_owners_are_kept_apart(self, store: Store) -> None:
        owners = [ALICE, Owner("", "session", "alice"), Owner("t", "user", "alice"), Owner("", "tenant", "")]
        for owner in owners:
            last = store.append(owner, "s", entries("a"))
            for name in ODD_NAMES:
                assert store.save(owner, name, last, [f"{owner} {name}".encode()])
        for owner in owners:
            for name in ODD_NAMES:
                saved = store.saved(owner, name)
                assert saved is not None
                assert saved.parts == (f"{owner} {name}".encode(),)

    def test_megabytes_in_many_parts_come_back_and_count(self, store: Store) -> None:
        last = store.append(ALICE, "s", entries("a"))
        parts = tuple(Random(number).randbytes(PART) for number in range(80))
        assert store.save(ALICE, "index", last, parts)
        assert store.saved(ALICE, "index") == Saved(last, parts)
        assert store.size() >= 80 * PART

    def _fill(self, store: Store, clock: ManualClock) -> None:
        store.update_session(ALICE, "over", b"settings", ttl=SECOND, expect=0)
        store.append(ALICE, "over", entries("a"))
        store.append(ALICE, "s", entries("a"))
        store.put(ALICE, [Document("c", "k", b"1")])
        clock.now += SECOND

    def _derived(self, store: Store, place: Path) -> list[bytes]:
        """Return the parts in the database, read around the store: what no entry and no document holds."""
        bodies = self.raw_bodies(store, place)
        for owner in (ALICE, BOB):
            for item in read_changes(store, owner):
                if item.body is not None and item.body in bodies:
                    bodies.remove(item.body)
        return sorted(body for body in bodies if body)
