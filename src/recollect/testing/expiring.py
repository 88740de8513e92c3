"""Sessions with a time to live, and Store.expire."""
# ruff: noqa: D102, PLR2004, S101  # the tests' names are sentences, and what they do is assert

from pathlib import Path

import pytest

from recollect.errors import Conflict
from recollect.model import Owner, SessionState
from recollect.store.protocol import SETTINGS, Store
from recollect.testing.setting import ManualClock, Setting
from recollect.testing.values import ALICE, BOB, SECOND, START, Follower, entries, entry, ids, state_of

TTL = 5 * SECOND


def _make(store: Store, owner: Owner = ALICE, name: str = "s", ttl: int | None = TTL) -> int:
    """Make a session of two entries with a time to live, and return its revision."""
    store.append(owner, name, entries("a", "b"))
    return store.update_session(owner, name, b" 1", ttl=ttl, expect=0)


class Expiring(Setting):
    """Hidden at once, removed later."""

    def test_a_session_without_a_time_to_live_stays(self, store: Store, clock: ManualClock) -> None:
        _make(store, ttl=None)
        clock.now += 10**15
        assert store.expire() == []
        assert len(store.entries(ALICE, "s")) == 2

    def test_a_session_tells_when_it_expires(self, store: Store, clock: ManualClock) -> None:
        clock.now += 3
        _make(store)
        state = state_of(store, ALICE, "s")
        assert (state.ttl, state.expires) == (TTL, clock.now + TTL)

    def test_a_session_is_hidden_as_soon_as_its_time_is_over(self, store: Store, clock: ManualClock) -> None:
        _make(store)
        store.append(ALICE, "t", entries("x"))
        clock.now += TTL - 1
        assert len(store.entries(ALICE, "s")) == 2
        assert store.session(ALICE, "s") is not None
        assert len(store.sessions(ALICE, limit=10)) == len(store.recent("", limit=10)) == 2
        clock.now += 1
        assert store.entries(ALICE, "s") == []
        assert store.entries(ALICE, "s", limit=1, newest=True) == []
        assert store.session(ALICE, "s") is None
        assert [state.name for state in store.sessions(ALICE, limit=10)] == ["t"]
        assert [state.name for _, state in store.recent("", limit=10)] == ["t"]

    def test_hidden_sessions_take_no_room_on_a_page(self, store: Store, clock: ManualClock) -> None:
        for number in range(6):
            _make(store, name=f"s{number}", ttl=TTL if number % 2 else None)
        clock.now += TTL
        assert [state.name for state in store.sessions(ALICE, limit=2)] == ["s4", "s2"]
        assert len(store.recent("", limit=2)) == 2

    def test_an_append_gives_a_session_its_time_again(self, store: Store, clock: ManualClock) -> None:
        _make(store)
        clock.now += TTL - 1
        store.append(ALICE, "s", entries("c"))
        clock.now += TTL - 1
        assert ids(store.entries(ALICE, "s")) == ["a", "b", "c"]
        clock.now += 1
        assert store.entries(ALICE, "s") == []

    def test_an_update_sets_the_time_anew(self, store: Store, clock: ManualClock) -> None:
        revision = _make(store)
        clock.now += TTL - 1
        revision = store.update_session(ALICE, "s", b" 2", ttl=2 * TTL, expect=revision)
        clock.now += 2 * TTL - 1
        state = state_of(store, ALICE, "s")
        assert state.expires == clock.now + 1
        store.update_session(ALICE, "s", b" 3", ttl=None, expect=revision)
        clock.now += 10 * TTL
        state = state_of(store, ALICE, "s")
        assert (state.ttl, state.expires, state.count) == (None, None, 2)

    def test_clearing_keeps_the_time_to_live(self, store: Store, clock: ManualClock) -> None:
        _make(store)
        store.clear_session(ALICE, "s")
        clock.now += TTL
        assert store.session(ALICE, "s") is None

    def test_an_append_starts_an_expired_session_anew(self, store: Store, clock: ManualClock) -> None:
        _make(store)
        follower = Follower(ALICE)
        follower.catch_up(store)
        clock.now += TTL
        last = store.append(ALICE, "s", [entry("a", b" other")], expect=0)
        assert [item.body for item in store.entries(ALICE, "s")] == [b" other"]
        assert store.session(ALICE, "s") == SessionState("s", 1, 0, START, START, last, last)
        assert store.documents(ALICE, SETTINGS) == []
        follower.catch_up(store)
        follower.check(store, ["s"], [SETTINGS])

    def test_an_update_starts_an_expired_session_anew(self, store: Store, clock: ManualClock) -> None:
        _make(store)
        follower = Follower(ALICE)
        follower.catch_up(store)
        clock.now += TTL
        revision = store.update_session(ALICE, "s", b" 2", ttl=None, expect=0)
        state = store.session(ALICE, "s")
        assert state == SessionState("s", 0, 0, clock.now, clock.now, 0, revision, settings=b" 2", revision=revision)
        follower.catch_up(store)
        follower.check(store, ["s"], [SETTINGS])

    def test_an_expired_session_stands_at_0_for_those_who_expect_it(self, store: Store, clock: ManualClock) -> None:
        revision = _make(store)
        state = state_of(store, ALICE, "s")
        clock.now += TTL
        with pytest.raises(Conflict) as caught:
            store.append(ALICE, "s", entries("c"), expect=state.position)
        assert caught.value.position == 0
        with pytest.raises(Conflict) as caught:
            store.update_session(ALICE, "s", b" 2", ttl=None, expect=revision)
        assert caught.value.position == 0
        assert store.session(ALICE, "s") is None

    def test_an_expired_session_cannot_be_cleared_or_deleted(self, store: Store, clock: ManualClock) -> None:
        _make(store)
        _make(store, name="t")
        clock.now += TTL
        assert store.clear_session(ALICE, "s") is False
        assert store.delete_session(ALICE, "t") is False
        assert store.sessions(ALICE, limit=10) == []

    def test_expire_removes_what_is_over_and_nothing_else(self, store: Store, clock: ManualClock, place: Path) -> None:
        other = Owner("tenant", "session", "s")
        _make(store)
        _make(store, name="t")
        _make(store, BOB)
        _make(store, other)
        _make(store, ALICE, "longer", 2 * TTL)
        _make(store, ALICE, "forever", None)
        follower = Follower(ALICE)
        follower.catch_up(store)
        clock.now += TTL
        assert sorted(store.expire()) == sorted([(ALICE, "s"), (ALICE, "t"), (BOB, "s"), (other, "s")])
        assert store.expire() == []
        assert [state.name for state in store.sessions(ALICE, limit=10)] == ["forever", "longer"]
        assert store.sessions(BOB, limit=10) == store.sessions(other, limit=10) == []
        follower.catch_up(store)
        follower.check(store, ["s", "t", "longer", "forever"], [SETTINGS])
        kept = [item.body for item in entries("a", "b")] * 2 + [b" 1"] * 2
        assert sorted(body for body in self.raw_bodies(store, place) if body) == sorted(kept)
