"""Callers who share a commit do not disturb each other."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apsw
import pytest

from recollect.errors import Busy, Conflict, Invalid, StoreError
from recollect.store.protocol import Store
from recollect.store.sqlite import SQLiteStore
from recollect.store.sqlite.commits import Commits
from recollect.testing import ALICE, entry


class Wire:
    """A connection that notes what it is told to do, and calls ``after(sql)`` when that is done."""

    def __init__(self, path: Path) -> None:
        self.real = apsw.Connection(str(path))
        self.real.execute("CREATE TABLE t (n)")
        self.told: list[str] = []
        self.after: Callable[[str], object] = lambda _: None

    @property
    def in_transaction(self) -> bool:
        return self.real.in_transaction

    def execute(self, sql: str) -> Any:
        self.told.append(sql)
        result = self.real.execute(sql)
        self.after(sql)
        return result

    def rows(self) -> list[int]:
        return sorted(row[0] for row in self.real.execute("SELECT n FROM t"))


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    wire = Wire(tmp_path / "t.db")
    yield wire
    wire.real.close()


def insert(number: int) -> Callable[[Any], int]:
    def work(db: Any) -> int:
        db.execute(f"INSERT INTO t VALUES ({number})")
        return number

    return work


def fail(number: int, error: BaseException) -> Callable[[Any], int]:
    """Return work that writes, and then fails."""

    def work(db: Any) -> int:
        insert(number)(db)
        raise error

    return work


def together(commits: Commits, works: list[Callable[[Any], int]]) -> list[Future]:
    """Run each work in a thread of its own, so that they all share one commit."""
    with ThreadPoolExecutor(len(works)) as pool, commits.lock:
        futures = []
        for number, work in enumerate(works, 1):
            futures.append(pool.submit(commits.run, work))
            while len(commits._waiting) < number:
                time.sleep(0.0005)
    return futures


def test_all_who_wait_share_one_commit(wire: Wire) -> None:
    commits = Commits(wire)
    futures = together(commits, [insert(number) for number in range(20)])
    assert [future.result() for future in futures] == wire.rows() == list(range(20))
    assert wire.told.count("COMMIT") == 1


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize(
    "error",
    [
        Conflict("x", 1),
        Invalid("x"),
        StoreError("x"),
        apsw.ConstraintError("x"),
        OverflowError("x"),
        TypeError("x"),
        ValueError("x"),
        KeyError("x"),
        AttributeError("x"),
        ZeroDivisionError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_one_callers_work_raises_reaches_that_caller_alone(wire: Wire, error: Exception, place: int) -> None:
    works = [insert(number) for number in range(5)]
    works[place] = fail(99, error)
    futures = together(Commits(wire), works)
    raised = futures[place].exception()
    if isinstance(error, apsw.Error):
        assert isinstance(raised, StoreError)
        assert raised.__cause__ is error
        assert raised.outcome == "failed"
    else:
        assert raised is error
    expected = [number for number in range(5) if number != place]
    assert [futures[number].result() for number in expected] == wire.rows() == expected
    assert not wire.in_transaction


def test_when_all_fail_each_hears_of_its_own_fault(wire: Wire) -> None:
    errors = [Conflict(f"{number}", number) for number in range(5)]
    futures = together(Commits(wire), [fail(number, error) for number, error in enumerate(errors)])
    assert [future.exception() for future in futures] == errors
    assert wire.rows() == []


def interrupted(commits: Commits, others: list[Callable[[Any], int]], own: Callable[[Any], int]) -> list[Future]:
    """Let this thread lead a commit of its own work and others', and be interrupted. Return the others' futures."""
    pool = ThreadPoolExecutor(len(others))
    with commits.lock:
        futures = [pool.submit(commits.run, work) for work in others]
        while len(commits._waiting) < len(others):
            time.sleep(0.0005)
        lock, commits.lock = commits.lock, Open()  # this thread holds the real one: it goes in first
        with pytest.raises(KeyboardInterrupt):
            commits.run(own)
        commits.lock = lock
    pool.shutdown()
    return futures


class Open:
    """A lock that its holder may enter."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize("sql", ["BEGIN IMMEDIATE", "INSERT INTO t VALUES (2)", "INSERT INTO t VALUES (99)"])
def test_an_interrupt_before_the_commit_stops_its_own_caller_and_the_others_are_served(wire: Wire, sql: str) -> None:
    def interrupt(told: str) -> None:
        if told == sql:
            wire.after = lambda _: None
            raise KeyboardInterrupt

    wire.after = interrupt
    futures = interrupted(Commits(wire), [insert(number) for number in range(5)], insert(99))
    assert [future.result() for future in futures] == wire.rows() == list(range(5))


