"""What stays together in an outage."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from recollect import Memory, Window
from recollect.errors import Conflict, Invalid, StoreError
from recollect.model import Document, Owner
from recollect.store.failover import Failover
from recollect.store.failover.overlay import Overlay
from recollect.store.failover.state import Moved
from recollect.store.files.locks import locked
from recollect.store.memory import MemoryStore
from recollect.testing import ALICE, entry
from recollect.testing.values import entries, ids, read_changes
from recollect.transfer.copying import copy

from .failovers import House


def test_compare_and_set_in_an_outage_lets_one_win_among_those_that_share_a_spool(house: House) -> None:
    stores = [house.store, house.open()]
    house.down()

    def count(number: int) -> None:
        for _ in range(10):
            while True:
                found = stores[number % 2].documents(ALICE, "c", keys=["n"])
                value, at = (int(found[0].body or b""), found[0].position) if found else (0, 0)
                try:
                    stores[number % 2].put(ALICE, [Document("c", "n", b"%d" % (value + 1))], expect={("c", "n"): at})
                    break
                except Conflict:
                    continue

    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(count, number) for number in range(8)]:
            done.result()
    assert house.up().documents(ALICE, "c")[0].body == b"80"
    assert house.store.refused() == []


def test_when_the_primary_goes_again_in_the_middle_of_a_replay_nothing_is_out_of_sight(lagging: House) -> None:
    for number in range(5):
        lagging.down().append(ALICE, "s", entries(f"{number}"))
    append = lagging.behind.append

    def once(*args: Any, **named: Any) -> int:
        lagging.primary.up = len(read_changes(lagging.behind, ALICE)) < 2
        return append(*args, **named)

    lagging.behind.append = once  # type: ignore[method-assign]
    lagging.up()
    assert lagging.store.replay() is False
    assert len(read_changes(lagging.behind, ALICE)) == 3
    assert lagging.store.state.waiting == 2
    assert ids(lagging.store.entries(ALICE, "s")) == ["0", "1", "2", "3", "4"]
    lagging.behind.append = append  # type: ignore[method-assign]
    assert ids(lagging.up().entries(ALICE, "s")) == ["0", "1", "2", "3", "4"]


def test_one_at_a_time_replays(house: House) -> None:
    house.down().append(ALICE, "s", entries("a"))
    house.up()
    with locked(house.place / "spool.db-lock", exclusive=True, make=False, deadline=monotonic() + 1):
        assert house.store.replay(0.02) is False
        assert read_changes(house.behind, ALICE) == []
    assert house.store.replay() is True


def test_who_has_read_the_spool_is_told_that_it_has_moved(house: House) -> None:
    other = house.open()
    other_primary, house.primary.up = other._outage, False
    other.append(ALICE, "s", entries("a"))
    assert house.up().replay()
    with pytest.raises(Moved):
        other_primary.read(ALICE, lambda overlay, _: overlay.made)


def test_a_replay_that_is_repeated_refuses_nothing(house: House) -> None:
    house.down()
    house.store.update_session(ALICE, "s", b" 1", ttl=None, expect=0)
    house.store.put(ALICE, [Document("c", "k", b"1")], expect={("c", "k"): 0})
    settle = house.store._spool.settle

    def failing(owner: Owner | None, numbers: Any) -> bool:
        raise StoreError("the process was killed here")

    for _ in range(2):
        house.store._spool.settle = failing  # type: ignore[method-assign]
        assert house.up().replay() is False
        house.store._spool.settle = settle  # type: ignore[method-assign]
        house.store._routing._stuck.clear()
        house.store._routing.replayed.run(ALICE, 0.0)  # one operation
        house.store._routing._stuck.clear()
    assert house.store.replay() is True
    assert house.store.refused() == []
    assert len(read_changes(house.behind, ALICE)) == 2


def test_what_reaches_the_fallback_late_is_not_mixed_into_a_session_that_was_written_to(lagging: House) -> None:
    lagging.copy.store.append(ALICE, "s", entries("a"))
    lagging.down().append(ALICE, "s", entries("b"))
    lagging.copy.store.append(ALICE, "s", entries("late", "b"))
    for options in ({}, {"limit": 9}, {"limit": 9, "newest": True}):
        assert ids(lagging.store.entries(ALICE, "s", **options)) == ["a", "b"]
    state = lagging.store.session(ALICE, "s")
    assert state is not None
    assert state.count == 2


def test_an_interrupt_in_the_middle_of_a_write_leaves_what_can_be_read_and_replayed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.down().append(ALICE, "s", entries("a"))

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Overlay, "_apply", interrupted)
        with pytest.raises(KeyboardInterrupt):
            house.store.append(ALICE, "s", entries("b"))
    assert ids(house.store.entries(ALICE, "s")) == ["a", "b"]
    assert ids(house.up().entries(ALICE, "s")) == ["a", "b"]


def test_a_fallback_that_is_kept_by_copying_serves_outage_after_outage(lagging: House) -> None:
    memory = Memory(lagging.store)
    chat, said = memory.session("s", user="alice"), []
    for outage in range(3):
        for number in range(3):
            lagging.primary.up = number == 0
            if number == 0:
                chat.append(user=f"{outage}")
                said.append(f"{outage}")
                copy(lagging.behind, lagging.copy.store, name="primary")
                continue
            chat.append(user=f"{outage} {number}")
            chat.update(title=f"{outage} {number}")
            said.append(f"{outage} {number}")
            assert [message.content for message in chat.messages()] == said
            assert [message.content for message in chat.context(Window(turns=2))] == said[-2:]
    lagging.up()
    assert [message.content for message in chat.messages()] == said
    info = chat.info()
    assert info is not None
    assert (info.title, info.count) == ("2 2", len(said))
    assert lagging.store.refused() == []


def test_what_waits_for_one_primary_is_not_handed_to_another(tmp_path: Path) -> None:
    own, other = f"sqlite:///{tmp_path}/later/own.db", f"sqlite:///{tmp_path}/other.db"

    def opened(primary: str) -> Failover:
        return Failover(primary, MemoryStore(), spool=tmp_path / "spool.db", pause=0.0)

    with closing(opened(own)) as store:
        store.append(ALICE, "s", [entry("a")])
        assert store.state.waiting == 1
    with pytest.raises(Invalid, match="a spool of its own"):
        opened(other)
    (tmp_path / "later").mkdir()
    with closing(opened(own)) as store:
        assert store.replay()
    opened(other).close()
