"""Kill writers at random moments, over and over: ``python -m tests.faults.kills --kills 1000 --store sqlite``."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic, sleep

from msgspec import json

from recollect import Memory

from .accounts import Account, Book, Step
from .crew import Child, Say
from .stores import KINDS, check_integrity, open_kind, open_restless
from .workload import foretell, next_op, perform

KILLS_A_STORE = 20
"""So many times one store is killed, recovered and continued, before the next one begins empty."""

Crew = tuple[tuple[str, ...], ...]
CREWS: tuple[Crew, ...] = ((("a",),), (("a", "b", "c", "d"),), (("a",), ("b",), ("c", "d")))
"""Who writes: workers (threads) of processes. One thread; threads that share commits; several processes on one store."""


def run(kills: int, kind: str, seed: int) -> Counter[str]:
    """Kill so many writers of a kind of store. Returns what was counted.

    Raises:
        Lost: an acknowledged operation is not there, or one happened twice or in part.

    """
    rng = Random(seed)
    counts: Counter[str] = Counter()
    while counts["kills"] < kills:
        with TemporaryDirectory(prefix="recollect-kills-") as folder:
            _one_store(kind, Path(folder), min(KILLS_A_STORE, kills - counts["kills"]), rng, counts)
    return counts


def _one_store(kind: str, folder: Path, kills: int, rng: Random, counts: Counter[str]) -> None:
    book = Book()
    left = kills
    while left > 0:
        crew = rng.choices(CREWS, (5, 2, 2))[0][:left]
        _kill_crew(kind, folder, crew, book, rng)
        left -= len(crew)
        counts["kills"] += len(crew)
        if left <= 0 or rng.random() < 0.7:  # else the next crew is the one to recover, and may be killed in the middle of that
            _check(kind, folder, book, rng, counts)
    counts["acknowledged"] += sum(account.acknowledged for account in book.values())
    counts["messages"] += sum(len(op.ids) for account in book.values() for op, _ in account.batches)


def _kill_crew(kind: str, folder: Path, crew: Crew, book: Book, rng: Random) -> None:
    children = [Child(_labour(kind, folder, [book[worker] for worker in workers], rng.randrange(1 << 32))) for workers in crew]
    for child in children:  # while one is killed, the others go on
        sleep(rng.uniform(0.002, 0.04))
        book.hear(json.decode(line, type=Step) for line in child.kill())


def _labour(kind: str, folder: Path, accounts: Iterable[Account], seed: int) -> Callable[[Say], None]:
    """Return what a child does until it is killed."""

    def labour(say: Say) -> None:
        memory = Memory(open_restless(kind, folder, Random(seed)))
        threads = ThreadPoolExecutor(8)
        running = [threads.submit(_work, memory, account, Random(f"{seed} {account.worker}"), say) for account in accounts]
        for one in as_completed(running):  # none ends, unless by a fault
            one.result()

    return labour


def _work(memory: Memory, account: Account, rng: Random, say: Say) -> None:
    """Do one operation after the other, the one whose outcome is unknown first, and say each before and after."""
    number, state, pending = account.begun, account.state, account.pending
    while True:
        op = pending or next_op(rng, account.worker, number, state)
        say(Step(account.worker, op))
        say(Step(account.worker, position=perform(memory, op)))
        number, state, pending = number + 1, foretell(state, op), None


def _check(kind: str, folder: Path, book: Book, rng: Random, counts: Counter[str]) -> None:
    """Open the store again, in this process, and compare. Some of the operations under way are repeated first."""
    if rng.random() < 0.5:
        check_integrity(kind, folder)
    store = open_kind(kind, folder)
    try:
        memory = Memory(store)
        for account in book.values():
            if account.pending is not None and rng.random() < 0.3:
                account.retry(memory)
                counts["repeated"] += 1
        happened = book.settle(memory)
    finally:
        store.close()
    check_integrity(kind, folder)
    counts["checks"] += 1
    counts["under way"] += len(happened)
    counts["under way, happened"] += sum(happened)


def main() -> None:
    """Run by the command line."""
    parser = ArgumentParser(description="Kill writers at random moments, and compare what is there with what was acknowledged.")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--store", choices=KINDS, default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = monotonic()
    counts = run(options.kills, options.store, options.seed)
    print(
        f"{options.store}: {counts['kills']:,} kills in {monotonic() - start:.0f} s; "
        f"{counts['acknowledged']:,} operations acknowledged ({counts['messages']:,} messages), compared {counts['checks']:,} times: "
        f"0 lost, 0 twice, 0 in part. Under way at a kill were {counts['under way']:,}, of which {counts['under way, happened']:,} "
        f"had happened whole, and {counts['repeated']:,} more, which were repeated."
    )


if __name__ == "__main__":
    main()
