"""How the use cases run for either face."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from recollect.runtime import Blocking, Threaded, complete


async def double(runtime: Blocking | Threaded, value: int) -> int:
    return 2 * await runtime.io(int, value)


def test_a_blocking_use_case_completes_in_one_step() -> None:
    assert complete(double(Blocking(), 21)) == 42


async def test_it_completes_within_a_running_loop_too() -> None:
    assert complete(double(Blocking(), 21)) == 42


def test_what_it_raises_reaches_the_caller() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        complete(double(Blocking(), "x"))


def test_a_use_case_that_suspends_is_an_error_and_is_closed() -> None:
    closed = []

    async def suspends() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            closed.append(True)

    with pytest.raises(RuntimeError, match="suspended"):
        complete(suspends())
    assert closed == [True]


def test_blocking_calls_in_the_callers_thread() -> None:
    assert complete(Blocking().io(threading.get_ident)) == threading.get_ident()
    Blocking().close()


async def test_threaded_calls_in_threads_of_its_own() -> None:
    runtime = Threaded(2)
    try:
        thread = await runtime.io(threading.current_thread)
        assert thread is not threading.current_thread()
        assert thread.name.startswith("recollect")
        assert await double(runtime, 21) == 42
        with pytest.raises(ValueError, match="invalid literal"):
            await double(runtime, "x")
    finally:
        runtime.close()
    assert not thread.is_alive()


async def test_threaded_runs_no_more_calls_at_once_than_it_has_workers_and_blocks_no_loop() -> None:
    runtime, lock, now, most = Threaded(3), threading.Lock(), 0, 0

    def call() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1

    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.002)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await asyncio.gather(*(runtime.io(call) for _ in range(12)))
    ticking.cancel()
    runtime.close()
    assert most == 3
    assert ticks > 3


def test_threaded_starts_no_thread_before_the_first_call() -> None:
    before = threading.active_count()
    runtime = Threaded(4)
    assert threading.active_count() == before
    runtime.close()
    runtime.close()


async def test_closing_waits_for_the_calls_under_way() -> None:
    runtime, done = Threaded(1), []
    call = asyncio.create_task(runtime.io(lambda: (time.sleep(0.05), done.append(True))))
    await asyncio.sleep(0.01)
    runtime.close()
    assert done == [True]
    await call


def test_one_threaded_runtime_serves_several_loops() -> None:
    runtime = Threaded(4)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda value: asyncio.run(double(runtime, value)), range(8))) == [2 * value for value in range(8)]
    runtime.close()
