"""Cut the power at random moments, in simulation: ``python -m tests.faults.powercuts --seeds 300 --store sqlite``."""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from copy import deepcopy
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Literal

import apsw

from recollect import Memory, StoreError
from recollect.store.sqlite import SQLiteStore

from .accounts import Account, Book, Step
from .calls import CallRecorder
from .disk import Disk, Event, Synced, spread
from .stores import KINDS, check_integrity, open_kind, open_restless
from .vfs import Recorder
from .workload import foretell, next_op, perform

Care = Literal["full", "normal", "off", "deaf", "nameless"]
"""How SQLite syncs: as the store has it; only at checkpoints; never; or as always, but the disk takes no notice of it, or none of folders'."""

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
    """Let a process work, often after one that was killed. Returns the disk as it was before, and what happened to it and was said."""
    crew = rng.choice((("a",), ("a",), ("a",), ("a", "b", "c")))
    with recorder_of(kind, folder) as recorder:
        disk, now = recorder.disk, book
        if rng.random() < 0.5:
            recorder.breath = rng.randrange(200)
            with suppress(StoreError, apsw.Error):  # of its closing
                _live(kind, folder, recorder, [now[worker] for worker in crew], rng, care)
            recorder.breath = sys.maxsize
            now = deepcopy(book)
            now.hear(event for event in recorder.events if isinstance(event, Step))
        _live(kind, folder, recorder, [now[worker] for worker in crew], rng, care)
    return disk, recorder.events


@contextmanager
def recorder_of(kind: str, folder: Path) -> Iterator[Recorder | CallRecorder]:
    """Yield a recorder of what a store of a kind does in a folder."""
    if kind == "sqlite":
        recorder = Recorder(folder)
        yield recorder
        recorder.unregister()
    else:
        calls = CallRecorder(folder)
        with calls.recording():
            yield calls


def options_of(recorder: Recorder | CallRecorder) -> dict[str, Any]:
    """Return the options with which a store is opened so that its changes are recorded."""
    return {"vfs": recorder.name} if isinstance(recorder, Recorder) else {}


def _live(kind: str, folder: Path, recorder: Recorder | CallRecorder, accounts: Sequence[Account], rng: Random, care: Care) -> None:
    """Be a process: open the store, let some threads work, and close it."""
    options = {**options_of(recorder), "exclusive": rng.random() < 0.5} if kind == "sqlite" else {}
    with closing(open_restless(kind, folder, rng, **options)) as store:
        if isinstance(store, SQLiteStore) and care in {"normal", "off"}:
            store._commits.connection.pragma("synchronous", care)
        steps = rng.randrange(1, 25) // len(accounts)
        with ThreadPoolExecutor(len(accounts)) as threads:
            running = [threads.submit(_work, Memory(store), account, Random(rng.random()), steps, recorder) for account in accounts]
        for one in running:
            one.result()


def _work(memory: Memory, account: Account, rng: Random, steps: int, recorder: Recorder | CallRecorder) -> None:
    """Do some operations, the one whose outcome is unknown first, until they are done or the process is dead."""
    state, pending = account.state, account.pending
    for number in range(account.begun, account.begun + steps):
        op = pending or next_op(rng, account.worker, number, state)
        recorder.events.append(Step(account.worker, op))
        try:
            position = perform(memory, op)
        except StoreError:
            if recorder.breath > 0:
                raise
            return
        recorder.events.append(Step(account.worker, position=position))
        state, pending = foretell(state, op), None


def _run_until_cut(disk: Disk, events: Sequence[Event | Step], rng: Random, care: Care) -> list[Step]:
    """Bring a disk to a random moment, often that of an acknowledgement. Returns what had been said."""
    said = [number for number, event in enumerate(events, 1) if isinstance(event, Step) and event.op is None]
    end = rng.choice(said) if said and rng.random() < 0.4 else rng.randrange(len(events) + 1)
    steps = []
    for event in events[:end]:
        if isinstance(event, Step):
            steps.append(event)
        elif not (isinstance(event, Synced) and (care == "deaf" or (care == "nameless" and disk.is_folder(event.node)))):
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
