"""Waiting for other writers has an end, and whoever waited may try again."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from time import monotonic

import apsw
import pytest

from recollect import Busy, Memory
from recollect.store import Store

from .stores import KINDS, open_kind

WAIT = 0.3
"""Seconds."""


@contextmanager
def held(kind: str, folder: Path) -> Iterator[None]:
    """Hold the store as another writer would, one that does not come to an end."""
    if kind == "sqlite":
        connection = apsw.Connection(str(folder / "memory.db"))
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.close()
    else:
        (path,) = (folder / "files").glob("*/lock")
        with path.open("r+") as lock:
            flock(lock, LOCK_EX)
            yield


@pytest.fixture(params=KINDS)
def kind(request) -> str:
    return request.param


@pytest.fixture
def store(kind, tmp_path) -> Iterator[Store]:
    store = open_kind(kind, tmp_path, wait=WAIT)
    yield store
    store.close()


def test_a_wait_for_another_writer_ends_in_busy_and_nothing_was_written(kind, store, tmp_path):
    session = Memory(store).session("one", user="alice")
    session.append(user="first")
    with held(kind, tmp_path):
        start = monotonic()
        with pytest.raises(Busy, match="try again") as caught:
            session.append(user="second")
        assert WAIT <= monotonic() - start < WAIT + 1
        assert caught.value.outcome == "failed"
    assert [message.text for message in session.messages()] == ["first"]
    session.append(user="second")
    assert [message.text for message in session.messages()] == ["first", "second"]


def test_threads_that_wait_together_all_end_in_time(kind, store, tmp_path):
    session = Memory(store).session("one", user="alice")
    session.append(user="first")

    def wait(_: int) -> float:
        start = monotonic()
        with pytest.raises(Busy):
            session.append(user="more")
        return monotonic() - start

    with held(kind, tmp_path), ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(wait, range(8)))
    assert max(waits) < 2 * WAIT + 1
    session.append(user="second")
    assert len(session.messages()) == 2
