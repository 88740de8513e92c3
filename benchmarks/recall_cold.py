"""The first answer of a new process: ``python -m benchmarks.recall_cold FILE QUESTION``, as JSON. It imports no more than an application does."""

import json
import os
import sys
from pathlib import Path
from time import perf_counter

from recollect import Memory

PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> float:
    """Return the megabytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6


def main(path: str, question: str) -> None:
    began = perf_counter()
    memory = Memory(f"sqlite:///{path}", embedder=None)
    opened = perf_counter()
    before = resident()
    found = memory.user("alice").recall(question)
    answered = perf_counter()
    after = resident()
    memory.close()
    print(json.dumps({"open": opened - began, "answer": answered - opened, "resident": after - before, "found": len(found)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
