"""Let eight processes write to one store for some seconds, and count: ``python -m tests.faults.fairness --seconds 5 --store sqlite``."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from recollect import Memory

from .crew import together
from .stores import KINDS, open_kind

PROCESSES = 8


def count_appends(kind: str, folder: Path, seconds: float, *, user: Callable[[int], str] = lambda _: "everyone") -> list[tuple[int, float]]:
    """Return, for each process, how many messages it appended, and the seconds that the slowest of its appends took."""

    def write(number: int) -> tuple[int, float]:
        store = open_kind(kind, folder)
        session = Memory(store).session(f"session {number}", user=user(number))
        done, slowest = 0, 0.0
        now = monotonic()
        end = now + seconds
        while now < end:
            session.append(user="hello")
            done, before, now = done + 1, now, monotonic()
            slowest = max(slowest, now - before)
        store.close()
        return done, slowest

    return [(done, slowest) for done, slowest in together(PROCESSES, write)]


def main() -> None:
    """Run by the command line."""
    parser = ArgumentParser(description="Let eight processes write to one store, and compare how much each got done.")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--store", choices=KINDS, default="sqlite")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="recollect-fairness-") as folder:
        results = count_appends(options.store, Path(folder), options.seconds)
    counts = [done for done, _ in results]
    print(
        f"{options.store}: {sum(counts):,} appends by {PROCESSES} processes in {options.seconds:g} s; each {min(counts):,} to {max(counts):,}, "
        f"slowest/fastest {min(counts) / max(counts):.2f}; the longest append took {1000 * max(slowest for _, slowest in results):.0f} ms"
    )


if __name__ == "__main__":
    main()
