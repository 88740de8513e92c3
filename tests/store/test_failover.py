"""What a failover does when its primary goes and comes back."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest

from faults.crew import together
from faults.flaky import Flaky
from recollect import AsyncMemory, Memory, Window
from recollect.errors import Busy, Conflict, NewerFormat, StorageFull, StoreError
from recollect.model import Document, Owner
from recollect.store.failover import Failover, is_provisional
from recollect.store.failover.overlay import Overlay
from recollect.store.failover.state import Moved
from recollect.store.files.locks import locked
from recollect.store.memory import MemoryStore
from recollect.store.protocol import Store
from recollect.store.sqlite import SQLiteStore
from recollect.testing import ALICE, BOB, ManualClock, entry
from recollect.testing.values import Follower, entries, ids, read_changes
from recollect.transfer.copying import copy


class House:
    """A failover that checks at each call whether its primary is back, over stores in memory; its fallback is a copy, or a replica."""

    def __init__(self, place: Path, *, replica: bool = False) -> None:
        self.place, self.replica = place, replica
        self.behind = MemoryStore()
        self.primary = Flaky(self.behind)
        self.copy = Flaky(self.behind if replica else MemoryStore())
        self.opened: list[Failover] = []
        self.store = self.open()

    def open(self, **options: Any) -> Failover:
        store = Failover(self.primary, self.copy, spool=self.place / "spool.db", replica=self.replica, **({"pause": 0.0, "longest": 0.0} | options))
        self.opened.append(store)
        return store

    def down(self) -> Failover:
        self.primary.up = False
        return self.store

    def up(self) -> Failover:
        self.primary.up = True
        return self.store

    def spooled_bytes(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.place.glob("spool.db*"))


@pytest.fixture(params=[False, True], ids=["copy", "replica"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, replica=request.param)
    yield house
    for store in house.opened:
        store.close()


@pytest.fixture
def lagging(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    for store in house.opened:
        store.close()


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


# positions


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


# what the primary answers when it is back


def test_a_message_is_appended_though_its_session_has_moved_on_and_that_is_told(house: House) -> None:
    house.store.append(ALICE, "s", entries("a"))
    found = house.down().session(ALICE, "s")
    house.store.append(ALICE, "s", entries("b"), expect=found.position if found else 0)
    house.behind.append(ALICE, "s", entries("by another machine"))
    assert ids(house.up().entries(ALICE, "s")) == ["a", "by another machine", "b"]
    assert house.store.state.overtaken == 1


def test_what_the_primary_refuses_is_kept_and_told_until_it_is_forgotten(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.down().append(ALICE, "s", [entry("a", b" mine"), entry("b")])
    house.store.append(ALICE, "s", entries("c"))
    house.behind.append(ALICE, "s", [entry("a", b" another's")])
    assert ids(house.up().entries(ALICE, "s")) == ["a", "c"]
    assert house.store.state.refused == 1
    (refused,) = house.store.refused()
    assert [item.body for item in refused.operation.entries] == [b" mine", entry("b").body]
    assert refused.owner == ALICE
    assert "'a'" in refused.reason
    assert "refused" in caplog.text
    assert house.store.forget(refused.number) is True
    assert house.store.forget(refused.number) is False
    assert house.store.state.refused == 0


def test_a_value_that_was_expected_and_changed_meanwhile_is_not_overwritten(house: House) -> None:
    for store in {house.behind, house.copy.store}:
        store.put(ALICE, [Document("c", "k", b"1"), Document("c", "l", b"1")])
    house.down()
    for key in ("k", "l"):
        for value in (b"2", b"3"):
            at = house.store.documents(ALICE, "c", keys=[key])[0].position
            house.store.put(ALICE, [Document("c", key, value)], expect={("c", key): at})
    house.behind.put(ALICE, [Document("c", "k", b"another's")])
    assert [document.body for document in house.up().documents(ALICE, "c")] == [b"another's", b"3"]
    assert [one.operation.documents[0].body for one in house.store.refused()] == [b"2", b"3"]


def test_settings_that_were_expected_and_changed_meanwhile_are_not_overwritten(lagging: House) -> None:
    lagging.down().update_session(ALICE, "s", b" 1", ttl=None, expect=0)
    lagging.behind.update_session(ALICE, "s", b" 2", ttl=None, expect=0)
    state = lagging.up().session(ALICE, "s")
    assert state is not None
    assert state.settings == b" 2"
    assert len(lagging.store.refused()) == 1


def test_a_call_that_was_cut_off_behind_its_commit_happens_once(house: House) -> None:
    revision = house.store.update_session(ALICE, "s", b" 0", ttl=None, expect=0)
    for number, call in enumerate(
        [
            lambda: house.store.append(ALICE, "s", entries("a", "b")),
            lambda: house.store.put(ALICE, [Document("c", "k", b"1")]),
            lambda: house.store.put(ALICE, [Document("c", "new", b"1")], expect={("c", "new"): 0}),
            lambda: house.store.update_session(ALICE, "s", b" 1", ttl=None, expect=revision),
            lambda: house.store.clear_session(ALICE, "s"),
        ]
    ):
        house.primary.cut = True
        try:
            call()
        except StoreError as error:
            assert error.outcome == "unknown"  # noqa: PT017  # the copy knows too little to tell; the primary has done it
        before = read_changes(house.behind, ALICE)
        assert house.up().replay()
        if number in {0, 2, 3}:
            assert read_changes(house.behind, ALICE) == before
    assert house.store.refused() == []
    assert [document.body for document in house.store.documents(ALICE, "c")] == [b"1", b"1"]


def test_a_deletion_is_replayed_though_the_fallback_never_had_the_session(lagging: House) -> None:
    lagging.store.append(ALICE, "s", entries("a"))
    lagging.store.append(ALICE, "t", entries("a"))
    assert lagging.down().delete_session(ALICE, "s") is False
    assert lagging.store.clear_session(ALICE, "t") is False
    assert lagging.up().entries(ALICE, "s") == lagging.store.entries(ALICE, "t") == []


def test_a_note_to_expire_is_left_once(lagging: House) -> None:
    clock = ManualClock()
    lagging.behind._clock = clock
    lagging.store.update_session(ALICE, "s", b" 1", ttl=5, expect=0)
    clock.now += 5
    lagging.down()
    assert lagging.store.expire() == lagging.store.expire() == 0
    assert lagging.store.state.waiting == 1
    assert lagging.up().replay()
    assert lagging.behind.expire() == 0


# erasure


def test_an_erasure_in_an_outage_removes_what_was_spooled_at_once_and_the_rest_when_the_primary_is_back(house: House) -> None:
    house.store.append(ALICE, "s", entries("old"))
    house.down().append(ALICE, "s", [entry("a", b" a secret of alice's")])
    house.store.append(BOB, "s", [entry("a", b" a word of bob's")])
    assert b"a secret" in house.spooled_bytes()
    assert house.store.erase(ALICE) is True
    assert b"a secret" not in house.spooled_bytes()
    assert b"a word" in house.spooled_bytes()
    assert house.store.entries(ALICE, "s") == house.store.sessions(ALICE, limit=9) == house.store.documents(ALICE, "c") == []
    assert house.store.owners("", limit=9) == [owner for owner, _ in house.store.recent("", limit=9)] == [BOB]
    house.store.append(ALICE, "s", entries("new"))
    assert ids(house.store.entries(ALICE, "s")) == ["new"]
    assert ids(house.up().entries(ALICE, "s")) == ["new"]
    assert ids(house.behind.entries(ALICE, "s")) == ["new"]


def test_what_was_refused_of_an_owner_goes_with_the_owner(house: House) -> None:
    house.down().append(ALICE, "s", [entry("a", b" a secret of alice's")])
    house.behind.append(ALICE, "s", [entry("a", b" another")])
    house.up().replay()
    assert len(house.store.refused()) == 1
    house.store.erase(ALICE)
    assert house.store.refused() == []
    assert b"a secret" not in house.spooled_bytes()


def test_nothing_of_what_was_replayed_stays_in_the_spool(house: House) -> None:
    house.down().append(ALICE, "s", [entry("a", b" a secret of alice's")])
    assert house.up().replay()
    assert b"a secret" not in house.spooled_bytes()


# when the primary is asked


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


# processes


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


# the file


def test_a_spool_of_a_newer_version_is_refused(house: House) -> None:
    house.store._spool._write(lambda db: db.execute("UPDATE recollect_spool SET version = 2").fetchall())
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


# what stays together


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
