"""Kill a server under load and start it again, over and over: ``cd tests && python -m faults.server_crashes --crashes 100 --store postgresql``."""

from argparse import ArgumentParser
from collections import Counter
from random import Random
from time import monotonic

from recollect import Memory
from servers.process import wait_until

from .accounts import Book
from .server_load import Load
from .server_stores import KINDS

CRASHES_A_STORE = 10
"""So many times the server of one store is killed, before the next store begins on an empty database."""


def run(crashes: int, kind: str, seed: int) -> tuple[Counter[str], float]:
    """Kill the server of a kind so many times. Returns what was counted, and the seconds that the longest recovery of a store took.

    A store is not opened again: its workers go on when the server is back.

    Raises:
        Lost: an acknowledged operation is not there, or one happened twice or in part.

    """
    rng = Random(seed)
    counts: Counter[str] = Counter()
    slowest = 0.0
    while counts["crashes"] < crashes:
        slowest = max(slowest, _one_store(kind, min(CRASHES_A_STORE, crashes - counts["crashes"]), rng, counts))
    return counts, slowest


def _one_store(kind: str, crashes: int, rng: Random, counts: Counter[str]) -> float:
    parts, slowest = KINDS[kind], 0.0
    server = parts.durable()
    with parts.database(server) as url:
        store, book = parts.open(url, wait=5, pool=4), Book()
        load = Load(Memory(store), book, "abcd", rng.randrange(1 << 32), counts)
        try:
            for _ in range(crashes):
                load.wait(rng.uniform(0.02, 0.3))
                server.kill()
                load.wait(rng.uniform(0, 0.1))
                server.start()
                back, before = monotonic(), counts["acknowledged"]
                wait_until(lambda before=before: load.check() or counts["acknowledged"] > before, "the store has recovered")
                slowest = max(slowest, monotonic() - back)
                counts["crashes"] += 1
        finally:
            load.finish()
            store.close()
        around = parts.open(url)
        book.settle(Memory(around))
        around.close()
    return slowest


def main() -> None:
    """Run by the command line."""
    parser = ArgumentParser(description="Kill a server under load, and compare what is there with what was acknowledged.")
    parser.add_argument("--crashes", type=int, default=100)
    parser.add_argument("--store", choices=KINDS, default="postgresql")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = monotonic()
    counts, slowest = run(options.crashes, options.store, options.seed)
    print(
        f"{options.store}: {counts['crashes']:,} crashes of the server in {monotonic() - start:.0f} s; {counts['acknowledged']:,} operations "
        f"acknowledged ({counts['messages']:,} messages): 0 lost, 0 twice, 0 in part. {counts['failed']:,} errors said that nothing was written, "
        f"{counts['unknown']:,} that it was unknown. A store went on at most {slowest:.2f} s after its server did."
    )


if __name__ == "__main__":
    main()
