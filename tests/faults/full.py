"""Run out of space, and get some back: ``python -m tests.faults.full FOLDER --store sqlite``, where FOLDER has little room."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from random import Random

from recollect import Memory, StorageFull, StoreError
from recollect.store import Store

from .accounts import Account, Book, Lost, Step
from .stores import KINDS, check_integrity, open_kind
from .workload import next_op, perform

BALLAST_BYTES = 8_000_000
MOST = 5_000
"""Operations after which the room should long have been used up."""


def labour(
    memory: Memory, book: Book, rng: Random, operations: int, calm: Callable[[], AbstractContextManager[None]] = nullcontext
) -> list[StoreError]:
    """Do so many operations, and go on after those that fail. Returns their errors. What is there is looked at ``with calm()``.

    Raises:
        Lost: an operation happened whose error said that it had not.

    """
    errors = []
    for _ in range(operations):
        account = book["a"]
        op = next_op(rng, "a", account.begun, account.state)
        account.hear(Step("a", op))
        try:
            account.hear(Step("a", position=perform(memory, op)))
        except StoreError as error:
            errors.append(error)
            with calm():
                _settle(account, memory, error, rng)
    return errors


def _settle(account: Account, memory: Memory, error: StoreError, rng: Random) -> None:
    op = account.pending
    happened = account.settle(memory)
    if happened and error.outcome == "failed":
        raise Lost(f"{op} has happened, although its error said that it had not: {error}") from error
    if not happened and rng.random() < 0.5:
        account.pending = op
        try:
            account.retry(memory)
        except StoreError:
            account.settle(memory)


def use_up(open_store: Callable[[], Store], free: Callable[[], None]) -> Counter[str]:
    """Work until there is no room, and a little longer; then, after ``free()``, work on with the same store, and open it anew."""
    book, rng = Book(), Random(7)
    store = open_store()
    memory = Memory(store)
    errors: list[StoreError] = []
    for _ in range(MOST):
        errors += labour(memory, book, rng, 1)
        if len(errors) >= 20:
            break
    before = book["a"].acknowledged
    free()
    late = labour(memory, book, rng, 50)
    book.settle(memory)
    store.close()
    store = open_store()
    book.settle(Memory(store))
    store.close()
    counts = Counter(type(error).__name__ for error in errors)
    counts["before"], counts["after"], counts["late errors"] = before, book["a"].acknowledged - before, len(late)
    return counts


def main() -> None:
    """Run by the command line."""
    parser = ArgumentParser(description="Run out of space in a small folder, get some back, and compare.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--store", choices=KINDS, default="sqlite")
    options = parser.parse_args()
    ballast = options.folder / "ballast"
    ballast.write_bytes(bytes(BALLAST_BYTES))
    counts = use_up(lambda: open_kind(options.store, options.folder), ballast.unlink)
    check_integrity(options.store, options.folder)
    if not counts[StorageFull.__name__] or counts["late errors"]:
        raise SystemExit(f"{options.store}: {dict(counts)}")
    print(
        f"{options.store}: {counts['before']:,} operations acknowledged before the disk was full, {counts[StorageFull.__name__]:,} refused, "
        f"{counts['after']:,} after space returned: 0 lost, 0 in part."
    )


if __name__ == "__main__":
    main()
