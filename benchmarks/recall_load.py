"""What recall costs besides: appending beside it, many users in turn, a turn between two questions.

``python -m benchmarks.recall_load [appends] [turns] [users]``; all unless told. RECOLLECT_USERS sets how many users there are.
"""

import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from tests import locomo

from benchmarks.assistant_chats import chats
from benchmarks.recall import conversations, repeated
from benchmarks.report import Table, progress
from recollect import Memory, Message
from recollect.codec.messages import from_micros

USERS = int(os.environ.get("RECOLLECT_USERS", "1000"))
EACH = 1_000
"""Messages of each user."""
BOUND = 256 << 20
"""Bytes that 1,000 users' indexes may take; fewer users get their part of it."""
SIZES = (1_000, 10_000, 100_000)
TURNS = 600
"""Turns that are appended in each way."""


def questions() -> list[str]:
    asked = [text for talk in conversations() for text, _ in talk.asked] if locomo.PATH.exists() else [one.question for one in chats()[1]]
    random.Random(5).shuffle(asked)
    return asked


def timed(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return 1000 * (perf_counter() - began)


@contextmanager
def opened(index_bytes: int = BOUND) -> Iterator[Memory]:
    with TemporaryDirectory() as folder, Memory(f"sqlite:///{Path(folder)}/memory.db", index_bytes=index_bytes, embedder=None) as memory:
        yield memory


def fill(memory: Memory, user: str, count: int, skipped: int = 0) -> None:
    """Give a user messages, in the sessions that they were said in."""
    sessions: dict[str, list[Message]] = {}
    for one in islice(repeated(skipped + count), skipped, None):
        sessions.setdefault(one.session, []).append(Message(one.role, one.text, name=one.speaker, created=from_micros(one.created)))
    for session, messages in sessions.items():
        memory.user(user).session(session).append(*messages)


def appends() -> list[Table]:
    """Time turns of a user whose index is in use, between those of one who never asks; then the two change places."""
    asked = questions()
    still, busy = list[float](), list[float]()
    for asker in (0, 1):
        with opened() as memory:
            for number in (0, 1):
                fill(memory, f"u{number}", 10_000)
            for turn in range(TURNS):
                for number in (0, 1) if turn % 2 else (1, 0):
                    chat = memory.user(f"u{number}").session("now")
                    took = timed(partial(chat.append, user=asked[turn], assistant=asked[-turn]))
                    (busy if number == asker else still).append(took)
                    if number == asker:
                        memory.user(f"u{number}").recall(asked[turn + 1])
                progress("appends", asker * TURNS + turn + 1, 2 * TURNS)
    rows = [
        [name, f"{median(some):.3f}", f"{quantiles(some, n=100)[98]:.2f}", f"{median(some) / median(still):.3f}"]
        for name, some in (("nobody asks", still), ("a question after each turn", busy))
    ]
    return [Table("Appending a turn beside recall, 10,000 messages, SQLite", ["", "p50 (ms)", "p99 (ms)", "times"], rows)]


def turns() -> list[Table]:
    """Time questions, with nothing new since the last one, and with a turn."""
    asked, rows = questions(), []
    for size in SIZES:
        with opened(1 << 30) as memory:
            alice = memory.user("alice")
            fill(memory, "alice", size)
            for question in asked[:50]:
                alice.recall(question)
            still = [timed(partial(alice.recall, question)) for question in asked[:300]]
            new: list[float] = []
            for turn, question in enumerate(asked[:300]):
                alice.session("now").append(user=asked[turn + 500], assistant=asked[turn + 900])
                new.append(timed(partial(alice.recall, question)))
        rows.append([f"{size:,}", *(f"{point:.2f}" for some in (still, new) for point in (median(some), quantiles(some, n=100)[98]))])
        progress("turns", len(rows), len(SIZES))
    header = ["messages", "nothing new: p50 (ms)", "p99 (ms)", "a turn since: p50 (ms)", "p99 (ms)"]
    return [Table("user.recall on SQLite, hits read, k = 10", header, rows)]


def users() -> list[Table]:
    """Time users who ask in turn, under a bound that holds about as many indexes."""
    asked, rows = questions(), []
    bound = BOUND * USERS // 1_000
    with opened(bound) as memory:
        for number in range(USERS):
            fill(memory, f"u{number}", EACH, number * 37 % 5_000)
            progress("users", number + 1, USERS)
        for name in ("first question: the index is made", "second", "third"):
            times = [timed(partial(memory.user(f"u{number}").recall, asked[number % len(asked)])) for number in range(USERS)]
            held = memory._engine.indexes._used / 1e6  # noqa: SLF001  # a benchmark may look inside
            rows.append([name, f"{median(times):.2f}", f"{quantiles(times, n=100)[98]:.2f}", f"{held:.0f}"])
    header = ["", "p50 (ms)", "p99 (ms)", "indexes (MB)"]
    return [Table(f"{USERS:,} users of {EACH:,} messages in turn, at most {bound >> 20} MiB", header, rows)]


PARTS = {"appends": appends, "turns": turns, "users": users}


def run() -> list[Table]:
    """Return the tables of all parts."""
    return [table for part in PARTS.values() for table in part()]


def main() -> None:
    for name in sys.argv[1:] or PARTS:
        for table in PARTS[name]():
            print(table.markdown(), flush=True)


if __name__ == "__main__":
    main()
