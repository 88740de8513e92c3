"""Store.put and Store.documents."""
# ruff: noqa: D102, PLR2004, S101  # the tests' names are sentences, and what they do is assert

from itertools import product
from pathlib import Path

import pytest

from recollect.errors import Conflict
from recollect.model import Document
from recollect.store.protocol import Store
from recollect.testing.setting import Setting
from recollect.testing.values import ALICE, BOB, ODD_NAMES, entries, read_changes


class Documents(Setting):
    """The latest value under a collection and a key."""

    def test_documents_come_back_with_their_positions(self, store: Store) -> None:
        last = store.put(ALICE, [Document("c", "b", b"1"), Document("c", "a", b"2"), Document("d", "a", b"")])
        found = store.documents(ALICE, "c")
        assert [(item.collection, item.key, item.body) for item in found] == [("c", "a", b"2"), ("c", "b", b"1")]
        (other,) = store.documents(ALICE, "d")
        assert other.body == b"", "an empty body is a value, not a removal"
        assert max(item.position for item in [*found, other]) == last
        assert len({item.position for item in [*found, other]}) == 3

    def test_no_documents_make_nothing(self, store: Store) -> None:
        assert store.put(ALICE, []) == 0
        assert store.owners("", limit=10) == []
        store.append(ALICE, "s", entries("a"))
        assert store.put(ALICE, []) == 0
        assert len(read_changes(store, ALICE)) == 1

    def test_a_write_replaces_the_value_and_takes_a_new_position(self, store: Store) -> None:
        first = store.put(ALICE, [Document("c", "k", b"1")])
        second = store.put(ALICE, [Document("c", "k", b"1")])
        assert second > first
        assert store.documents(ALICE, "c") == read_changes(store, ALICE) == [Document("c", "k", b"1", second)]

    def test_collections_and_owners_are_apart(self, store: Store) -> None:
        for owner, collection, body in ((ALICE, "c", b"1"), (ALICE, "C", b"2"), (BOB, "c", b"3")):
            store.put(owner, [Document(collection, "k", body)])
        found = [store.documents(owner, collection)[0].body for owner, collection in ((ALICE, "c"), (ALICE, "C"), (BOB, "c"))]
        assert found == [b"1", b"2", b"3"]
        assert store.documents(BOB, "C") == store.documents(ALICE, "") == []

    def test_a_removal_leaves_a_notice_and_no_value(self, store: Store, place: Path) -> None:
        store.put(ALICE, [Document("c", "k", b"1"), Document("c", "l", b"2")])
        last = store.put(ALICE, [Document("c", "k", None)])
        assert [item.key for item in store.documents(ALICE, "c")] == ["l"]
        assert store.documents(ALICE, "c", keys=["k"]) == []
        assert read_changes(store, ALICE)[-1] == Document("c", "k", None, last)
        assert [body for body in self.raw_bodies(store, place) if body] == [b"2"]

    def test_what_is_not_there_can_be_removed(self, store: Store) -> None:
        store.append(ALICE, "s", entries("a"))
        store.put(ALICE, [Document("c", "k", None)])
        assert store.documents(ALICE, "c") == []

    def test_a_removed_document_can_be_written_again(self, store: Store) -> None:
        store.put(ALICE, [Document("c", "k", b"1")])
        removed = store.put(ALICE, [Document("c", "k", None)])
        last = store.put(ALICE, [Document("c", "k", b"2")], expect={("c", "k"): 0})
        assert last > removed
        assert read_changes(store, ALICE) == [Document("c", "k", b"2", last)]

    def test_the_expected_position_of_a_document_is_met(self, store: Store) -> None:
        first = store.put(ALICE, [Document("c", "k", b"1")], expect={("c", "k"): 0})
        store.append(ALICE, "s", entries("a"))
        second = store.put(ALICE, [Document("c", "k", b"2"), Document("c", "l", b"3")], expect={("c", "k"): first, ("c", "l"): 0})
        assert second > first

    def test_a_document_at_another_position_than_expected_is_a_conflict_and_nothing_is_written(self, store: Store) -> None:
        position = store.put(ALICE, [Document("c", "k", b"1")])
        before = read_changes(store, ALICE)
        for expect in (0, position + 1):
            with pytest.raises(Conflict) as caught:
                store.put(ALICE, [Document("c", "new", b"2"), Document("c", "k", b"2")], expect={("c", "k"): expect})
            assert caught.value.position == position
        with pytest.raises(Conflict) as caught:
            store.put(ALICE, [Document("c", "k", b"2")], expect={("c", "k"): position, ("c", "none"): position})
        assert caught.value.position == 0
        assert read_changes(store, ALICE) == before

    def test_what_is_not_written_can_be_expected_too(self, store: Store) -> None:
        guard = store.put(ALICE, [Document("lock", "k", b"1")])
        store.put(ALICE, [Document("c", "k", b"1")], expect={("lock", "k"): guard})
        store.put(ALICE, [Document("lock", "k", b"2")])
        with pytest.raises(Conflict):
            store.put(ALICE, [Document("c", "k", b"2")], expect={("lock", "k"): guard})
        assert [item.body for item in store.documents(ALICE, "c")] == [b"1"]

    def test_a_conflict_of_a_new_owner_makes_nothing(self, store: Store) -> None:
        with pytest.raises(Conflict):
            store.put(ALICE, [Document("c", "k", b"1")], expect={("c", "k"): 7})
        assert store.owners("", limit=10) == []

    def test_odd_keys_come_in_order_of_code_points_by_every_question(self, store: Store) -> None:
        store.put(ALICE, [Document("c", key, key.encode()) for key in reversed(ODD_NAMES)])
        store.put(ALICE, [Document("c2", key, b"other") for key in ODD_NAMES])
        whole = store.documents(ALICE, "c")
        assert [(item.key, item.body) for item in whole] == [(key, key.encode()) for key in sorted(ODD_NAMES)]
        prefixes = ["", "a", "a/", "\x00", "\u00e9", "e", "\ud7ff", "\U0010ffff", "\uffff", "x" * 511, "absent"]
        chosen = [*ODD_NAMES[::2], ODD_NAMES[0], "absent"]
        for prefix, after, limit, keys in product(prefixes, (None, *prefixes, "a\x00"), (None, 0, 1, 3, 50), (None, [], chosen)):
            expected = [
                item for item in whole if item.key.startswith(prefix) and (after is None or item.key > after) and (keys is None or item.key in keys)
            ]
            found = store.documents(ALICE, "c", keys=keys, prefix=prefix, after=after, limit=limit)
            assert found == expected[:limit], (prefix, after, limit, keys)

    def test_many_documents_are_one_transaction_and_one_question(self, store: Store) -> None:
        many = [Document("c", f"{number:05}", b"%d" % number) for number in range(1500)]
        store.put(ALICE, many)
        keys = [item.key for item in many]
        assert [item.key for item in store.documents(ALICE, "c", keys=keys)] == keys
        with pytest.raises(Conflict):
            store.put(ALICE, [Document("c", key, None) for key in keys], expect={("c", keys[-1]): 1})
        assert len(store.documents(ALICE, "c")) == 1500