def test_an_interrupt_right_behind_the_commit_is_an_unknown_outcome_for_the_others_and_nothing_is_written_twice(wire: Wire) -> None:
    def interrupt(told: str) -> None:
        if told == "COMMIT":
            wire.after = lambda _: None
            raise KeyboardInterrupt

    wire.after = interrupt
    futures = interrupted(Commits(wire), [insert(number) for number in range(5)], insert(99))
    assert wire.rows() == [0, 1, 2, 3, 4, 99]
    for future in futures:
        raised = future.exception()
        assert isinstance(raised, StoreError)
        assert raised.outcome == "unknown"
        assert "repeat" in str(raised)


def test_work_that_an_interrupted_thread_had_taken_off_the_queue_is_done_by_its_own(wire: Wire) -> None:
    commits = Commits(wire)
    with ThreadPoolExecutor(1) as pool:
        with commits.lock:
            future = pool.submit(commits.run, insert(1))
            while not commits._waiting:
                time.sleep(0.0005)
            commits._waiting.clear()
        assert future.result() == 1
    assert wire.rows() == [1]


@pytest.mark.parametrize("error", [apsw.IOError("x"), apsw.FullError("x"), apsw.BusyError("x")])
def test_a_commit_that_fails_fails_for_all(wire: Wire, error: apsw.Error) -> None:
    real = wire.execute

    def execute(sql: str) -> Any:
        if sql == "COMMIT":
            raise error
        return real(sql)

    wire.execute = execute
    futures = together(Commits(wire), [insert(number) for number in range(4)])
    raised = [future.exception() for future in futures]
    assert all(isinstance(one, StoreError) and one.__cause__ is error for one in raised)
    assert len({id(one) for one in raised}) == 4, "an error that two threads raise mixes up their tracebacks"
    assert {one.outcome for one in raised} == {"failed" if isinstance(error, apsw.FullError) else "unknown"}
    wire.execute = real
    assert Commits(wire).run(insert(7)) == 7
    assert wire.rows() == [7]


def test_a_conflict_of_one_thread_does_not_disturb_the_appends_of_others(tmp_path: Path) -> None:
    store: Store = SQLiteStore(tmp_path / "ledger.db")
    store.append(ALICE, "s", [entry("taken")])

    def work(number: int) -> int:
        refused = 0
        for turn in range(20):
            store.append(ALICE, f"s{number}", [entry(f"{turn}")])
            try:
                store.append(ALICE, "s", [entry(f"{number}-{turn}"), entry("taken", b" other")])
            except Conflict:
                refused += 1
        return refused

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [20] * 8
    assert [item.id for item in store.entries(ALICE, "s")] == ["taken"]
    for number in range(8):
        assert [item.id for item in store.entries(ALICE, f"s{number}")] == [f"{turn}" for turn in range(20)]
    store.close()


def test_who_waits_while_the_store_is_closed_hears_that_it_is_closed(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "ledger.db")
    with ThreadPoolExecutor(1) as pool:
        with store._commits.lock:
            future = pool.submit(store.append, ALICE, "s", [entry("a")])
            while not store._commits._waiting:
                time.sleep(0.0005)
            store._commits.connection.close()
            store._lifetime.end()
        with pytest.raises(StoreError, match="closed"):
            future.result()


def test_a_bounded_wait_ends_in_busy_and_the_store_goes_on(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "ledger.db", wait=0.2)
    store.append(ALICE, "s", [entry("a")])
    holder = apsw.Connection(str(tmp_path / "ledger.db"))
    holder.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    with pytest.raises(Busy, match="try again") as caught:
        store.append(ALICE, "s", [entry("b")])
    assert 0.15 < time.monotonic() - start < 5
    assert caught.value.outcome == "failed"
    assert isinstance(caught.value, TimeoutError)
    assert [item.id for item in store.entries(ALICE, "s")] == ["a"], "readers do not wait for writers"
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(store.append, ALICE, "s", [entry(f"{n}")]) for n in range(4)]
    assert all(isinstance(future.exception(), Busy) for future in futures)
    holder.execute("ROLLBACK")
    holder.close()
    store.append(ALICE, "s", [entry("b")])
    assert [item.id for item in store.entries(ALICE, "s")] == ["a", "b"]
    store.close()
