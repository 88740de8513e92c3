"""When the primary is asked, by whom, and from which file."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import sleep
from types import SimpleNamespace
from typing import Any

import pytest

from faults.crew import together
from faults.flaky import Flaky
from recollect import AsyncMemory, Memory
from recollect.errors import Busy, Damaged, NewerFormat, StorageFull, StoreError
from recollect.model import Owner
from recollect.store.failover import Failover, is_provisional
from recollect.store.failover.member import Member
from recollect.store.failover.spool import Spool
from recollect.store.memory import MemoryStore
from recollect.store.protocol import Store
from recollect.store.sqlite import SQLiteStore
from recollect.testing import ALICE, BOB
from recollect.testing.values import entries, ids, read_changes

from .failovers import House


def test_a_primary_that_is_down_is_asked_once_in_a_pause(lagging: House) -> None:
    store = lagging.open(pause=60.0, longest=60.0)
    lagging.primary.up = False
    store.append(ALICE, "s", entries("a"))
    calls = lagging.primary.calls
    for number in range(5):
        store.append(ALICE, "s", entries(f"{number}"))
        store.entries(ALICE, "s")
    assert lagging.primary.calls == calls
    lagging.primary.up = True
    assert is_provisional(store.append(ALICE, "s", entries("b")))
    assert store.replay()
    assert not is_provisional(store.append(ALICE, "s", entries("c")))


def test_a_failure_of_one_call_is_met_by_another_and_no_outage(house: House) -> None:
    append, failures = house.behind.append, [StoreError("reset")]

    def failing(*args: Any, **named: Any) -> int:
        if failures:
            raise failures.pop()
        return append(*args, **named)

    house.behind.append = failing  # type: ignore[method-assign]
    assert not is_provisional(house.store.append(ALICE, "s", entries("a")))
    assert house.store.state.spooled_writes == 0


@pytest.mark.parametrize("again", [StorageFull("full"), StoreError("reset")])
def test_a_call_that_may_have_been_done_is_not_told_as_failed_when_its_repetition_fails(house: House, again: StoreError) -> None:
    failures = [StoreError("the answer is lost", "unknown"), again]

    def failing(*_: Any, **__: Any) -> int:
        raise failures.pop(0)

    house.behind.append = failing  # type: ignore[method-assign]
    with pytest.raises(StoreError, match="the answer is lost") as raised:
        house.store.append(ALICE, "s", entries("a"))
    assert raised.value.outcome == "unknown"


def test_a_call_that_may_have_been_done_is_not_told_as_failed_when_the_spool_is_full(lagging: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> int:
        raise StorageFull("full")

    monkeypatch.setattr(Spool, "add", full)
    lagging.primary.cut = True
    with pytest.raises(StoreError, match="cut before the answer came") as raised:
        lagging.store.append(ALICE, "s", entries("a"))
    assert raised.value.outcome == "unknown"


@pytest.mark.parametrize("error", [StorageFull("full"), Busy("too many writers"), StoreError("this value is too large")])
def test_what_a_primary_says_that_is_there_is_raised(house: House, error: StoreError) -> None:
    def failing(*_: Any, **__: Any) -> int:
        raise error

    house.behind.append = failing  # type: ignore[method-assign]
    with pytest.raises(type(error), match=str(error)):
        house.store.append(ALICE, "s", entries("a"))
    assert house.store.state.primary == "up"


def test_an_owner_whose_operations_cannot_be_replayed_keeps_no_other_from_the_primary(lagging: House) -> None:
    append = lagging.behind.append

    def failing(owner: Owner, *args: Any, **named: Any) -> int:
        if owner == ALICE:
            raise StorageFull("alice's shard is full")
        return append(owner, *args, **named)

    lagging.down().append(ALICE, "s", entries("a"))
    lagging.store.append(BOB, "s", entries("a"))
    lagging.behind.append = failing  # type: ignore[method-assign]
    assert lagging.up().replay() is False
    assert not is_provisional(lagging.store.append(BOB, "s", entries("b")))
    assert is_provisional(lagging.store.append(ALICE, "s", entries("b")))
    assert (lagging.store.state.primary, lagging.store.state.waiting) == ("returning", 2)
    lagging.behind.append = append  # type: ignore[method-assign]
    lagging.store._routing._stuck.clear()
    assert ids(lagging.store.entries(ALICE, "s")) == ["a", "b"]
    assert lagging.store.state.waiting == 0


def test_calls_take_along_what_others_have_left(house: House) -> None:
    for number in range(20):
        house.down().append(Owner("", "user", f"{number}"), "s", entries("a"))
    house.up()
    for _ in range(50):
        house.store.session(ALICE, "s")
    assert house.store.state.waiting == 0
    assert len(house.behind.owners("", limit=99)) == 20


def test_two_that_share_a_spool_see_each_others_writes_in_an_outage_and_replay_them_once(house: House) -> None:
    other = house.open()
    house.down().append(ALICE, "s", entries("a"))
    other.append(ALICE, "s", entries("b"))
    house.store.append(ALICE, "s", entries("a", "c"))
    assert house.store.entries(ALICE, "s") == other.entries(ALICE, "s")
    assert ids(other.entries(ALICE, "s")) == ["a", "b", "c"]
    house.up()
    assert ids(other.entries(ALICE, "s")) == ids(house.store.entries(ALICE, "s")) == ["a", "b", "c"]
    assert len(read_changes(house.behind, ALICE)) == 3


def test_who_knows_of_the_outage_hears_that_another_has_replayed(house: House) -> None:
    patient = house.open(pause=60.0, longest=60.0)
    house.primary.up = False
    patient.append(ALICE, "s", entries("a"))
    assert house.up().replay()
    assert not is_provisional(patient.entries(ALICE, "s")[0].position)
    assert patient.state.primary == "up"


def test_a_process_can_begin_in_an_outage(tmp_path: Path) -> None:
    folder = tmp_path / "not mounted yet"
    (tmp_path / "copy").mkdir()
    for begun in range(2):
        store = Failover(f"sqlite:///{folder}/primary.db", f"file:///{tmp_path}/copy", spool=tmp_path / "spool.db", pause=0.0)
        store.append(ALICE, "s", entries(f"{begun}"))
        assert store.state.primary == "down"
        store.close()
    folder.mkdir()
    store = Failover(f"sqlite:///{folder}/primary.db", MemoryStore, spool=tmp_path / "spool.db")
    assert ids(store.entries(ALICE, "s")) == ["0", "1"]
    assert store.state.waiting == 0
    store.close()


def test_callers_that_wait_while_a_primary_is_opened_in_vain_share_the_failure() -> None:
    calls: list[int] = []
    tried = Event()

    def opened() -> Store:
        calls.append(1)
        tried.wait(5)
        raise Damaged("the file is no database")

    member = Member(opened)
    with ThreadPoolExecutor(8) as threads:
        running = [threads.submit(member) for _ in range(8)]
        sleep(0.2)
        tried.set()
        assert {type(one.exception()) for one in running} == {Damaged}
    assert len(calls) < 8
    with pytest.raises(Damaged):
        member()


def test_many_processes_replay_one_spool_once(tmp_path: Path) -> None:
    def opened() -> SimpleNamespace:
        primary = Flaky(SQLiteStore(tmp_path / "primary.db"))
        return SimpleNamespace(primary=primary, store=Failover(primary, MemoryStore, spool=tmp_path / "spool.db", pause=0.0, longest=0.0))

    first = opened()
    first.primary.up = False
    for number in range(100):
        first.store.append(ALICE, f"s{number % 3}", entries(f"{number}"))
        if number % 10 == 9:
            first.store.clear_session(ALICE, "s2")
    seen = [ids(first.store.entries(ALICE, f"s{number}")) for number in range(3)]
    first.store.close()
    first.primary.store.close()

    def work(number: int) -> list[str]:
        one = opened()
        one.store.append(ALICE, "s0", entries(f"by {number}"))
        while not one.store.replay():
            pass
        one.store.close()
        one.primary.store.close()
        return []

    together(4, work)
    last = opened()
    assert last.store.state.waiting == 0
    assert ids(last.store.entries(ALICE, "s0"))[:-4] == seen[0]
    assert [ids(last.store.entries(ALICE, f"s{number}")) for number in (1, 2)] == seen[1:]
    last.store.close()
    last.primary.store.close()


def test_a_spool_does_not_go_through_a_fork(house: House) -> None:
    def work(_: int) -> str:
        try:
            house.store.append(ALICE, "s", entries("a"))
        except StoreError as error:
            return str(error)
        return ""

    assert "fork" in together(1, work)[0]


def test_both_faces_of_a_memory_go_on_in_an_outage(house: House) -> None:
    async def talk() -> list[Any]:
        memory = AsyncMemory(house.store)
        chat = memory.session("s", user="alice")
        await asyncio.gather(*(chat.append(user=f"{number}") for number in range(8)))
        await chat.update(title="T")
        texts = sorted(str(message.content) for message in await chat.messages())
        await memory.close()
        return [texts, [one.title for one in (await memory.user("alice").sessions())]]

    house.down()
    assert asyncio.run(talk()) == [[f"{number}" for number in range(8)], ["T"]]
    house.up()
    info = Memory(house.store).session("s", user="alice").info()
    assert info is not None
    assert (info.count, info.title) == (8, "T")


def test_a_spool_of_a_newer_version_is_refused(house: House) -> None:
    house.store._spool._write(lambda db: db.execute("UPDATE recollect_spool SET version = 3").fetchall())
    with pytest.raises(NewerFormat, match="upgrade"):
        house.open()


def test_a_spool_is_for_its_owner_alone(house: House) -> None:
    assert (house.place / "spool.db").stat().st_mode & 0o077 == 0


def test_when_both_are_down_the_error_is_the_fallbacks_and_nothing_is_acknowledged(lagging: House) -> None:
    lagging.copy.up = False
    lagging.down()
    with pytest.raises(StoreError, match="refused"):
        lagging.store.append(ALICE, "s", entries("a"))
    with pytest.raises(StoreError, match="refused"):
        lagging.store.entries(ALICE, "s")
    assert lagging.store.state.waiting == 0


def test_sizes_are_those_of_the_primary_and_the_spool(house: House) -> None:
    store: Store = house.store
    assert store.size() > 0
    assert house.down().size() > 0
