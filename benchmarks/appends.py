"""Durable appends a second, by the number of callers."""

import asyncio
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Table
from benchmarks.systems import QUESTION
from recollect import AsyncMemory, Memory

CALLERS = (1, 8, 64)
SECONDS = 3.0


def threads(url: str, callers: int) -> list[int]:
    """Return how many appends each of so many threads gets done, each to a session of its own."""
    counts = [0] * callers
    with Memory(url) as memory:
        end = time.monotonic() + SECONDS

        def work(number: int) -> None:
            session = memory.session(f"s{number}", user=f"u{number}")
            while time.monotonic() < end:
                session.append(user=QUESTION)
                counts[number] += 1

        crew = [threading.Thread(target=work, args=(number,)) for number in range(callers)]
        for thread in crew:
            thread.start()
        for thread in crew:
            thread.join()
    return counts


async def tasks(url: str, callers: int) -> list[int]:
    """Return how many appends each of so many tasks gets done, each to a session of its own."""
    counts = [0] * callers
    async with AsyncMemory(url) as memory:
        end = time.monotonic() + SECONDS

        async def work(number: int) -> None:
            session = memory.session(f"s{number}", user=f"u{number}")
            while time.monotonic() < end:
                await session.append(user=QUESTION)
                counts[number] += 1

        await asyncio.gather(*(work(number) for number in range(callers)))
    return counts


def run() -> list[Table]:
    """Return the table of rates and of fairness."""
    rows = []
    for store in ("sqlite", "file"):
        for face in ("threads", "tasks"):
            for callers in CALLERS:
                with TemporaryDirectory(dir=".") as folder:
                    url = f"{store}:///{Path(folder).resolve()}/store"
                    counts = threads(url, callers) if face == "threads" else asyncio.run(tasks(url, callers))
                rows.append([f"{store}, {callers} {face}", f"{sum(counts) / SECONDS:,.0f}", f"{min(counts) / max(counts):.2f}"])
    return [Table("Durable appends a second (one message each)", ["callers", "appends a second", "slowest / fastest caller"], rows)]
