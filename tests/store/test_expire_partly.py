"""A store that fails while it expires sessions tells which may be gone."""

import pytest

from conformance.kinds import KINDS
from faults.flaky import Flaky
from recollect.errors import StoreError
from recollect.store.failover import Failover
from recollect.store.memory import MemoryStore
from recollect.store.redis import owners
from recollect.store.relational import sessions
from recollect.testing import ALICE, BOB, ManualClock, entry

GONE = {(ALICE, "s"), (BOB, "s")}


def fill(store, clock):
    for owner, name in GONE:
        store.append(owner, name, [entry("a")])
        store.update_session(owner, name, b"", ttl=1, expect=0)
    clock.now += 1


class Second:
    """Passes one call on, and fails at the second."""

    def __init__(self, call, outcome):
        self.call, self.outcome, self.calls = call, outcome, 0

    def __call__(self, *values, **wanted):
        self.calls += 1
        if self.calls == 2:
            raise StoreError("the connection was cut", self.outcome)
        return self.call(*values, **wanted)


@pytest.mark.parametrize("outcome", ["failed", "unknown"])
@pytest.mark.parametrize("kind", ["postgresql", "mysql", "redis", "files", "memory"])
def test_what_was_deleted_before_is_told_and_what_may_have_been(tmp_path, monkeypatch, kind, outcome):
    clock = ManualClock()
    store = KINDS[kind].open(tmp_path, clock)
    fill(store, clock)
    place, name = {"redis": (owners, "delete_session"), "postgresql": (sessions, "expire"), "mysql": (sessions, "expire")}.get(
        kind, (store, "_write")
    )
    with monkeypatch.context() as patch:
        patch.setattr(place, name, Second(getattr(place, name), outcome))
        with pytest.raises(StoreError, match="cut") as caught:
            store.expire()
    told, left = set(caught.value.expired), set(store.expire())
    assert told | left == GONE
    assert len(left) == 1
    assert len(told) == (2 if outcome == "unknown" else 1)
    store.close()


def test_a_failover_that_asks_its_primary_twice_tells_what_the_first_time_deleted_too(tmp_path, monkeypatch):
    clock = ManualClock()
    store = MemoryStore(clock=clock)
    failover = Failover(Flaky(store), MemoryStore(clock=clock), spool=tmp_path / "spool.db", clock=clock)
    fill(failover, clock)
    with monkeypatch.context() as patch:
        patch.setattr(store, "_write", Second(store._write, "failed"))
        assert set(failover.expire()) == GONE, "it is asked twice, since it answers"
    assert failover.expire() == []
    failover.close()
