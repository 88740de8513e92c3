"""Threads for calls that may hang: nobody waits for those for ever, least of all the end of the interpreter."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from recollect.core.crew import Crew
from recollect.core.pool import Pool

ENDS = """
import threading
from recollect import Memory, Message
def embed(texts):
    threading.Event().wait()
memory = Memory("sqlite:///{folder}/a.db", embedder=embed)
alice = memory.user("alice")
alice.session("s").append(*[Message("user", f"hello {{number}}") for number in range(300)])
print(len(alice.recall("hello")), flush=True)
{last}
"""


@pytest.mark.parametrize("last", ["", "memory.close()", "raise SystemExit(0)"])
def test_an_embedder_that_hangs_does_not_hold_up_the_end_of_the_interpreter(tmp_path: Path, last: str) -> None:
    code = ENDS.format(folder=tmp_path, last=last)
    ended = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout == "10\n"
    assert "Traceback" not in ended.stderr
    assert "Exception" not in ended.stderr


def test_what_is_under_way_when_the_interpreter_ends_is_finished() -> None:
    code = """
import time
from recollect.core.pool import Pool
pool = Pool(1, "x")
future = pool.submit(lambda: (time.sleep(0.3), print("done")))
while not future.running():
    time.sleep(0.001)
"""
    ended = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert (ended.stdout, ended.stderr) == ("done\n", "")


def test_calls_are_made_at_once_by_so_many_threads_and_what_they_raise_is_told() -> None:
    before, gate, pool = set(threading.enumerate()), threading.Barrier(3), Pool(3, "x")
    futures = [pool.submit(gate.wait) for _ in range(30)]
    assert sorted(future.result(20) for future in futures if future is not None) == [0] * 10 + [1] * 10 + [2] * 10
    failed = pool.submit(lambda: 1 // 0)
    assert failed is not None
    assert isinstance(failed.exception(20), ZeroDivisionError)
    pool.close(20)
    assert set(threading.enumerate()) == before


def test_closing_makes_no_more_calls_and_waits_no_longer_than_told() -> None:
    go_on, crew = threading.Event(), Crew(1, "x")
    hanging, waiting = crew.submit(lambda: go_on.wait(20)), crew.submit(lambda: None)
    assert hanging is not None
    assert waiting is not None
    while not hanging.running():
        time.sleep(0.001)
    crew.close(0.01)
    assert waiting.cancelled()
    assert crew.submit(lambda: None) is None
    go_on.set()
    assert hanging.result(20)


def test_a_pool_that_is_let_go_of_leaves_no_thread() -> None:
    before, pool = set(threading.enumerate()), Pool(1, "x")
    future = pool.submit(lambda: 7)
    assert future is not None
    assert future.result(20) == 7
    del pool
    end = time.monotonic() + 20
    while set(threading.enumerate()) != before:
        assert time.monotonic() < end
        time.sleep(0.001)
