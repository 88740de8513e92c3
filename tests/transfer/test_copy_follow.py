"""Copies that follow their source, in threads of their own, and what a copy costs."""

import asyncio
import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from recollect import StoreError
from recollect.errors import Damaged
from recollect.store import open_store
from recollect.store.memory import MemoryStore
from recollect.transfer import acopy, copy
from recollect.transfer.copying import run
from transfer.copies import ALICE, BOB, entry, held, ids, redact, say, title

COPYING = Path(__file__).parent / "copying.py"


@contextmanager
def following(a, b, **named):
    """Follow in a thread. Yields the rounds as they are told, and stops it at the end."""
    stop, rounds, failed = Event(), [], []

    def work():
        try:
            copy(a, b, name="a", follow=True, interval=0.01, stop=stop, told=rounds.append, **named)
        except StoreError as error:
            failed.append(error)

    thread = Thread(target=work)
    thread.start()
    try:
        yield rounds, failed
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def soon(done):
    """Wait until something is so."""
    until = monotonic() + 10
    while not done():
        assert monotonic() < until
        sleep(0.005)


def test_what_comes_and_goes_at_the_source_follows():
    a, b = MemoryStore(), MemoryStore()
    say(a, ALICE, "s1", "m1")
    say(a, BOB, "s1", "m1")
    with following(a, b):
        soon(lambda: ids(b, ALICE, "s1") == ["m1"])
        say(a, ALICE, "s1", "m2")
        soon(lambda: ids(b, ALICE, "s1") == ["m1", "m2"])
        redact(a, ALICE, "s1", "hidden")
        soon(lambda: [each.body for each in b.entries(ALICE, "s1")] == [b' {"content":"hidden"}'] * 2)
        title(a, ALICE, "s1", "New")
        a.clear_session(ALICE, "s1")
        soon(lambda: ids(b, ALICE, "s1") == [])
        a.erase(BOB)
        soon(lambda: b.owners("", limit=9) == [ALICE])
        say(a, BOB, "s2", "m9")
        soon(lambda: ids(b, BOB, "s2") == ["m9"])
    assert held(b) == held(a)


def test_an_owner_who_is_alone_is_erased_too():
    a, b = MemoryStore(), MemoryStore()
    say(a, ALICE, "s1", "m1")
    with following(a, b):
        soon(lambda: ids(b, ALICE, "s1") == ["m1"])
        a.erase(ALICE)
        soon(lambda: b.owners("", limit=9) == [])


def test_rounds_tell_how_far_behind_the_copy_is(monkeypatch):
    monkeypatch.setattr(run, "BATCHES", 1)
    a, b = MemoryStore(), MemoryStore()
    for number in range(100):
        say(a, ALICE, "s1", f"m{number}")
    say(a, BOB, "s1", "m1")
    with following(a, b) as (rounds, _):
        soon(lambda: len(rounds) > 5)
    assert (rounds[0].behind, rounds[0].owners, rounds[0].messages) == (1, 2, 33)
    assert rounds[-1].behind == 0
    assert sum(each.messages for each in rounds) == 101
    assert [each.number for each in rounds] == list(range(1, len(rounds) + 1))
    assert rounds[-1].seconds < 5


def test_a_store_that_fails_for_a_while_is_waited_for(monkeypatch):
    a, b = MemoryStore(), MemoryStore()
    say(a, ALICE, "s1", "m1")
    failing, plain = Event(), b.put

    def put(*args, **named):
        if failing.is_set():
            raise StoreError("it does not answer")
        return plain(*args, **named)

    monkeypatch.setattr(b, "put", put)
    with following(a, b) as (rounds, failed):
        soon(lambda: rounds)
        failing.set()
        say(a, ALICE, "s1", "m2")
        soon(lambda: any(each.error == "it does not answer" for each in rounds))
        failing.clear()
        soon(lambda: ids(b, ALICE, "s1") == ["m1", "m2"])
    assert failed == []


def test_damage_ends_it(monkeypatch):
    a, b = MemoryStore(), MemoryStore()

    def changes(*args):
        raise Damaged("broken")

    say(a, ALICE, "s1", "m1")
    monkeypatch.setattr(a, "changes", changes)
    with following(a, b) as (_, failed):
        soon(lambda: failed)


def test_two_copies_of_one_source_at_once_neither_lose_nor_double():
    a, b = MemoryStore(), MemoryStore()
    with following(a, b), following(a, b):
        for number in range(300):
            say(a, ALICE, f"s{number % 3}", f"m{number}")
        soon(lambda: held(b) == held(a))


def test_an_asynchronous_copy_ends_when_it_is_cancelled():
    async def work():
        task = asyncio.create_task(acopy(a, b, name="a", follow=True, interval=0.01))
        while not ids(b, ALICE, "s1"):  # noqa: ASYNC110  # a store has no event
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await acopy(a, b, name="a")

    a, b = MemoryStore(), MemoryStore()
    say(a, ALICE, "s1", "m1")
    assert asyncio.run(work()).complete


def test_an_asynchronous_copy_that_has_ended_stops_no_other_of_the_same_event():
    stop, a = Event(), MemoryStore()
    say(a, ALICE, "s1", "m1")
    assert asyncio.run(acopy(a, MemoryStore(), name="a", stop=stop)).complete
    assert not stop.is_set()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak of its memory from /proc")
def test_a_session_of_100_000_messages_takes_little_memory(tmp_path):
    source, target = f"sqlite:///{tmp_path}/a.db", f"sqlite:///{tmp_path}/b.db"
    store = open_store(source)
    text = "Where is my order? It was to come on Monday. " * 8
    for start in range(0, 100_000, 5000):
        store.append(ALICE, "s1", [entry(f"m{number}", f"{number} {text}") for number in range(start, start + 5000)])
    store.close()
    done = subprocess.run([sys.executable, COPYING, source, target], capture_output=True, text=True, check=True)
    complete, messages, grown = json.loads(done.stdout.splitlines()[-1])
    assert (complete, messages) == (True, 100_000)
    assert grown < 30_000_000
