"""What redaction costs: the time of a turn, by what is in it, and of a scan."""

import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.report import Table, progress
from benchmarks.systems import ANSWER, QUESTION, WINDOW
from recollect import Memory, Message, Window
from recollect.privacy.redaction import Redaction

ROUNDS = 40
BLOCK = 25
SCANNED = 5_000

_new = count()
KINDS: dict[str, Callable[[], str]] = {
    "nothing to redact": lambda: QUESTION,
    "an address that the user has told before": lambda: f"{QUESTION} Write to ana@example.com.",
    "a new address": lambda: f"{QUESTION} Write to ana{next(_new)}@example.com.",
}


def turns(folder: Path, question: Callable[[], str]) -> dict[str, tuple[float, float]]:
    """Return the median seconds of a turn, and of the processor's in it, without and with redaction, taken in blocks one after another."""
    times: dict[str, list[tuple[float, float]]] = {"plain": [], "redacted": []}
    with (
        Memory(f"sqlite:///{folder}/plain.db", embedder=None) as plain,
        Memory(f"sqlite:///{folder}/redacted.db", embedder=None, redact=Redaction()) as redacted,
    ):
        for number in range(ROUNDS):
            for name, memory in {"plain": plain, "redacted": redacted}.items():
                chat = memory.session(f"s{number}", user="alice")
                chat.append(*(Message("user", QUESTION) for _ in range(WINDOW)))
                chat.context(Window(WINDOW // 2))
                for _ in range(BLOCK):
                    said = question()
                    start, worked = time.perf_counter(), time.process_time()
                    chat.context(Window(WINDOW // 2))
                    chat.append(user=said, assistant=ANSWER)
                    times[name].append((time.perf_counter() - start, time.process_time() - worked))
            progress("redacted turns", number + 1, ROUNDS)
    return {name: (median(all for all, _ in taken), median(work for _, work in taken)) for name, taken in times.items()}


def scanning(folder: Path) -> list[list[str]]:
    """Return how many messages a second are looked through, and redacted, where each third has a value."""
    with Memory(f"sqlite:///{folder}/scanned.db", embedder=None) as memory:
        questions = [KINDS["a new address" if number % 3 == 0 else "nothing to redact"]() for number in range(SCANNED)]
        memory.session("s", user="alice").append(*(Message("user", question) for question in questions))
        rows = []
        for name, dry_run in (("only told", True), ("redacted", False)):
            start = time.perf_counter()
            memory.scan(dry_run=dry_run)
            rows.append([name, f"{SCANNED / (time.perf_counter() - start):,.0f}"])
        return rows


def run() -> list[Table]:
    with TemporaryDirectory(dir=".") as name:
        rows = []
        for number, (kind, question) in enumerate(KINDS.items()):
            place = Path(name) / str(number)
            place.mkdir()
            found = turns(place, question)
            (plain, plain_work), (redacted, work) = found["plain"], found["redacted"]
            rows.append([kind, f"{plain * 1e3:.3f}", f"{redacted * 1e3:.3f}", f"{redacted / plain:.2f}", f"{(work - plain_work) * 1e6:,.0f}"])
        scanned = scanning(Path(name))
    return [
        Table(
            "A turn in milliseconds (median), SQLite",
            ["the question has", "plain", "redacted", "redacted / plain", "more of the processor (µs)"],
            rows,
        ),
        Table("A scan of messages, each third with a value", ["", "messages a second"], scanned),
    ]
