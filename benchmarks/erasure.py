"""What is left in files behind an erasure, beside mem0's local mode; how long an erasure takes, and what a turn pays so that it stays."""

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.faults.markers import Markers

from benchmarks.recall_peers import DIMENSIONS, Stub0, apart
from benchmarks.report import Table
from benchmarks.systems import ANSWER, QUESTION
from recollect import Memory, Message
from recollect.store import Store, open_store

MESSAGES = 300
"""Of the user who is erased, beside one in which each field has a marker."""

ROUNDS, BLOCK = 60, 25


def ours(url: str, folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Return the markers in each file of ours, before and behind an erasure."""
    markers = Markers(1)
    with Memory(url, embedder=None) as memory:
        markers.fill(memory, saved=True)
    with Memory(url, embedder=None) as memory:
        before = found(markers, folder)
        memory.user(markers["user"]).erase()
    return before, found(markers, folder)


def mem0(folder: str) -> tuple[Counter[str], Counter[str]]:
    """Return those in mem0's local mode: Qdrant on the disk, and SQLite for its history. Messages are kept as they are, with no model."""
    os.environ.update(MEM0_TELEMETRY="False", MEM0_DIR=f"{folder}/mem0", OPENAI_API_KEY="none")
    logging.disable(logging.WARNING)
    from mem0 import Memory as Mem0Memory

    markers = Markers(1)
    store = {"provider": "qdrant", "config": {"path": f"{folder}/qdrant", "embedding_model_dims": DIMENSIONS, "on_disk": True}}
    memory = Mem0Memory.from_config({"vector_store": store, "history_db_path": f"{folder}/history.db"})
    memory.embedding_model = Stub0()
    for number in range(0, MESSAGES, 50):
        said = [{"role": "user", "content": f"{markers['content']} {number + one}"} for one in range(50)]
        memory.add(said, user_id=markers["user"], run_id=markers["session"], metadata={"m": markers["metadata"]}, infer=False)
    before = found(markers, Path(folder))
    memory.delete_all(user_id=markers["user"])
    assert not memory.get_all(filters={"user_id": markers["user"]})["results"]
    memory.vector_store.client.close()
    return before, found(markers, Path(folder))


def found(markers: Markers, folder: Path) -> Counter[str]:
    """Count the fields and forms that are found in each file."""
    return Counter(name for name, _, _ in markers.in_folder(folder))


def leftovers() -> Iterator[list[str]]:
    for name, make in (("Recollect, SQLite", "sqlite:///{}/memory.db"), ("Recollect, files", "file:///{}/memory")):
        with TemporaryDirectory() as folder:
            yield row(name, *ours(make.format(folder), Path(folder)))
    if find_spec("mem0") is None:
        print("mem0 is not installed, and is left out: pip install -e '.[dev]' --group peers")
        return
    with TemporaryDirectory(dir=".") as folder:
        yield row("mem0, local Qdrant", *apart(mem0, str(Path(folder).resolve())))


def row(name: str, before: Counter[str], behind: Counter[str]) -> list[str]:
    return [name, f"{before.total():,}", f"{behind.total():,}", ", ".join(sorted(behind)) or "none"]


def unchecked(store: Store) -> Memory:
    """Return a memory that does not look whether a user was erased."""
    memory = Memory(store, embedder=None)
    memory._engine = memory._engine._replace(store=store)  # noqa: SLF001  # what is measured is what it costs
    return memory


def turns(kinds: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median seconds of each; they take their turns in blocks, so that the disk's moods meet them all."""
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for number in range(ROUNDS):
        for name, turn in kinds.items():
            for _ in range(BLOCK):
                began = time.perf_counter()
                turn()
                if number:
                    times[name].append(time.perf_counter() - began)
    return {name: median(some) for name, some in times.items()}


def says(memory: Memory, user: str) -> None:
    memory.session("s", user=user).append(user=QUESTION, assistant=ANSWER)


def cost(url: str) -> list[list[str]]:
    """Return the microseconds of an append: alone, and by two processes that take turns at one user."""
    with TemporaryDirectory() as folder:
        stores = [open_store(url.format(f"{folder}/{number}")) for number in range(2)]
        makers: dict[str, Callable[[Store], Memory]] = {"as it is": lambda store: Memory(store, embedder=None), "without the check": unchecked}
        kinds = {name: [make(store), make(store)] for (name, make), store in zip(makers.items(), stores, strict=True)}
        for pair in kinds.values():
            pair[0].user("bob").erase()

        def by_turns(pair: list[Memory]) -> None:
            pair.reverse()
            says(pair[0], "carol")

        alone = turns({name: partial(says, pair[0], "alice") for name, pair in kinds.items()})
        both = turns({name: partial(by_turns, pair) for name, pair in kinds.items()})
        for store in stores:
            store.close()
    where = url.partition(":")[0]
    return [
        [f"{where}, {what}", *(f"{some[name] * 1e6:,.1f}" for name in makers)]
        for what, some in (("one process writes", alone), ("two take turns at one user", both))
    ]


def durations() -> list[list[str]]:
    rows = []
    for count in (1_000, 10_000):
        with TemporaryDirectory() as folder, Memory(f"sqlite:///{folder}/memory.db", embedder=None) as memory:
            chat = memory.session("s", user="alice")
            for start in range(0, count, 500):
                chat.append(*(Message("user", f"{QUESTION} {start + number}") for number in range(500)))
            memory.user("alice").recall("order")
            began = time.perf_counter()
            memory.user("alice").erase()
            rows.append([f"{count:,} messages", f"{(time.perf_counter() - began) * 1e3:.0f}"])
    return rows


def run() -> list[Table]:
    """Return the tables."""
    return [
        Table("Markers in files, before and behind an erasure", ["", "before", "behind", "in"], list(leftovers())),
        Table("An append of two messages, in µs", ["", "as it is", "without the check"], [*cost("memory://"), *cost("sqlite:///{}.db")]),
        Table("An erasure on SQLite, in ms", ["", "took"], durations()),
    ]
