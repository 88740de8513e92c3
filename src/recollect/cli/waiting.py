"""Waiting for vectors: a command ends before the background has made them, so that its first answer would go by words alone."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from recollect.cli.output import Output, many
from recollect.cli.progress import progress
from recollect.memory import Memory

T = TypeVar("T")

PATIENCE = 20.0
"""Seconds that a command waits for vectors at the most."""
LOOK = 0.05
"""Seconds from one look at how many are missing to the next."""


def with_vectors(memory: Memory, output: Output, ask: Callable[[], T]) -> T:
    """Return an answer; where messages had no vectors yet, the one when they have them, or after PATIENCE. What is missing is told on stderr."""
    answer = ask()
    total = memory.embedder.waiting
    if total:
        _wait(memory, output, total)
        answer = ask()
    status = memory.embedder
    if status.state == "failing":
        output.remark(f"found by {status}")
    elif status.waiting:
        output.remark(f"{many(status.waiting, 'message')} of {total:,} have no vectors yet and were found by words alone; ask again to go on")
    return answer


def _wait(memory: Memory, output: Output, total: int) -> None:
    end = monotonic() + PATIENCE
    with progress(output, "Making vectors, once", "messages") as report:
        while (status := memory.embedder).waiting and status.state == "ready" and monotonic() < end:
            if report is not None:
                report(total - status.waiting, total)
            sleep(LOOK)
