"""Store.entries."""
# ruff: noqa: D102, PLR2004, S101  # the tests' names are sentences, and what they do is assert

from itertools import product

from recollect.model import Document, Owner
from recollect.store.protocol import Store
from recollect.testing.setting import ManualClock
from recollect.testing.values import ALICE, BOB, ODD_NAMES, SECOND, entries, entry, ids, unplaced


class Reading:
    """Ranges, limits, ends."""

    def test_every_range_and_limit_is_that_of_a_list(self, store: Store) -> None:
        for number in range(6):
            store.append(ALICE, "other", entries(f"x{number}"))
            store.append(ALICE, "s", entries(f"a{number}", f"b{number}"))
        whole = store.entries(ALICE, "s")
        assert len(whole) == 12
        top = whole[-1].position + 3
        for after, before, limit, newest in product(range(top), (None, *range(top)), (None, 0, 1, 2, 50), (False, True)):
            span = [item for item in whole if after < item.position and (before is None or item.position < before)]
            expected = span if limit is None else span[max(len(span) - limit, 0) :] if newest else span[:limit]
            found = store.entries(ALICE, "s", after=after, before=before, limit=limit, newest=newest)
            assert found == expected, (after, before, limit, newest)

    def test_a_full_read_brings_the_opening_of_the_session_too(self, store: Store) -> None:
        for number in range(4):
            store.append(ALICE, "other", entries(f"x{number}"))
            store.append(ALICE, "s", entries(f"a{number}", f"b{number}"))
        whole = store.entries(ALICE, "s")
        for opening, limit, newest, after, before in product((1, 3, 99), range(1, 11), (False, True), (0, 5), (None, 9)):
            found = store.entries(ALICE, "s", limit=limit, newest=newest, after=after, before=before, opening=opening)
            rows = store.entries(ALICE, "s", limit=limit, newest=newest, after=after, before=before)
            first = [item for item in whole[:opening] if item.position < rows[0].position] if len(rows) == limit else []
            assert found == [*first, *rows], (opening, limit, newest, after, before)
        assert store.entries(ALICE, "s", opening=3) == whole
        assert store.entries(ALICE, "none", limit=1, opening=3) == []

    def test_positions_beyond_every_ledger_are_fine(self, store: Store) -> None:
        store.append(ALICE, "s", entries("a"))
        store.append(ALICE, "t", entries("b"))
        for far in (1 << 31, 1 << 32, (1 << 32) + 1, 1 << 53, (1 << 63) - 1):
            assert ids(store.entries(ALICE, "s", before=far)) == ["a"]
            assert store.entries(ALICE, "s", after=far) == []

    def test_a_session_that_is_not_there_has_no_entries(self, store: Store) -> None:
        assert store.entries(ALICE, "s") == []
        store.append(ALICE, "s", entries("a"))
        assert store.entries(ALICE, "t", limit=5, newest=True) == []
        assert store.entries(BOB, "s") == []

    def test_pages_forwards_and_backwards_meet_every_entry_once(self, store: Store) -> None:
        for number in range(25):
            store.append(ALICE, "s", entries(f"{number}"))
            store.append(ALICE, "t", entries(f"{number}"))
        whole = store.entries(ALICE, "s")
        for size in (1, 4, 25, 26):
            forwards, backwards = store.entries(ALICE, "s", limit=size), store.entries(ALICE, "s", limit=size, newest=True)
            while page := store.entries(ALICE, "s", after=forwards[-1].position, limit=size):
                forwards += page
            while page := store.entries(ALICE, "s", before=backwards[0].position, limit=size, newest=True):
                backwards = page + backwards
            assert forwards == backwards == whole

    def test_entries_at_positions_come_in_order_whatever_their_session(self, store: Store) -> None:
        for number in range(6):
            store.append(ALICE, "other", entries(f"x{number}"))
            store.append(ALICE, "s", entries(f"a{number}", f"b{number}"))
            store.put(ALICE, [Document("c", f"{number}", b"1")])
        store.append(BOB, "s", entries("bob"))
        whole = sorted([*store.entries(ALICE, "s"), *store.entries(ALICE, "other")], key=lambda item: item.position)
        assert store.at(ALICE, [item.position for item in reversed(whole)]) == whole
        near = [item.position + step for item in whole for step in (-1, 0, 1)]
        every = [*near, -1, 0, 1 << 31, 1 << 32, (1 << 32) + 1, (1 << 48) + 1, (1 << 63) - 1]
        assert store.at(ALICE, [*every, *every]) == whole
        for item in whole:
            assert store.at(ALICE, [item.position]) == [item]
        assert store.at(ALICE, []) == store.at(Owner("", "user", "nobody"), every) == []

    def test_entries_at_positions_are_those_that_are_there_and_not_hidden(self, store: Store, clock: ManualClock) -> None:
        store.update_session(ALICE, "over", b"", ttl=SECOND, expect=0)
        for number in range(3):
            for session in ("over", "cleared", "deleted", "kept"):
                store.append(ALICE, session, entries(f"{number}"))
        every = [item.position for session in ("over", "cleared", "deleted", "kept") for item in store.entries(ALICE, session)]
        assert [item.position for item in store.at(ALICE, every)] == sorted(every)
        kept = store.entries(ALICE, "kept")
        store.clear_session(ALICE, "cleared")
        store.delete_session(ALICE, "deleted")
        clock.now += SECOND
        assert store.at(ALICE, every) == kept
        again = store.append(ALICE, "cleared", entries("new"))
        assert store.at(ALICE, [*every, again]) == [*kept, *store.entries(ALICE, "cleared")]
        store.erase(ALICE)
        assert store.at(ALICE, [*every, again]) == []

    def test_odd_names_of_sessions_and_ids_are_kept_apart_and_exact(self, store: Store) -> None:
        for name in ODD_NAMES:
            store.append(ALICE, name, [entry(id, f" {name} {id}".encode()) for id in ODD_NAMES])
        for name in ODD_NAMES:
            assert unplaced(store.entries(ALICE, name)) == [entry(id, f" {name} {id}".encode()) for id in ODD_NAMES]
        assert sorted(state.name for state in store.sessions(ALICE, limit=100)) == sorted(ODD_NAMES)
