"""Store.changes: what views live by."""
# ruff: noqa: D102, PLR2004, S101  # the tests' names are sentences, and what they do is assert

from collections.abc import Callable

from recollect.model import Document, Entry
from recollect.store.protocol import SETTINGS, Store
from recollect.testing.setting import ManualClock
from recollect.testing.values import ALICE, BOB, SECOND, Follower, entries, read_changes


def _interleave(store: Store) -> list[str]:
    """Write entries of five sessions and documents by turns, and return what was written, in order."""
    written = []
    for number in range(12):
        session = f"s{number * 7 % 5}"
        store.append(ALICE, session, entries(f"{number}a", f"{number}b"))
        store.put(ALICE, [Document("c", f"k{number}", b"%d" % number)])
        written += [f"{session}/{number}a", f"{session}/{number}b", f"c/k{number}"]
    return written


def _label(item: Entry | Document) -> str:
    return f"{item.session}/{item.id}" if isinstance(item, Entry) else f"{item.collection}/{item.key}"


class Changes:
    """Entries, documents and notices in one order."""

    def test_entries_and_documents_come_in_the_order_in_which_they_were_written(self, store: Store) -> None:
        written = _interleave(store)
        changes = read_changes(store, ALICE)
        assert [_label(item) for item in changes] == written
        stored = [item for name in range(5) for item in store.entries(ALICE, f"s{name}")]
        assert sorted((item for item in changes if isinstance(item, Entry)), key=lambda item: (item.session, item.position)) == stored
        assert [item for item in changes if isinstance(item, Document)] == sorted(store.documents(ALICE, "c"), key=lambda item: item.position)

    def test_pages_of_every_size_from_every_position_are_the_same(self, store: Store) -> None:
        _interleave(store)
        whole = store.changes(ALICE, 0, 1000)
        assert len(whole) == 36
        for size in range(1, len(whole) + 2):
            assert read_changes(store, ALICE, page=size) == whole
        for after in range(whole[-1].position + 3):
            assert store.changes(ALICE, after, 1000) == [item for item in whole if item.position > after]

    def test_nothing_is_beyond_the_end(self, store: Store) -> None:
        assert store.changes(ALICE, 0, 10) == []
        store.append(BOB, "s", entries("a"))
        assert store.changes(ALICE, 0, 10) == []
        last = store.append(ALICE, "s", entries("a"))
        assert store.changes(ALICE, last, 10) == []
        assert store.changes(ALICE, last + 100, 10) == []
        assert store.changes(ALICE, 0, 0) == []

    def test_what_was_removed_or_replaced_is_not_told(self, store: Store) -> None:
        store.append(ALICE, "s", entries("gone"))
        store.append(ALICE, "t", entries("kept"))
        store.put(ALICE, [Document("c", "k", b"old"), Document("c", "gone", b"old")])
        store.clear_session(ALICE, "s")
        store.put(ALICE, [Document("c", "gone", None), Document("c", "k", b"new")])
        store.append(ALICE, "s", entries("new"))
        told = [(_label(item), item.body) for item in read_changes(store, ALICE)]
        assert [label for label, _ in told] == ["t/kept", "recollect.removed/s", "c/gone", "c/k", "s/new"]
        assert dict(told)["c/k"] == b"new"
        assert dict(told)["c/gone"] is None

    def test_a_follower_knows_what_the_store_holds_after_every_step(self, store: Store, clock: ManualClock) -> None:
        steps: list[Callable[[], object]] = [
            lambda: store.append(ALICE, "s", entries("a", "b")),
            lambda: store.append(ALICE, "t", entries("a")),
            lambda: store.update_session(ALICE, "s", b" 1", ttl=5 * SECOND, expect=0),
            lambda: store.put(ALICE, [Document("c", "k", b"1"), Document("c", "l", b"2")]),
            lambda: store.append(ALICE, "s", entries("c")),
            lambda: store.clear_session(ALICE, "t"),
            lambda: store.append(ALICE, "t", entries("a", "z")),
            lambda: store.put(ALICE, [Document("c", "k", None), Document("c", "m", b"3")]),
            lambda: store.append(ALICE, "s", entries("a", "d")),
            lambda: setattr(clock, "now", clock.now + 10 * SECOND),
            lambda: store.append(ALICE, "s", entries("e")),
            lambda: store.put(ALICE, [Document("c", "l", b"4")]),
            lambda: store.delete_session(ALICE, "t"),
            lambda: store.update_session(ALICE, "t", b" 2", ttl=SECOND, expect=0),
            lambda: setattr(clock, "now", clock.now + 10 * SECOND),
            store.expire,
            lambda: store.append(ALICE, "t", entries("f")),
        ]
        always = Follower(ALICE)
        for number, step in enumerate(steps):
            step()
            late = Follower(ALICE)
            late.catch_up(store, page=2)
            always.catch_up(store, page=1)
            if number in (9, 14):
                continue  # a session's time is over: it is hidden before its removal is told
            for follower in (always, late):
                follower.check(store, ["s", "t"], ["c", SETTINGS])
