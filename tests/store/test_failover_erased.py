"""A replay brings nobody back who was erased while their operations waited."""

from pathlib import Path

import pytest

from recollect import Erased, Memory
from recollect.core.secret import tenant_of
from recollect.model import Owner
from recollect.store.failover import Failover
from recollect.testing.values import read_changes

from .failovers import House

ALICE = Owner("", "user", "alice")


def test_what_waited_of_who_was_erased_elsewhere_is_dropped(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with Memory(house.behind, embedder=None) as elsewhere:
        elsewhere.session("s", user="alice").append(user="before")
    memory = Memory(house.store, embedder=None)
    house.down()
    memory.session("s", user="alice").append(user="WAITS")
    memory.user("bob").remember("likes tea")
    with Memory(house.behind, embedder=None) as elsewhere:
        elsewhere.user("alice").erase()
    house.up().check()
    assert house.store.replay()
    assert read_changes(house.behind, ALICE) == []
    assert b"WAITS" not in house.spooled_bytes()
    assert "dropped" in caplog.text
    assert "alice" not in caplog.text
    with pytest.raises(Erased):
        memory.session("s", user="alice").append(user="x")
    assert memory.user("bob").facts()
    memory.close()


def test_what_was_replayed_before_the_memory_was_opened_is_taken_back(house: House) -> None:
    memory = Memory(house.store, embedder=None)
    house.down()
    memory.session("s", user="alice").append(user="WAITS")
    memory.close()
    house.store.close()
    house.primary.up = True
    with Memory(house.behind, embedder=None) as elsewhere:
        elsewhere.user("alice").erase()
    again = house.open()
    assert again.replay()
    assert read_changes(house.behind, ALICE), "nobody has told it yet"
    with Memory(again, embedder=None):
        assert read_changes(house.behind, ALICE) == []


def test_an_erasure_in_an_outage_keeps_the_user_out_there_and_then(house: House, tmp_path: Path) -> None:
    memory = Memory(house.store, embedder=None)
    memory.session("s", user="alice").append(user="before")
    house.down()
    memory.user("alice").erase()
    other = Failover(house.primary, house.copy, spool=tmp_path / "spool.db", pause=0.0, longest=0.0)
    with Memory(other, embedder=None) as late, pytest.raises(Erased):
        late.session("s", user="alice").append(user="x")
    other.close()
    house.up().check()
    assert house.store.replay()
    assert read_changes(house.behind, ALICE) == []
    assert house.behind.documents(tenant_of(""), "recollect.erased")
    memory.close()


def test_what_is_removed_in_an_outage_and_held_elsewhere_is_refused_by_the_replay(house: House) -> None:
    users = ("alice", "bob")
    with Memory(house.behind, embedder=None) as elsewhere:
        for user in users:
            elsewhere.session("s", user=user).append(user="evidence")
            elsewhere.session("t", user=user).append(user="more")
            elsewhere.user(user).documents("notes").put({"k": 1})
    for owner in () if house.replica else [Owner("", "user", user) for user in users]:
        for session in ("s", "t"):
            house.copy.append(owner, session, house.behind.entries(owner, session))
        house.copy.put(owner, house.behind.documents(owner, "notes"))
    house.down()
    memory = Memory(house.store, embedder=None)
    for user in users:
        memory.session("s", user=user).delete()
        memory.session("t", user=user).clear()
        memory.user(user).documents("notes").remove("k")
    with Memory(house.behind, embedder=None) as elsewhere:
        elsewhere.user("alice").hold("case 1")
        elsewhere.session("s", user="bob").hold("case 2")
    house.up().check()
    assert house.store.replay()
    with Memory(house.behind, embedder=None) as elsewhere:
        for user, cleared in (("alice", False), ("bob", True)):
            assert elsewhere.session("s", user=user).messages()
            assert (elsewhere.session("t", user=user).messages() == []) is cleared
            assert elsewhere.user(user).documents("notes").get("k") == [1]
    assert ["legal hold" in one.reason for one in house.store.refused()] == [True] * 5
    memory.close()
