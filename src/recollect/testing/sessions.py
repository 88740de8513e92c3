"""Store.session, sessions, update_session, clear_session, delete_session."""
# ruff: noqa: D102, PLR2004, S101  # the tests' names are sentences, and what they do is assert

import pytest

from recollect.errors import Conflict
from recollect.model import Document, Entry, SessionState
from recollect.store.protocol import REMOVED, SETTINGS, Store
from recollect.testing.setting import ManualClock
from recollect.testing.values import ALICE, BOB, SECOND, START, entries, entry, ids, read_changes, state_of


def _names(states: list[SessionState]) -> list[str]:
    return [state.name for state in states]


class Sessions:
    """What is known of a session, and how it ends."""

    def test_a_session_tells_its_count_tokens_times_and_positions(self, store: Store) -> None:
        store.append(ALICE, "s", [entry("a", tokens=3, created=START - 9), entry("b")])
        last = store.append(ALICE, "s", [entry("c", created=START + 2), entry("d", tokens=4, created=START + 5)])
        expected = SessionState("s", count=4, tokens=7, created=START - 9, updated=START + 5, position=last, activity=last)
        assert store.session(ALICE, "s") == expected
        assert store.sessions(ALICE, limit=10) == [expected]

    def test_a_session_that_is_not_there_is_none(self, store: Store) -> None:
        assert store.session(ALICE, "s") is None
        store.append(ALICE, "s", entries("a"))
        assert store.session(ALICE, "S") is None
        assert store.session(BOB, "s") is None

    def test_sessions_go_by_their_latest_activity(self, store: Store) -> None:
        for name in ("a", "b", "c"):
            store.append(ALICE, name, [entry("1", created=START - len(name))])
        store.append(ALICE, "a", [entry("2", created=START - 99)])
        assert _names(store.sessions(ALICE, limit=10)) == ["a", "c", "b"]
        store.clear_session(ALICE, "b")
        store.update_session(ALICE, "d", b" {}", ttl=None, expect=0)
        assert _names(store.sessions(ALICE, limit=10)) == ["d", "b", "a", "c"]

    def test_settings_and_documents_are_no_activity(self, store: Store) -> None:
        store.append(ALICE, "a", entries("1"))
        store.append(ALICE, "b", entries("1"))
        before = state_of(store, ALICE, "a")
        store.update_session(ALICE, "a", b" {}", ttl=None, expect=0)
        store.put(ALICE, [Document("c", "a", b"1")])
        assert _names(store.sessions(ALICE, limit=10)) == ["b", "a"]
        after = state_of(store, ALICE, "a")
        assert (after.activity, after.position, after.updated) == (before.activity, before.position, before.updated)

    def test_pages_meet_every_session_once_whatever_their_size(self, store: Store) -> None:
        for number in range(30):
            store.append(ALICE, f"s{number % 23}", entries(f"{number}"))
            store.append(BOB, f"b{number}", entries("x"))
        whole = store.sessions(ALICE, limit=1000)
        assert len(whole) == 23
        activities = [state.activity for state in whole]
        assert activities == sorted(set(activities), reverse=True)
        for size in (1, 2, 22, 23, 24):
            paged = store.sessions(ALICE, limit=size)
            while page := store.sessions(ALICE, after=paged[-1].activity, limit=size):
                assert len(page) <= size
                paged += page
            assert paged == whole

    def test_an_update_makes_a_session_and_tells_its_revision(self, store: Store, clock: ManualClock) -> None:
        store.append(ALICE, "other", entries("a"))
        revision = store.update_session(ALICE, "s", b' {"title": "T"}', ttl=None, expect=0)
        state = state_of(store, ALICE, "s")
        assert (state.settings, state.revision, state.count, state.tokens, state.position) == (b' {"title": "T"}', revision, 0, 0, 0)
        assert (state.created, state.updated, state.activity) == (clock.now, clock.now, revision)
        assert store.entries(ALICE, "s") == []
        assert store.append(ALICE, "s", entries("a"), expect=0) > revision

    def test_an_update_replaces_settings_and_leaves_entries(self, store: Store) -> None:
        store.append(ALICE, "s", entries("a"))
        first = store.update_session(ALICE, "s", b" 1", ttl=None, expect=0)
        second = store.update_session(ALICE, "s", b" 2", ttl=None, expect=first)
        assert second > first
        state = state_of(store, ALICE, "s")
        assert (state.settings, state.revision, state.count) == (b" 2", second, 1)
        assert ids(store.entries(ALICE, "s")) == ["a"]
        assert [item.position for item in store.documents(ALICE, SETTINGS)] == [second]

    def test_an_update_that_expects_another_revision_is_a_conflict_and_changes_nothing(self, store: Store) -> None:
        revision = store.update_session(ALICE, "s", b" 1", ttl=None, expect=0)
        before = read_changes(store, ALICE)
        for expect in (0, revision - 1, revision + 1):
            if expect != revision:
                with pytest.raises(Conflict) as caught:
                    store.update_session(ALICE, "s", b" 2", ttl=SECOND, expect=expect)
                assert caught.value.position == revision
        assert read_changes(store, ALICE) == before
        state = state_of(store, ALICE, "s")
        assert (state.settings, state.ttl) == (b" 1", None)

    def test_an_update_that_expects_settings_where_there_are_none_makes_nothing(self, store: Store) -> None:
        with pytest.raises(Conflict) as caught:
            store.update_session(ALICE, "s", b" 1", ttl=None, expect=4)
        assert caught.value.position == 0
        assert store.session(ALICE, "s") is None
        assert store.owners("", limit=10) == []

    def test_clearing_removes_entries_keeps_settings_and_leaves_a_notice(self, store: Store) -> None:
        store.append(ALICE, "t", entries("z"))
        store.append(ALICE, "s", [entry("a", tokens=5), entry("b")])
        revision = store.update_session(ALICE, "s", b" 1", ttl=60 * SECOND, expect=0)
        assert store.clear_session(ALICE, "s") is True
        state = state_of(store, ALICE, "s")
        assert (state.count, state.tokens, state.position, state.ttl) == (0, 0, 0, 60 * SECOND)
        assert (state.settings, state.revision) == (b" 1", revision)
        assert store.entries(ALICE, "s") == []
        notice = read_changes(store, ALICE)[-1]
        assert isinstance(notice, Document)
        assert (notice.collection, notice.key, notice.position) == (REMOVED, "s", state.activity)
        assert ids(store.entries(ALICE, "t")) == ["z"]

    def test_a_cleared_session_takes_the_same_ids_again(self, store: Store) -> None:
        store.append(ALICE, "s", entries("a", "b"))
        store.clear_session(ALICE, "s")
        last = store.append(ALICE, "s", [entry("a", b" other", created=START + 1)], expect=0)
        state = state_of(store, ALICE, "s")
        assert (state.count, state.position, state.created, state.updated) == (1, last, START + 1, START + 1)
        assert [item.body for item in store.entries(ALICE, "s")] == [b" other"]

    def test_deleting_removes_all_of_a_session_and_leaves_a_notice(self, store: Store) -> None:
        store.append(ALICE, "t", entries("z"))
        store.append(ALICE, "s", entries("a", "b"))
        store.update_session(ALICE, "s", b" 1", ttl=None, expect=0)
        assert store.delete_session(ALICE, "s") is True
        assert store.session(ALICE, "s") is None
        assert store.entries(ALICE, "s") == []
        assert _names(store.sessions(ALICE, limit=10)) == ["t"]
        assert store.documents(ALICE, SETTINGS) == []
        changes = read_changes(store, ALICE)
        assert [item.id for item in changes if isinstance(item, Entry)] == ["z"]
        notices = [item for item in changes if isinstance(item, Document)]
        assert {(item.collection, item.key) for item in notices} == {(REMOVED, "s"), (SETTINGS, "s")}
        assert all(not item.body for item in notices)

    def test_a_deleted_session_starts_anew(self, store: Store) -> None:
        store.append(ALICE, "s", entries("a", "b"))
        revision = store.update_session(ALICE, "s", b" 1", ttl=60 * SECOND, expect=0)
        store.delete_session(ALICE, "s")
        with pytest.raises(Conflict) as caught:
            store.update_session(ALICE, "s", b" 2", ttl=None, expect=revision)
        assert caught.value.position == 0
        last = store.append(ALICE, "s", entries("b"), expect=0)
        assert store.session(ALICE, "s") == SessionState("s", 1, 0, START, START, last, last)

    def test_ending_a_session_that_is_not_there_makes_nothing(self, store: Store) -> None:
        assert store.clear_session(ALICE, "s") is False
        assert store.delete_session(ALICE, "s") is False
        assert store.owners("", limit=10) == []
        store.append(ALICE, "t", entries("a"))
        store.append(BOB, "s", entries("a"))
        before = read_changes(store, ALICE)
        assert store.clear_session(ALICE, "s") is False
        assert store.delete_session(ALICE, "s") is False
        assert read_changes(store, ALICE) == before
        assert ids(store.entries(BOB, "s")) == ["a"]

    def test_a_session_is_deleted_at_the_position_that_is_expected(self, store: Store) -> None:
        position = store.append(ALICE, "s", entries("a", "b"))
        store.update_session(ALICE, "s", b" 1", ttl=None, expect=0)
        assert store.delete_session(ALICE, "s", expect=position) is True
        assert store.session(ALICE, "s") is None
        assert store.entries(ALICE, "s") == []
        assert store.documents(ALICE, SETTINGS) == []

    def test_a_deletion_that_expects_another_position_is_a_conflict_and_changes_nothing(self, store: Store) -> None:
        first = store.append(ALICE, "s", entries("a"))
        store.update_session(ALICE, "s", b" 1", ttl=None, expect=0)
        last = store.append(ALICE, "s", entries("b"))
        state, before = state_of(store, ALICE, "s"), read_changes(store, ALICE)
        for expect in (0, first, last + 1):
            with pytest.raises(Conflict) as caught:
                store.delete_session(ALICE, "s", expect=expect)
            assert caught.value.position == last
        assert state_of(store, ALICE, "s") == state
        assert read_changes(store, ALICE) == before
        assert ids(store.entries(ALICE, "s")) == ["a", "b"]

    def test_a_session_without_entries_is_deleted_at_position_zero(self, store: Store) -> None:
        store.update_session(ALICE, "new", b" 1", ttl=None, expect=0)
        position = store.append(ALICE, "cleared", entries("a"))
        store.clear_session(ALICE, "cleared")
        with pytest.raises(Conflict):
            store.delete_session(ALICE, "cleared", expect=position)
        for name in ("new", "cleared"):
            assert store.delete_session(ALICE, name, expect=0) is True
        assert store.sessions(ALICE, limit=10) == []

    def test_deleting_a_session_that_is_not_there_is_no_conflict_whatever_is_expected(self, store: Store, clock: ManualClock) -> None:
        assert store.delete_session(ALICE, "s", expect=5) is False
        assert store.owners("", limit=10) == []
        store.append(ALICE, "t", entries("a"))
        store.update_session(ALICE, "over", b" 1", ttl=5 * SECOND, expect=0)
        store.append(ALICE, "over", entries("a"))
        clock.now += 5 * SECOND
        for name in ("s", "over"):
            for expect in (0, 5):
                assert store.delete_session(ALICE, name, expect=expect) is False

    def test_a_session_is_deleted_once(self, store: Store) -> None:
        store.update_session(ALICE, "s", b" 1", ttl=None, expect=0)
        assert store.delete_session(ALICE, "s") is True
        assert store.delete_session(ALICE, "s") is False
        assert store.clear_session(ALICE, "s") is False
