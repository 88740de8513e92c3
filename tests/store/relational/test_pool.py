"""The pool of connections: bounded, last in, first out, and without those that are not usable."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from recollect.errors import Busy, StoreError
from recollect.store.relational import Pool


class Connections:
    """Makes numbers for connections, and remembers which were closed."""

    def __init__(self) -> None:
        self.made = 0
        self.closed: list[int] = []
        self.dead: set[int] = set()
        self.refused = 0

    def connect(self) -> int:
        if self.refused:
            self.refused -= 1
            raise Busy("no more connections")
        self.made += 1
        return self.made

    def pool(self, size: int = 3, wait: float = 5) -> Pool[int]:
        return Pool(self.connect, lambda number: number not in self.dead, self.closed.append, size=size, wait=wait)


def test_the_connection_that_was_used_last_is_used_first() -> None:
    pool = Connections().pool()
    first, second = pool.take(), pool.take()
    pool.give(first)
    pool.give(second)
    assert [pool.take(), pool.take(), pool.take()] == [second, first, 3]


def test_who_waits_in_vain_is_told_so_and_nothing_is_lost_by_it() -> None:
    pool = Connections().pool(size=1, wait=0.05)
    taken = pool.take()
    for _ in range(3):
        with pytest.raises(Busy, match="all 1 connections were in use"):
            pool.take()
    pool.give(taken)
    assert pool.take() == taken


def test_who_waits_is_served_as_soon_as_one_comes_back() -> None:
    pool = Connections().pool(size=1)
    taken = pool.take()
    threading.Timer(0.05, pool.give, [taken]).start()
    start = time.monotonic()
    assert pool.take() == taken
    assert time.monotonic() - start < 2


def test_what_is_not_usable_is_closed_and_replaced() -> None:
    connections = Connections()
    pool = connections.pool()
    pool.give(pool.take())
    connections.dead.add(1)
    assert pool.take() == 2
    assert connections.closed == [1]


def test_one_that_lies_idle_below_the_others_is_closed_when_it_is_no_longer_usable() -> None:
    connections = Connections()
    pool = connections.pool()
    for number in [pool.take(), pool.take()]:
        pool.give(number)
    connections.dead.add(1)
    pool.give(pool.take())
    assert connections.closed == [1]


def test_a_dropped_connection_makes_room_for_another() -> None:
    connections = Connections()
    pool = connections.pool(size=1)
    pool.drop(pool.take())
    assert pool.take() == 2
    assert connections.closed == [1]


def test_a_server_that_takes_none_at_the_moment_is_asked_again() -> None:
    connections = Connections()
    connections.refused = 2
    assert connections.pool().take() == 1


def test_a_server_that_takes_none_for_long_is_busy_and_its_place_is_free_again() -> None:
    connections = Connections()
    connections.refused = 4
    pool = connections.pool(size=1, wait=0.25)
    with pytest.raises(Busy, match="no more connections"):
        pool.take()
    connections.refused = 0
    assert pool.take() == 1


def test_both_waits_together_are_bounded() -> None:
    connections = Connections()
    pool = connections.pool(size=1, wait=0.5)
    taken = pool.take()
    connections.refused = 100
    threading.Timer(0.4, pool.drop, [taken]).start()
    start = time.monotonic()
    with pytest.raises(Busy, match="no more connections"):
        pool.take()
    assert time.monotonic() - start < 0.8


def test_a_closed_pool_closes_what_is_idle_at_once_and_the_others_when_they_come_back() -> None:
    connections = Connections()
    pool = connections.pool()
    first, second = pool.take(), pool.take()
    pool.give(first)
    pool.close()
    assert connections.closed == [first]
    pool.give(second)
    assert connections.closed == [first, second]
    with pytest.raises(StoreError, match="closed"):
        pool.take()


def test_many_threads_never_have_more_than_the_pool_holds_and_leave_none_behind() -> None:
    connections = Connections()
    pool = connections.pool(size=4)
    used: list[int] = []

    def use(_: int) -> None:
        number = pool.take()
        used.append(number)
        assert used.count(number) == 1
        assert len(used) <= 4
        time.sleep(0)
        used.remove(number)
        (pool.drop if number % 7 == 0 else pool.give)(number)

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(use, range(2000)))
    pool.close()
    assert sorted(connections.closed) == list(range(1, connections.made + 1))
