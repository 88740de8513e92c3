"""Store.append."""
# ruff: noqa: D102, PLR2004, S101  # the tests' names are sentences, and what they do is assert

import pytest
from msgspec.structs import replace

from recollect.errors import Conflict
from recollect.model import Entry
from recollect.store.protocol import Store
from recollect.testing.values import ALICE, BOB, START, entries, entry, ids, read_changes, state_of, unplaced


class Appending:
    """Batches are whole, in order, and idempotent by id."""

    def test_a_batch_is_added_at_the_end_in_order(self, store: Store) -> None:
        first, second = entries("a", "b"), [entry("c", role="tool", tokens=7), entry("d", created=START - 5)]
        store.append(ALICE, "s", first)
        last = store.append(ALICE, "s", second)
        found = store.entries(ALICE, "s")
        assert unplaced(found) == [*first, *second]
        assert [item.session for item in found] == ["s"] * 4
        assert found[-1].position == last

    def test_order_is_by_position_and_never_by_the_clock(self, store: Store) -> None:
        store.append(ALICE, "s", [entry("later", created=START + 10)])
        store.append(ALICE, "s", [entry("earlier", created=START - 10)])
        assert ids(store.entries(ALICE, "s")) == ["later", "earlier"]

    def test_no_entries_make_nothing(self, store: Store) -> None:
        assert store.append(ALICE, "s", []) == 0
        assert store.session(ALICE, "s") is None
        assert store.owners("", limit=10) == []

    def test_no_entries_return_the_position_of_the_session(self, store: Store) -> None:
        store.append(ALICE, "other", entries("x"))
        last = store.append(ALICE, "s", entries("a", "b"))
        store.append(ALICE, "other", entries("y"))
        assert store.append(ALICE, "s", []) == last
        assert store.append(ALICE, "s", [], expect=last) == last

    def test_no_entries_with_a_stale_expect_are_a_conflict(self, store: Store) -> None:
        last = store.append(ALICE, "s", entries("a"))
        with pytest.raises(Conflict) as caught:
            store.append(ALICE, "s", [], expect=0)
        assert caught.value.position == last

    def test_a_repeated_batch_changes_nothing_and_returns_the_first_result(self, store: Store) -> None:
        batch = entries("a", "b")
        first = store.append(ALICE, "s", batch)
        store.append(ALICE, "s", entries("c"))
        before, state = read_changes(store, ALICE), store.session(ALICE, "s")
        assert store.append(ALICE, "s", batch) == first
        assert read_changes(store, ALICE) == before
        assert store.session(ALICE, "s") == state

    def test_a_part_of_a_batch_can_be_repeated(self, store: Store) -> None:
        store.append(ALICE, "s", entries("a", "b", "c"))
        position = store.entries(ALICE, "s")[1].position
        assert store.append(ALICE, "s", entries("b", "a")) == position

    def test_of_a_batch_known_in_part_the_new_entries_are_added(self, store: Store) -> None:
        store.append(ALICE, "s", entries("a", "b"))
        last = store.append(ALICE, "s", entries("c", "a", "d"))
        found = store.entries(ALICE, "s")
        assert ids(found) == ["a", "b", "c", "d"]
        assert found[-1].position == last
        state = state_of(store, ALICE, "s")
        assert state.count == 4

    def test_a_known_entry_is_left_as_it_is(self, store: Store) -> None:
        first = entry("a", tokens=1)
        store.append(ALICE, "s", [first])
        store.append(ALICE, "s", [replace(first, tokens=2, created=START + 1)])
        assert unplaced(store.entries(ALICE, "s")) == [first]

    def test_twins_in_a_batch_are_one_entry(self, store: Store) -> None:
        last = store.append(ALICE, "s", entries("a", "b", "a"))
        found = store.entries(ALICE, "s")
        assert ids(found) == ["a", "b"]
        assert last == found[-1].position
        state = state_of(store, ALICE, "s")
        assert (state.count, state.position) == (2, last)

    @pytest.mark.parametrize("other", [entry("a", b" other"), entry("a", role="assistant")], ids=["digest", "role"])
    def test_a_known_id_with_other_content_is_a_conflict_and_nothing_is_written(self, store: Store, other: Entry) -> None:
        store.append(ALICE, "s", entries("a"))
        last = store.append(ALICE, "s", entries("b"))
        before = read_changes(store, ALICE)
        with pytest.raises(Conflict) as caught:
            store.append(ALICE, "s", [entry("new"), other, entry("newer")])
        assert caught.value.position == last
        assert read_changes(store, ALICE) == before

    def test_twins_with_different_content_are_a_conflict_and_make_nothing(self, store: Store) -> None:
        with pytest.raises(Conflict) as caught:
            store.append(ALICE, "s", [entry("a", b" one"), entry("b"), entry("a", b" two")])
        assert caught.value.position == 0
        assert store.session(ALICE, "s") is None
        assert store.owners("", limit=10) == []

    def test_an_id_is_unique_within_its_session_alone(self, store: Store) -> None:
        for owner, session, body in ((ALICE, "s", b" 1"), (ALICE, "t", b" 2"), (BOB, "s", b" 3")):
            store.append(owner, session, [entry("a", body)])
        assert [item.body for item in store.entries(ALICE, "s") + store.entries(ALICE, "t") + store.entries(BOB, "s")] == [b" 1", b" 2", b" 3"]

    def test_an_expected_position_is_met(self, store: Store) -> None:
        first = store.append(ALICE, "s", entries("a"), expect=0)
        store.append(ALICE, "other", entries("x"))
        assert store.append(ALICE, "s", entries("b"), expect=first) > first

    @pytest.mark.parametrize("batch", [("c",), ("b", "c")], ids=["all new", "known in part"])
    @pytest.mark.parametrize("offset", [-1, 1])
    def test_another_position_than_expected_is_a_conflict_and_nothing_is_written(self, store: Store, batch: tuple[str, ...], offset: int) -> None:
        last = store.append(ALICE, "s", entries("a", "b"))
        before = read_changes(store, ALICE)
        with pytest.raises(Conflict) as caught:
            store.append(ALICE, "s", entries(*batch), expect=last + offset)
        assert caught.value.position == last
        assert caught.value.outcome == "failed"
        assert read_changes(store, ALICE) == before

    def test_a_session_that_is_not_there_stands_at_0(self, store: Store) -> None:
        with pytest.raises(Conflict) as caught:
            store.append(ALICE, "s", entries("a"), expect=1)
        assert caught.value.position == 0
        assert store.session(ALICE, "s") is None
        assert store.owners("", limit=10) == []

    def test_a_repeated_batch_is_a_retry_whatever_it_expects(self, store: Store) -> None:
        store.append(ALICE, "s", entries("a"))
        second = store.append(ALICE, "s", entries("b", "c"), expect=store.append(ALICE, "s", entries("a")))
        store.append(ALICE, "s", entries("d"))
        for expect in (0, second, second + 99):
            assert store.append(ALICE, "s", entries("b", "c"), expect=expect) == second
        assert ids(store.entries(ALICE, "s")) == ["a", "b", "c", "d"]

    def test_a_long_batch_is_one_transaction(self, store: Store) -> None:
        many = [f"m{number}" for number in range(1200)]
        last = store.append(ALICE, "s", entries(*many))
        assert ids(store.entries(ALICE, "s")) == many
        with pytest.raises(Conflict):
            store.append(ALICE, "s", [*entries(*(f"n{number}" for number in range(1200))), entry("m0", b" other")])
        assert store.append(ALICE, "s", []) == last
        assert len(store.entries(ALICE, "s")) == 1200
