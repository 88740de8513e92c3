"""Cut the power at random moments, in simulation: ``python -m tests.faults.powercuts --seeds 300 --store sqlite``."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Literal

from recollect import Memory
from recollect.store.sqlite import SQLiteStore

from .accounts import Account, Book, Step
from .calls import CallRecorder
from .disk import Disk, Event, Synced, spread
from .stores import KINDS, check_integrity, open_kind, open_restless
from .vfs import Recorder
from .workload import foretell, next_op, perform

Care = Literal["full", "normal", "off", "deaf"]
"""How SQLite syncs: as the store has it; only at checkpoints; never; or as always, but the disk takes no notice."""

LIVES = 2
"""A power cut follows on the recovery from the one before it, in the same seed."""


def cut(seed: int, kind: str, folder: Path, counts: Counter[str], care: Care = "full") -> None:
    """Run some lives of one store, each ended by a power cut, and compare after each.

    Raises:
        Lost: an acknowledged operation is not there, or one happened in part.
        StoreError, AssertionError: the store cannot be opened or read, or SQLite finds damage in the file.

    """
    rng = Random(seed)
    book = Book()
    life = folder / "0"
    life.mkdir()
    for number in range(LIVES):
        disk, events = record(kind, life, book, rng, care)
        steps = _run_until_cut(disk, events, rng, care)
        book.hear(steps)
        image = disk.image(rng)
        after, life = folder / f"{number}-after", folder / f"{number + 1}"
        for copy in (after, life):
            copy.mkdir()
            spread(image, copy)
        happened = _check(kind, after, book)
        counts["cuts"] += 1
        counts["under way"] += len(happened)
        counts["under way, happened"] += sum(happened)
    counts["acknowledged"] += sum(account.acknowledged for account in book.values())


def record(kind: str, folder: Path, book: Book, rng: Random, care: Care) -> tuple[Disk, list[Event | Step]]:
    """Let workers work. Returns the disk as it was before, and what happened to it, and what was said."""
    workers = ("a", "b", "c") if rng.random() < 0.25 else ("a",)
    with _recording(kind, folder, rng, care) as (memory, disk, events):
        steps = rng.randrange(3, 30) // len(workers)
        with ThreadPoolExecutor(len(workers)) as threads:
            running = [threads.submit(_work, memory, book[worker], Random(rng.random()), steps, events.append) for worker in workers]
        for one in running:
            one.result()
    return disk, events


@contextmanager
def _recording(kind: str, folder: Path, rng: Random, care: Care) -> Iterator[tuple[Memory, Disk, list[Event | Step]]]:
    """Yield a memory, the disk below it as it is now, and the list to which all that happens is added."""
    if kind == "files":
        calls = CallRecorder(folder)
        with calls.recording():
            store = open_restless(kind, folder, rng)
            yield Memory(store), calls.disk, calls.events
            store.close()
        return
    recorder = Recorder(folder)
    database = open_restless(kind, folder, rng, vfs=recorder.name, exclusive=rng.random() < 0.5)
    if isinstance(database, SQLiteStore) and care in {"normal", "off"}:
        database._commits.connection.pragma("synchronous", care)
    yield Memory(database), recorder.disk, recorder.events
    database.close()
    recorder.unregister()


def _work(memory: Memory, account: Account, rng: Random, steps: int, say: Callable[[Step], None]) -> None:
    state = account.state
    for number in range(account.begun, account.begun + steps):
        op = next_op(rng, account.worker, number, state)
        say(Step(account.worker, op))
        say(Step(account.worker, position=perform(memory, op)))
        state = foretell(state, op)


def _run_until_cut(disk: Disk, events: Sequence[Event | Step], rng: Random, care: Care) -> list[Step]:
    """Bring a disk to a random moment, often that of an acknowledgement. Returns what had been said."""
    said = [number for number, event in enumerate(events, 1) if isinstance(event, Step) and event.op is None]
    end = rng.choice(said) if rng.random() < 0.4 else rng.randrange(len(events) + 1)
    steps = []
    for event in events[:end]:
        if isinstance(event, Step):
            steps.append(event)
        elif care != "deaf" or not isinstance(event, Synced):
            disk.apply(event)
    return steps


def _check(kind: str, folder: Path, book: Book) -> list[bool]:
    store = open_kind(kind, folder)
    try:
        happened = book.settle(Memory(store))
    finally:
        store.close()
    check_integrity(kind, folder)
    return happened


def run(seeds: Sequence[int], kind: str) -> Counter[str]:
    """Run ``cut`` for each seed. Returns what was counted."""
    counts: Counter[str] = Counter()
    for seed in seeds:
        with TemporaryDirectory(prefix="recollect-powercuts-") as folder:
            try:
                cut(seed, kind, Path(folder), counts)
            except BaseException as error:
                error.add_note(f"seed {seed}")
                raise
    return counts


def main() -> None:
    """Run by the command line."""
    parser = ArgumentParser(description="Cut the power at random moments, in simulation, and compare what is there with what was acknowledged.")
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--store", choices=KINDS, default="sqlite")
    options = parser.parse_args()
    start = monotonic()
    counts = run(range(options.seeds), options.store)
    print(
        f"{options.store}: {counts['cuts']:,} power cuts ({options.seeds:,} seeds) in {monotonic() - start:.0f} s; "
        f"{counts['acknowledged']:,} operations acknowledged: 0 lost, 0 in part, 0 damaged. Under way at a cut were "
        f"{counts['under way']:,}, of which {counts['under way, happened']:,} had happened whole."
    )


if __name__ == "__main__":
    main()
