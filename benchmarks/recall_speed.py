"""Recall through the public face, on the SQLite store: how fast, cold and warm, and what it takes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.recall_cold import resident
from benchmarks.recall_ledgers import USER, entries, fill, owner, questions
from benchmarks.report import Table, progress
from recollect import Memory
from recollect.core.saving import load, save
from recollect.recall.index import Index
from recollect.store.sqlite import SQLiteStore

SIZES = (1_000, 10_000, 100_000, 1_000_000)
BLOCKS, BLOCK = 5, 100
PATIENCE = 20.0
"""Seconds after which no further block of questions begins."""
COLDS = 5
USERS, EACH, KINDS = 1_000, 1_000, 10
BOUNDS = (256 << 20, 64 << 20)
TURN = {"user": "Did you hear that Nate won the tournament last weekend?", "assistant": "I did, he must be over the moon about that."}


class Times(NamedTuple):
    """Milliseconds: the median of the blocks' medians, and the 99th percentile of all."""

    p50: float
    p99: float


def timed(ask: Callable[[str], object], asked: Iterable[str], between: Callable[[], object] | None = None, patience: float = PATIENCE) -> Times:
    """Ask questions in blocks, and return the times. ``between`` is called before each, and is not measured."""
    texts, blocks = cycle(asked), list[list[float]]()
    ask(next(texts))
    began = perf_counter()
    for text in islice(texts, BLOCKS * BLOCK):
        if perf_counter() - began > patience:
            break
        if not blocks or len(blocks[-1]) == BLOCK:
            blocks.append([])
        if between is not None:
            between()
        start = perf_counter()
        ask(text)
        blocks[-1].append(1000 * (perf_counter() - start))
    return Times(median(map(median, blocks)), quantiles([time for block in blocks for time in block], n=100)[98])


def apart(call: Callable[..., Any], *values: Any) -> Any:
    """Return what a call returns in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(call, *values).result()


def cold(path: str) -> dict[str, float]:
    """Return the seconds of a new process's first answer; see ``recall_cold``. Its modules are compiled, as those of an application are."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([sys.executable, "-m", "benchmarks.recall_cold", path, questions()[0]], check=True, capture_output=True, env=environment)
    return json.loads(done.stdout)


def warm(path: str) -> tuple[Times, Times, Times]:
    """Return the times of answers; of those of the engine alone, with no store; of answers with a new turn before each."""
    asked = questions()
    with Memory(f"sqlite:///{path}", embedder=None) as memory:
        user = memory.user(USER)
        usual = timed(user.recall, asked)
        found = load(memory.store, owner(USER))
        index = Index(found[0])
        engine = timed(index.search, asked)
        index.close()
        chat = user.session("today")
        return usual, engine, timed(user.recall, asked, lambda: chat.append(**TURN))


def saving(path: str) -> tuple[float, int]:
    """Return the seconds that it takes to save an index, and the bytes that are saved."""
    store = SQLiteStore(path)
    data, anchor = load(store, owner(USER))
    index = Index(data)
    began = perf_counter()
    save(store, owner(USER), index.dump(), index.through, anchor)
    seconds = perf_counter() - began
    index.close()
    size = sum(map(len, store.saved(owner(USER), "recall").parts))
    store.close()
    return seconds, size


def filled(path: str, size: int) -> None:
    store = SQLiteStore(path)
    fill(store, USER, entries(size))
    store.close()


def one_user(folder: str, size: int) -> list[str]:
    """Return the table's row for one user with so many messages."""
    path = f"{folder}/{size}.db"
    apart(filled, path, size)
    unsaved = cold(path)
    colds = [cold(path) for _ in range(COLDS)]
    seconds, data = apart(saving, path)
    usual, engine, appended = apart(warm, path)
    figures = [usual.p50, usual.p99, engine.p50, appended.p50, appended.p99, 1000 * median(one["answer"] for one in colds)]
    megabytes = [median(one["resident"] for one in colds), data / 1e6]
    return [
        f"{size:,}",
        *(f"{one:.2f}" for one in figures),
        f"{unsaved['answer']:.2f}",
        *(f"{one:.1f}" for one in megabytes),
        f"{1000 * seconds:.0f}",
    ]


def many_filled(path: str) -> None:
    """Fill a store with users, each with one of some ledgers, and save an index for each."""
    store = SQLiteStore(path)
    kinds = [list(entries(EACH, kind * EACH)) for kind in range(KINDS)]
    for number in range(USERS):
        fill(store, f"user-{number}", kinds[number % KINDS])
    with Memory(store, embedder=None) as memory:
        for kind in range(KINDS):
            memory.user(f"user-{kind}").recall("Who won?")
    kept = [store.saved(owner(f"user-{kind}"), "recall") for kind in range(KINDS)]
    for number in range(KINDS, USERS):
        store.save(owner(f"user-{number}"), "recall", kept[number % KINDS].position, kept[number % KINDS].parts)
    store.close()


def in_turn(path: str, bound: int) -> tuple[Times, float, float]:
    """Ask about one user after another. Returns the times, and how much the process grew, in megabytes: by the first round, and by all."""
    asked = questions()
    with Memory(f"sqlite:///{path}", embedder=None, index_bytes=bound) as memory:
        memory.user("user-0").recall(asked[0])
        before = resident()
        users = cycle(memory.user(f"user-{number}") for number in range(USERS))
        for user, text in zip(islice(users, USERS), cycle(asked), strict=False):
            user.recall(text)
        grown = resident() - before
        times = timed(lambda text: next(users).recall(text), asked)
        for user, text in zip(islice(users, USERS), cycle(asked), strict=False):
            user.recall(text)
        return times, grown, resident() - before


def run(sizes: tuple[int, ...] = SIZES) -> list[Table]:
    """Return the table of one user, and that of many."""
    with TemporaryDirectory(dir=".") as place:
        folder = str(Path(place).resolve())
        rows = []
        cold(f"{folder}/empty.db")
        for size in sizes:
            rows.append(one_user(folder, size))
            progress("sizes", len(rows), len(sizes))
        header = ["messages", "p50", "p99", "engine alone, p50", "a new turn before each, p50", "p99", "cold, saved"]
        one = Table("One user (ms)", [*header, "cold, not saved (s)", "memory (MB)", "saved (MB)", "to save"], rows)
        path = f"{folder}/many.db"
        apart(many_filled, path)
        found = [(bound, *apart(in_turn, path, bound)) for bound in BOUNDS]
    rows = [[f"{bound >> 20} MiB", f"{times.p50:.2f}", f"{times.p99:.2f}", f"{grown:.0f}", f"{all_:.0f}"] for bound, times, grown, all_ in found]
    title = f"{USERS:,} users of {EACH:,} messages each, in turn"
    many = Table(title, ["index_bytes", "p50 (ms)", "p99 (ms)", "memory after a round (MB)", "after several"], rows)
    return [one, many]


if __name__ == "__main__":
    for table in run(tuple(map(int, sys.argv[1:])) or SIZES):
        print(table.markdown(), flush=True)
