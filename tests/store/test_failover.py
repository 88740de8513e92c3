"""What a failover does when its primary goes and comes back."""

from pathlib import Path

import pytest

from recollect import Memory, Window
from recollect.errors import Conflict, StoreError
from recollect.model import Document
from recollect.store.failover import is_provisional
from recollect.testing import ALICE, BOB, entry
from recollect.testing.values import Follower, entries, ids

from .failovers import House


def test_while_the_primary_is_up_nothing_else_is_asked(house: House) -> None:
    house.store.append(ALICE, "s", entries("a"))
    assert ids(house.behind.entries(ALICE, "s")) == ids(house.store.entries(ALICE, "s")) == ["a"]
    assert house.copy.calls == 0
    state = house.store.state
    assert (state.primary, state.waiting, state.spooled_writes, state.degraded_reads) == ("up", 0, 0, 0)


def test_what_is_written_in_an_outage_is_read_in_it_and_on_the_primary_after_it(house: House) -> None:
    house.store.append(ALICE, "s", entries("a"))
    position = house.down().append(ALICE, "s", entries("b", "c"))
    assert is_provisional(position)
    assert ids(house.store.entries(ALICE, "s"))[-2:] == ["b", "c"]
    assert ids(house.behind.entries(ALICE, "s")) == ["a"], "the fallback is not written to either, where it is the primary's replica"
    assert ids(house.up().entries(ALICE, "s")) == ["a", "b", "c"]
    assert ids(house.behind.entries(ALICE, "s")) == ["a", "b", "c"]
    assert not is_provisional(house.store.append(ALICE, "s", entries("d")))


def test_the_state_tells_what_is_the_case(house: House) -> None:
    house.down().append(ALICE, "s", entries("a"))
    house.store.entries(ALICE, "s")
    state = house.store.state
    assert (state.primary, state.waiting, state.refused, state.spooled_writes, state.degraded_reads) == ("down", 1, 0, 1, 1)
    assert state.since is not None
    assert state.lag >= 0
    assert "refused" in (state.error or "")
    assert house.store.check() is False
    assert house.up().check() is True
    assert house.store.state.primary == "returning"
    assert house.store.replay() is True
    state = house.store.state
    assert (state.primary, state.since, state.error, state.waiting, state.lag) == ("up", None, None, 0, 0.0)


def test_a_copy_is_never_written_to(lagging: House) -> None:
    store = lagging.down()
    store.append(ALICE, "s", entries("a"))
    store.put(ALICE, [Document("c", "k", b"1")])
    store.erase(BOB)
    assert lagging.copy.store.owners("", limit=9) == []


def test_reads_begin_in_the_copy_and_go_on_in_the_spool(lagging: House) -> None:
    lagging.copy.store.append(ALICE, "s", [entry(f"old{number}", tokens=1) for number in range(500)])
    lagging.down().append(ALICE, "s", [entry("new", tokens=1)])
    found = lagging.store.entries(ALICE, "s", limit=3, newest=True, opening=2)
    assert ids(found) == ["old0", "old1", "old498", "old499", "new"]
    state = lagging.store.session(ALICE, "s")
    assert state is not None
    assert (state.count, state.tokens, state.position) == (501, 501, found[-1].position)


def test_a_first_write_in_an_outage_reads_a_bounded_part_of_a_long_session(lagging: House) -> None:
    lagging.copy.store.append(ALICE, "s", entries(*(f"m{number}" for number in range(5000))))
    returned = []
    read = lagging.copy.store.entries
    lagging.copy.store.entries = lambda *args, **named: returned.append(found := read(*args, **named)) or found  # type: ignore[method-assign]
    lagging.down().append(ALICE, "s", entries("new"))
    lagging.store.entries(ALICE, "s", limit=20, newest=True)
    assert sum(map(len, returned)) < 250


