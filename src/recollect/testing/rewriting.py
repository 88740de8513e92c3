"""Store.rewrite, and Entry.edition, by which a reader knows that what it has is stale."""
# ruff: noqa: D102, PLR2004, S101  # the tests' names are sentences, and what they do is assert

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path

import pytest
from msgspec.structs import replace

from recollect.errors import Conflict
from recollect.model import Document, Entry, Owner
from recollect.store.protocol import REWRITTEN, SETTINGS, Store
from recollect.testing.setting import ManualClock, Setting
from recollect.testing.values import ALICE, BOB, SECOND, START, Follower, entries, entry, head, ids, read_changes, state_of


def rewritten(item: Entry, body: bytes, tokens: int | None = None) -> Entry:
    """Return an entry that was read, as it is to be."""
    return replace(item, body=body, digest=blake2b(body, digest_size=16).digest(), tokens=tokens)


def _rewrite(store: Store, body: bytes = b" new", session: str = "s") -> int:
    """Give all entries of a session other bodies, each one of its own."""
    found = store.entries(ALICE, session)
    return store.rewrite(ALICE, session, [rewritten(item, body + b" of " + item.id.encode()) for item in found], edition=found[0].edition)


def _bodies(store: Store, owner: Owner = ALICE, session: str = "s") -> list[bytes]:
    return [item.body for item in store.entries(owner, session)]


