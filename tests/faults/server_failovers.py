"""Move the primaries of Redis under load: ``cd tests && python -m faults.server_failovers --times 20 --how sentinel``."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from time import monotonic

from recollect import Memory
from recollect.store.redis import RedisStore
from servers.cluster import Cluster
from servers.process import wait_until
from servers.sentinel import Guarded

from .accounts import Book
from .server_load import Load

WORKERS = "abcd"


@contextmanager
def _sentinel(rng: Random) -> Iterator[tuple[str, Callable[[], None]]]:
    """A primary that is killed, or stands still for a while, under three sentinels."""
    servers = Guarded().start()
    try:
        yield servers.url, lambda: servers.fail_over(kill=rng.random() < 0.7)
    finally:
        servers.discard()


@contextmanager
def _cluster(rng: Random) -> Iterator[tuple[str, Callable[[], None]]]:
    """Slots that move from one primary to another, and now and then a primary that is killed."""
    nodes = Cluster().start()

    def move() -> None:
        if rng.random() < 0.6:
            nodes.reshard(rng, 500)
        else:
            nodes.fail_over(rng)

    try:
        yield nodes.url, move
    finally:
        nodes.discard()


HOW = {"sentinel": _sentinel, "cluster": _cluster}

REPLICAS = {"sentinel": 2, "cluster": 1}
"""All that a primary has. A write that only one of two has can be lost: Sentinel may promote the other, even while the primary still takes writes."""


def run(times: int, how: str, seed: int, replicas: int | None = None) -> tuple[Counter[str], float]:
    """Move primaries so many times, of a store that waits for all replicas, or so many. Returns what was counted, and the longest move's seconds.

    Raises:
        Lost: an acknowledged operation is not there, or one happened twice or in part.

    """
    rng = Random(seed)
    counts: Counter[str] = Counter()
    slowest = 0.0
    with HOW[how](rng) as (url, move):
        store, book = RedisStore(url, replicas=REPLICAS[how] if replicas is None else replicas, wait=5, connections=len(WORKERS)), Book()
        load = Load(Memory(store), book, WORKERS, rng.randrange(1 << 32), counts)
        try:
            for _ in range(times):
                load.wait(rng.uniform(0.1, 0.5))
                start = monotonic()
                move()
                before = counts["acknowledged"]
                wait_until(lambda before=before: load.check() or counts["acknowledged"] > before + len(WORKERS), "the store goes on")
                slowest = max(slowest, monotonic() - start)
                counts["moves"] += 1
        finally:
            load.finish()
            store.close()
        around = RedisStore(url, connections=1)
        book.settle(Memory(around))
        around.close()
    return counts, slowest


def main() -> None:
    """Run by the command line."""
    parser = ArgumentParser(description="Move the primaries of Redis under load, and compare what is there with what was acknowledged.")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--how", choices=HOW, default="sentinel")
    parser.add_argument("--replicas", type=int, help="that must have each write: all that the primary has, unless given")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = monotonic()
    counts, slowest = run(options.times, options.how, options.seed, options.replicas)
    print(
        f"{options.how}: {counts['moves']:,} moves in {monotonic() - start:.0f} s (the longest {slowest:.1f} s); {counts['acknowledged']:,} "
        f"operations acknowledged ({counts['messages']:,} messages): 0 lost, 0 twice, 0 in part. "
        f"{counts['failed']:,} errors said that nothing was written, "
        f"{counts['unknown']:,} that it was unknown."
    )


if __name__ == "__main__":
    main()
