"""Many writers at once: nothing lost, and an order that fits what each was told."""

from asyncio import CancelledError, create_task, gather, sleep
from concurrent.futures import ThreadPoolExecutor
from random import Random
from time import perf_counter
from typing import Any

import pytest

from recollect import AsyncMemory, Conflict, Memory, Message

from .contention import USER, check, write_much, write_together
from .crew import together
from .server_stores import EVERYWHERE, find_place, open_anywhere
from .stores import check_integrity

pytestmark = [pytest.mark.parametrize("kind", EVERYWHERE), pytest.mark.usefixtures("place")]


@pytest.fixture
def place(kind, tmp_path):
    find_place(kind, tmp_path)


@pytest.mark.parametrize("sessions", [1, 8])
def test_eight_processes_lose_nothing_and_keep_the_order_of_acknowledgement(kind, sessions, tmp_path):
    writers = write_together(lambda: open_anywhere(kind, tmp_path), [f"session {number % sessions}" for number in range(8)], 60)
    store = open_anywhere(kind, tmp_path)
    check(Memory(store), writers)
    assert sum(map(len, writers)) == 480
    store.close()
    check_integrity(kind, tmp_path)


def test_eight_processes_may_open_a_new_store_at_once(kind, tmp_path):
    for number in range(10):
        folder = tmp_path / str(number)
        folder.mkdir()
        find_place(kind, folder)
        writers = write_together(lambda folder=folder: open_anywhere(kind, folder), ["shared"] * 8, 1)
        store = open_anywhere(kind, folder)
        check(Memory(store), writers)
        store.close()


def test_sixteen_threads_lose_nothing_and_keep_the_order_of_acknowledgement(kind, tmp_path):
    store = open_anywhere(kind, tmp_path)
    memory = Memory(store)
    with ThreadPoolExecutor(16) as threads:
        running = [threads.submit(write_much, memory, str(number), f"session {number % 4}", 40) for number in range(16)]
    check(memory, [one.result() for one in running])
    store.close()


async def test_sixty_four_async_callers_lose_nothing(kind, tmp_path):
    store = open_anywhere(kind, tmp_path)
    memory = AsyncMemory(store)

    async def write(caller: int) -> None:
        session = memory.session(f"session {caller % 8}", user=USER)
        for number in range(10):
            await session.append(Message("user", "a", f"{caller}.{number}.0"), Message("assistant", "b", f"{caller}.{number}.1"))

    await gather(*map(write, range(64)))
    for number in range(8):
        ids = [message.id for message in await memory.session(f"session {number}", user=USER).messages()]
        assert ids[1::2] == [id[:-1] + "1" for id in ids[::2]]
        for caller in range(number, 64, 8):
            assert [id for id in ids if id.startswith(f"{caller}.")] == [f"{caller}.{n}.{m}" for n in range(10) for m in (0, 1)]
        assert len(ids) == 160
    await memory.close()
    store.close()


def test_of_those_that_expect_the_same_position_exactly_one_wins(kind, tmp_path):
    def contend(number: int) -> list[Any]:
        store = open_anywhere(kind, tmp_path)
        session, wins, defeats = Memory(store).session("contested"), [], 0
        position = 0
        while position < 150:
            try:
                after = session.append(Message("user", "mine", f"{number}.{len(wins)}"), expect=position)
            except Conflict as conflict:
                if conflict.position <= position:
                    raise
                position, defeats = conflict.position, defeats + 1
            else:
                wins.append((position, after))
                position = after
        store.close()
        return [wins, defeats]

    results = together(8, contend)
    wins = sorted((before, after, number) for number, (won, _) in enumerate(results) for before, after in won)
    assert [before for before, _, _ in wins] == [0, *(after for _, after, _ in wins)][:-1]
    assert sum(defeats for _, defeats in results) > 0
    store = open_anywhere(kind, tmp_path)
    messages = Memory(store).session("contested").messages()
    assert [(message.position, int(message.id.split(".")[0])) for message in messages] == [(after, number) for _, after, number in wins]
    store.close()


async def test_a_thousand_cancelled_appends_that_are_repeated_are_there_once(kind, tmp_path):
    store = open_anywhere(kind, tmp_path)
    memory = AsyncMemory(store)
    session, rng, number = memory.session("cancelled", user=USER), Random(3), 0
    typical = 0.0005  # seconds that an append takes
    found = [0, 0]  # of the cancelled appends that were looked for: those that had not happened, and those that had
    while sum(found) < 1000:
        batch = [Message("user", "a", f"{number}.0"), Message("assistant", "b", f"{number}.1")]
        under_way = create_task(session.append(*batch))
        patience, start = rng.uniform(0, 2) * typical, perf_counter()
        await sleep(0)
        while perf_counter() < start + patience and not under_way.done():  # noqa: ASYNC110
            await sleep(0)  # asyncio's timers are too coarse
        under_way.cancel()
        try:
            await under_way
        except CancelledError:
            last = await session.messages(last=1)  # through the store's next free thread, often before the first call has come to its end
            found[bool(last) and last[0].id == batch[1].id] += 1
            await session.append(*batch)
            typical *= 1.02
        else:
            typical *= 0.98  # so that about half of them are cancelled before they have come to their end
        number += 1
    assert [message.id for message in await session.messages()] == [f"{one}.{n}" for one in range(number) for n in (0, 1)]
    assert min(found) > 0
    await memory.close()
    store.close()