class Rewriting(Setting):
    """Entries hold something else, where they stand."""

    def test_a_rewrite_replaces_what_entries_hold_and_nothing_else(self, store: Store) -> None:
        store.append(ALICE, "s", [entry("a", role="system", tokens=3, created=START - 9), entry("b"), entry("c", role="tool", tokens=5)])
        before = store.entries(ALICE, "s")
        wanted = [rewritten(before[0], b" other", tokens=7), rewritten(before[2], b"", tokens=None)]
        assert store.rewrite(ALICE, "s", wanted, edition=0) > before[-1].position
        assert store.entries(ALICE, "s") == [replace(item, edition=1) for item in (wanted[0], before[1], wanted[1])]

    def test_ids_roles_and_times_stay_as_they_are(self, store: Store) -> None:
        store.append(ALICE, "s", entries("a"))
        found = store.entries(ALICE, "s")[0]
        store.rewrite(ALICE, "s", [replace(rewritten(found, b" new"), created=START + 5, session="t", edition=9)], edition=0)
        assert store.entries(ALICE, "s") == [replace(rewritten(found, b" new"), edition=1)]
        assert store.entries(ALICE, "t") == []

    def test_the_edition_rises_with_each_rewrite_and_all_readings_tell_it(self, store: Store) -> None:
        last = store.append(ALICE, "s", entries(*"abcdefgh"))
        store.append(ALICE, "t", entries("a"))
        for edition in range(3):
            readings = [
                store.entries(ALICE, "s"),
                store.entries(ALICE, "s", limit=2),
                store.entries(ALICE, "s", limit=2, newest=True, opening=3),
                store.at(ALICE, [item.position for item in store.entries(ALICE, "s")]),
                [item for item in read_changes(store, ALICE) if isinstance(item, Entry) and item.session == "s"],
            ]
            assert [len(reading) for reading in readings] == [8, 2, 5, 8, 8]
            assert {item.edition for reading in readings for item in reading} == {edition}
            newest = store.entries(ALICE, "s", limit=1, newest=True)
            assert newest[0].position == last
            store.rewrite(ALICE, "s", [rewritten(newest[0], b"%d" % edition)], edition=edition)
        assert [item.edition for item in store.entries(ALICE, "t")] == [0]
        store.append(ALICE, "s", entries("i"))
        assert {item.edition for item in store.entries(ALICE, "s")} == {3}

    def test_the_edition_lasts_until_the_session_is_deleted(self, store: Store, place: Path, clock: ManualClock) -> None:
        store.append(ALICE, "s", entries("a"))
        _rewrite(store)
        store.update_session(ALICE, "s", b" 1", ttl=60 * SECOND, expect=0)
        assert [item.edition for item in store.entries(ALICE, "s")] == [1]
        store.clear_session(ALICE, "s")
        store.append(ALICE, "s", entries("b"))
        assert [item.edition for item in store.entries(ALICE, "s")] == [1]
        if self.persistent:
            store.close()
            store = self.open_store(place, clock)
        try:
            assert [item.edition for item in store.entries(ALICE, "s")] == [1]
            store.delete_session(ALICE, "s")
            store.append(ALICE, "s", entries("a"))
            assert [item.edition for item in store.entries(ALICE, "s")] == [0]
            assert _rewrite(store) > 0
        finally:
            store.close()

    def test_the_count_of_tokens_follows_and_the_listings_stay(self, store: Store) -> None:
        store.append(ALICE, "s", [entry("a", tokens=3), entry("b"), entry("c", tokens=5)])
        store.update_session(ALICE, "s", b" 1", ttl=60 * SECOND, expect=0)
        store.append(ALICE, "t", entries("z"))
        before = state_of(store, ALICE, "s")
        a, b, c = store.entries(ALICE, "s")
        for edition, (items, tokens) in enumerate([([rewritten(a, b"1", 10), rewritten(b, b"2", 4)], 19), ([rewritten(c, b"3")], 14)]):
            store.rewrite(ALICE, "s", items, edition=edition)
            assert state_of(store, ALICE, "s") == replace(before, tokens=tokens)
        assert [state.name for state in store.sessions(ALICE, limit=10)] == ["t", "s"]

    def test_a_rewrite_does_not_put_off_the_end_of_a_session(self, store: Store, clock: ManualClock) -> None:
        store.update_session(ALICE, "s", b"", ttl=2 * SECOND, expect=0)
        store.append(ALICE, "s", entries("a"))
        clock.now += SECOND
        _rewrite(store)
        clock.now += SECOND
        assert store.entries(ALICE, "s") == []
        assert store.expire() == [(ALICE, "s")]

    def test_a_rewrite_leaves_one_notice_at_the_end_of_the_ledger(self, store: Store) -> None:
        store.append(ALICE, "s", entries("a", "b"))
        store.append(ALICE, "t", entries("a"))
        before = read_changes(store, ALICE)
        first = _rewrite(store)
        second = _rewrite(store)
        assert before[-1].position < first < second
        told = read_changes(store, ALICE)
        assert told[-1] == Document(REWRITTEN, "s", b"", second)
        assert [(item.position, type(item)) for item in told[:-1]] == [(item.position, type(item)) for item in before]
        assert store.documents(ALICE, REWRITTEN) == [Document(REWRITTEN, "s", b"", second)]
        assert store.append(ALICE, "s", entries("c")) > second

    def test_a_rewrite_of_another_edition_is_a_conflict_and_changes_nothing(self, store: Store) -> None:
        store.append(ALICE, "s", entries("a"))
        found = store.entries(ALICE, "s")
        _rewrite(store)
        before = read_changes(store, ALICE)
        for edition in (0, 2, -1):
            with pytest.raises(Conflict):
                store.rewrite(ALICE, "s", [rewritten(found[0], b" slow")], edition=edition)
        assert read_changes(store, ALICE) == before
        assert _bodies(store) == [b" new of a"]

    def test_where_none_of_the_entries_is_there_nothing_happens(self, store: Store) -> None:
        store.append(ALICE, "s", entries("a", "b"))
        store.append(ALICE, "t", entries("c"))
        a, b = store.entries(ALICE, "s")
        new = [rewritten(a, b" new")]
        assert store.rewrite(BOB, "s", new, edition=0) == 0
        assert store.owners("", limit=10) == [ALICE]
        for session, items in [
            ("u", new),
            ("t", new),
            ("s", []),
            ("s", [replace(new[0], position=b.position)]),
            ("s", [replace(new[0], position=b.position + 100)]),
            ("s", [replace(new[0], position=0)]),
            ("s", [replace(new[0], id="x")]),
            ("s", store.entries(ALICE, "t")),
        ]:
            assert store.rewrite(ALICE, session, items, edition=0) == 0
        assert store.rewrite(ALICE, "t", new, edition=7) == 0, "what is not there has no edition"
        assert [item.edition for name in ("s", "t") for item in store.entries(ALICE, name)] == [0, 0, 0]
        store.clear_session(ALICE, "s")
        store.append(ALICE, "s", entries("a"))
        before = read_changes(store, ALICE)
        assert store.rewrite(ALICE, "s", new, edition=0) == 0, "one with the same id stands at another position"
        store.delete_session(ALICE, "t")
        assert store.rewrite(ALICE, "t", [rewritten(item, b"") for item in before if isinstance(item, Entry)], edition=0) == 0
        assert _bodies(store) == [entry("a").body]

    def test_of_entries_some_of_which_are_gone_the_others_are_rewritten(self, store: Store) -> None:
        store.append(ALICE, "s", entries("gone"))
        gone = store.entries(ALICE, "s")
        store.clear_session(ALICE, "s")
        store.append(ALICE, "s", entries("a", "b"))
        items = [rewritten(item, b" new") for item in (*gone, *store.entries(ALICE, "s")[1:])]
        assert store.rewrite(ALICE, "s", items, edition=0) == head(store, ALICE)
        assert _bodies(store) == [entry("a").body, b" new"]

    def test_other_sessions_and_owners_are_untouched(self, store: Store) -> None:
        owners = [ALICE, BOB, Owner("", "session", "alice"), Owner("t", "user", "alice")]
        for owner in owners:
            for session in ("s", "t"):
                store.append(owner, session, entries("a", "b"))
        others = {(owner, session): store.entries(owner, session) for owner in owners for session in ("s", "t")}
        heads = {owner: head(store, owner) for owner in owners}
        _rewrite(store)
        for (owner, session), found in others.items():
            if (owner, session) != (ALICE, "s"):
                assert store.entries(owner, session) == found
        assert {owner: head(store, owner) for owner in owners[1:]} == {owner: heads[owner] for owner in owners[1:]}

    def test_what_a_retry_is_goes_by_what_is_held_now(self, store: Store) -> None:
        first = store.append(ALICE, "s", entries("a"))
        _rewrite(store)
        with pytest.raises(Conflict):
            store.append(ALICE, "s", entries("a"))
        assert store.append(ALICE, "s", [entry("a", b" new of a")]) == first
        assert _bodies(store) == [b" new of a"]

    def test_what_was_derived_goes_with_a_rewrite_and_does_not_come_back(self, store: Store, place: Path) -> None:
        last = store.append(ALICE, "s", entries("a"))
        store.append(ALICE, "t", entries("a"))
        store.append(BOB, "s", entries("b"))
        before = head(store, ALICE)
        for name in ("index", "vectors"):
            assert store.save(ALICE, name, before, [b"words of a"])
        assert store.save(BOB, "index", head(store, BOB), [b"of bob"])
        notice = _rewrite(store)
        assert store.saved(ALICE, "index") is None
        assert store.saved(ALICE, "vectors") is None
        for position in (last, before):
            assert store.save(ALICE, "index", position, [b"words of a"]) is False
        assert store.saved(BOB, "index") is not None
        assert store.save(ALICE, "index", notice, [b"new"]) is True
        assert b"words of a" not in self.raw_bodies(store, place)

    def test_a_rewrite_of_nothing_leaves_what_was_derived(self, store: Store) -> None:
        last = store.append(ALICE, "s", entries("a"))
        assert store.save(ALICE, "index", last, [b"1"])
        assert store.rewrite(ALICE, "s", [], edition=0) == 0
        assert store.saved(ALICE, "index") is not None

    @pytest.mark.parametrize("body", [b" longer than it was before", b"", b" x", bytes(range(256))], ids=["longer", "empty", "shorter", "bytes"])
    def test_the_database_holds_no_former_body(self, store: Store, place: Path, body: bytes) -> None:
        store.append(ALICE, "s", entries("a", "b"))
        store.append(ALICE, "t", entries("c"))
        _rewrite(store, b" once")
        _rewrite(store, body)
        held = sorted(raw for raw in self.raw_bodies(store, place) if raw)
        assert held == sorted([body + b" of a", body + b" of b", entry("c").body])

    def test_bodies_of_every_length_and_byte_come_back(self, store: Store, place: Path, clock: ManualClock) -> None:
        store.append(ALICE, "s", [entry(f"{number}", b" " * (number * 97)) for number in range(40)])
        kept = [bytes([number]) * ((39 - number) * 4001) for number in range(40)]
        found = store.entries(ALICE, "s")
        store.rewrite(ALICE, "s", [rewritten(item, body, number) for number, (item, body) in enumerate(zip(found, kept, strict=True))], edition=0)
        if self.persistent:
            store.close()
            store = self.open_store(place, clock)
        try:
            again = store.entries(ALICE, "s")
            assert [(item.position, item.id, item.tokens, item.edition, item.body) for item in again] == [
                (item.position, item.id, number, 1, body) for number, (item, body) in enumerate(zip(found, kept, strict=True))
            ]
            assert state_of(store, ALICE, "s").tokens == sum(range(40))
        finally:
            store.close()

    def test_hundreds_of_entries_keep_their_order(self, store: Store) -> None:
        for number in range(0, 700, 100):
            store.append(ALICE, f"s{number % 200}", entries(*(f"{one}" for one in range(number, number + 100))))
        before = [(item.position, item.id) for item in read_changes(store, ALICE) if isinstance(item, Entry)]
        found = store.entries(ALICE, "s0")
        assert len(found) == 400
        last = store.rewrite(ALICE, "s0", [rewritten(item, b" new") for item in reversed(found)], edition=0)
        told = read_changes(store, ALICE, page=7)
        assert [(item.position, item.id) for item in told if isinstance(item, Entry)] == before
        assert told[-1].position == last
        assert ids(store.entries(ALICE, "s0")) == ids(found)

    def test_a_session_whose_time_is_over_is_not_rewritten(self, store: Store, clock: ManualClock) -> None:
        store.update_session(ALICE, "s", b"", ttl=SECOND, expect=0)
        store.append(ALICE, "s", entries("a"))
        found = store.entries(ALICE, "s")
        before = read_changes(store, ALICE)
        clock.now += SECOND
        assert store.rewrite(ALICE, "s", [rewritten(found[0], b" new")], edition=0) == 0
        assert read_changes(store, ALICE) == before
        store.append(ALICE, "s", entries("a"))
        assert store.rewrite(ALICE, "s", [rewritten(found[0], b" new")], edition=0) == 0
        assert [(item.body, item.edition) for item in store.entries(ALICE, "s")] == [(entry("a").body, 0)]

    def test_a_follower_knows_what_was_rewritten(self, store: Store) -> None:
        steps: list[Callable[[], object]] = [
            lambda: store.append(ALICE, "s", entries("a", "b")),
            lambda: store.append(ALICE, "t", entries("a")),
            lambda: _rewrite(store),
            lambda: store.append(ALICE, "s", entries("c")),
            lambda: _rewrite(store, session="t"),
            lambda: _rewrite(store, b" newer"),
            lambda: store.clear_session(ALICE, "t"),
            lambda: store.append(ALICE, "t", entries("d")),
            lambda: store.delete_session(ALICE, "s"),
            lambda: store.append(ALICE, "s", entries("a")),
        ]
        always = Follower(ALICE)
        for step in steps:
            step()
            late = Follower(ALICE)
            late.catch_up(store, page=2)
            always.catch_up(store, page=1)
            for follower in (always, late):
                follower.check(store, ["s", "t"], [SETTINGS])

    def test_of_those_who_rewrite_one_edition_one_succeeds_and_no_rewrite_is_seen_by_half(self, store: Store) -> None:
        store.append(ALICE, "s", entries(*"abcd"))
        done: list[int] = []

        def rewrite(number: int) -> None:
            while (edition := (found := store.entries(ALICE, "s"))[0].edition) < 10:
                assert len({item.edition for item in found}) == 1
                assert len({item.body for item in found}) == 1 or edition == 0, "a rewrite was seen by half"
                try:
                    store.rewrite(ALICE, "s", [rewritten(item, b"%d" % number, number) for item in found], edition=edition)
                except Conflict:
                    continue
                done.append(edition)

        with ThreadPoolExecutor(4) as pool:
            for work in [pool.submit(rewrite, number) for number in range(4)]:
                work.result()
        assert sorted(done) == list(range(10))
        assert state_of(store, ALICE, "s").tokens == 4 * int(store.entries(ALICE, "s")[0].body)

    def test_what_is_appended_during_rewrites_is_all_there(self, store: Store) -> None:
        store.append(ALICE, "s", [entry("first", tokens=1)])
        first = store.entries(ALICE, "s")[0]

        def rewrite() -> None:
            for edition in range(8):
                store.rewrite(ALICE, "s", [rewritten(first, b"%d" % edition, edition)], edition=edition)

        with ThreadPoolExecutor(2) as pool:
            rewriting = pool.submit(rewrite)
            for number in range(20):
                store.append(ALICE, "s", [entry(f"{number}", tokens=1)])
            rewriting.result()
        found = store.entries(ALICE, "s")
        assert ids(found) == ["first", *(f"{number}" for number in range(20))]
        assert found[0].body == b"7"
        assert state_of(store, ALICE, "s").tokens == 7 + 20
        told = read_changes(store, ALICE)
        assert len({item.position for item in told}) == len(told) == 22