def test_a_repeated_batch_is_told_from_a_new_one_in_an_outage(house: House) -> None:
    house.behind.append(ALICE, "s", entries("a"))
    if not house.replica:
        house.copy.store.append(ALICE, "s", entries("a"))
    first = house.down().append(ALICE, "s", entries("b"))
    assert house.store.append(ALICE, "s", entries("b")) == first
    house.store.append(ALICE, "s", entries("a"))
    with pytest.raises(Conflict, match="'a'"):
        house.store.append(ALICE, "s", [entry("a", b" other")])
    assert house.store.state.waiting == 1
    assert ids(house.up().entries(ALICE, "s")) == ["a", "b"]


def test_a_provisional_position_is_not_used_again_in_the_next_outage(house: House) -> None:
    used = []
    for id in ("a", "b", "c"):
        used.append(house.down().append(ALICE, "s", entries(id)))
        assert house.up().replay()
    assert used == sorted(set(used))


def test_a_memory_shows_each_message_once_and_in_order_over_every_transition(house: House) -> None:
    memory, said = Memory(house.store), []
    chat = memory.session("s", user="alice")
    if not house.replica:  # a copy whose positions are other messages' on the primary
        for number in range(3):
            house.copy.store.append(ALICE, "before", entries(f"{number}"))
    for turn in range(12):
        house.primary.up = turn % 4 < 2
        chat.append(user=f"{turn}")
        said.append(f"{turn}")
        if house.replica:
            assert [message.content for message in chat.context(Window(turns=3))] == said[-3:]
            assert [message.content for message in chat.messages()] == said
    house.up()
    assert [message.content for message in chat.context(Window(turns=3))] == said[-3:]
    assert [message.content for message in chat.messages()] == said


def test_a_position_of_the_primary_means_nothing_to_a_copy(lagging: House) -> None:
    first = lagging.store.append(ALICE, "s", entries("a", "b"))
    lagging.copy.store.append(ALICE, "s", entries("a", "b"))
    lagging.down()
    assert ids(lagging.store.entries(ALICE, "s", after=first)) == ["a", "b"], "rather again than never"
    with pytest.raises(StoreError, match="which is down"):
        lagging.store.entries(ALICE, "s", before=first)
    with pytest.raises(StoreError, match="which is down"):
        lagging.store.sessions(ALICE, after=first, limit=5)
    with pytest.raises(Conflict):
        lagging.store.append(ALICE, "s", entries("c"), expect=first)


def test_a_position_of_an_outage_means_nothing_to_the_primary(house: House) -> None:
    position = house.down().append(ALICE, "s", entries("a"))
    house.up().append(ALICE, "s", entries("b"))
    assert ids(house.store.entries(ALICE, "s", after=position)) == ["a", "b"], "rather again than never"
    assert ids(house.store.entries(ALICE, "s", before=1 << 60)) == ["a", "b"]
    with pytest.raises(StoreError, match="an outage that is over"):
        house.store.entries(ALICE, "s", before=position)
    with pytest.raises(StoreError, match="an outage that is over"):
        house.store.sessions(ALICE, after=position, limit=5)
    with pytest.raises(Conflict):
        house.store.append(ALICE, "s", entries("c"), expect=position)


def test_a_follower_misses_nothing_over_outages(tmp_path: Path) -> None:
    house = House(tmp_path, replica=True)
    follower = Follower(ALICE)
    for turn in range(9):
        house.primary.up = turn % 3 == 0
        house.store.append(ALICE, "s", entries(f"{turn}"))
        house.store.put(ALICE, [Document("c", "k", b"%d" % turn)])
        follower.catch_up(house.store)
        assert follower.position < 100
    follower.catch_up(house.up())
    follower.check(house.store, ["s"], ["c"])
    house.store.close()


def test_a_copy_cannot_be_followed(lagging: House) -> None:
    with pytest.raises(StoreError, match="followed"):
        lagging.down().changes(ALICE, 0, 10)
    lagging.store.erase(ALICE)
    assert lagging.store.changes(ALICE, 0, 10) == []
