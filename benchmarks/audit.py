"""The cost of being audited: a turn on SQLite, plain, with its writes noted, and with its reads noted as well."""

import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.report import Table, progress
from benchmarks.systems import ANSWER, QUESTION
from recollect import Memory, Window
from recollect.core.secret import tenant_of
from recollect.privacy.audit import Audit
from recollect.privacy.audit.place import ledger
from recollect.privacy.audit.verification import verify

ROUNDS = 40
BLOCK = 25
"""Turns of one memory in a round: the memories take their turns in blocks, one after another, so that the disk's moods meet them all."""

THREADS = 8

KINDS = ("not audited", "writes audited", "reads and writes audited", "the same, delay=0.05")


def settings(kind: str) -> Audit | None:
    if kind == KINDS[0]:
        return None
    return Audit(os.urandom(32), reads=kind != KINDS[1], delay=0.05 if kind == KINDS[3] else 0.0)


def turn(memory: Memory, session: str) -> None:
    chat = memory.session(session, user="alice")
    chat.context(Window(turns=10))
    chat.append(user=QUESTION, assistant=ANSWER)


def alone(memories: Mapping[str, Memory]) -> dict[str, float]:
    """Return the median seconds of a turn of one thread."""
    times: dict[str, list[float]] = {kind: [] for kind in memories}
    for number in range(ROUNDS):
        for kind, memory in memories.items():
            for _ in range(BLOCK):
                start = time.perf_counter()
                turn(memory, f"s{number}")
                times[kind].append(time.perf_counter() - start)
        progress("audited turns", number + 1, ROUNDS)
    return {kind: median(taken) for kind, taken in times.items()}


def together(memory: Memory) -> float:
    """Return how many turns a second several threads take, each with a session of its own."""

    def work(number: int) -> None:
        for _ in range(BLOCK * 4):
            turn(memory, f"t{number}")

    with ThreadPoolExecutor(THREADS) as pool:
        start = time.perf_counter()
        list(pool.map(work, range(THREADS)))
        return THREADS * BLOCK * 4 / (time.perf_counter() - start)


def verified(memory: Memory) -> tuple[int, float, int]:
    """Return how many records there are, the seconds that verifying them takes, and their bytes."""
    trail = memory.trail
    if trail is None:
        return 0, 0.0, 0
    start = time.perf_counter()
    found = verify(memory.store, ledger(""), trail.audit.keys, time.time_ns() // 1000)
    took = time.perf_counter() - start
    size = sum(len(item.body or b"") for item in memory.store.changes(tenant_of(""), 0, 10**6))
    return found.records, took, size


def run() -> list[Table]:
    """Return the table of a turn's cost, and that of verifying."""
    with TemporaryDirectory(dir=".") as folder:
        memories = {kind: Memory(f"sqlite:///{Path(folder).resolve()}/{n}.db", audit=settings(kind), embedder=None) for n, kind in enumerate(KINDS)}
        times = alone(memories)
        rates = {kind: together(memory) for kind, memory in memories.items()}
        records, took, size = verified(memories[KINDS[2]])
        for memory in memories.values():
            memory.close()
    plain = times[KINDS[0]]
    rows = [[kind, f"{times[kind] * 1e3:.3f}", f"{times[kind] / plain:.2f}", f"{rates[kind]:,.0f}"] for kind in KINDS]
    return [
        Table(
            "A turn on SQLite: the context of the last 10 turns, and two messages appended",
            ["", "milliseconds (median)", "times not audited", f"turns a second of {THREADS} threads"],
            rows,
        ),
        Table(
            "Verifying",
            ["records", "seconds", "records a second", "bytes a record"],
            [[f"{records:,}", f"{took:.2f}", f"{records / took:,.0f}", f"{size / records:,.0f}"]],
        ),
    ]
