"""Cut the connections of writers, over and over: ``cd tests && python -m faults.server_cuts --cuts 1000 --store postgresql``."""

from argparse import ArgumentParser
from collections import Counter
from random import Random
from time import monotonic, sleep
from urllib.parse import urlsplit

from recollect import Memory
from recollect.errors import StoreError
from recollect.store import Store
from servers.proxy import LOSSES, Fault, Proxy

from .accounts import Book
from .server_load import Load
from .server_stores import KINDS, ServerKind

CUTS_A_DATABASE = 50
"""So many cuts befall one store, before the next one begins on an empty database."""

PATIENCE = 30
"""Seconds until a planned fault must have struck."""

FAULTS = (*LOSSES, Fault.UNANSWERED, Fault.UNANSWERED, Fault.UNANSWERED, Fault.LATE)

CREWS = ("a", "abcd")
"""Who writes: one thread, or four that share the pool."""


def run(cuts: int, kind: str, seed: int) -> Counter[str]:
    """Cut so many connections of a kind of store. Returns what was counted.

    Raises:
        Lost: an acknowledged operation is not there, or one happened twice, in part, or although its error said that it had failed.

    """
    rng = Random(seed)
    counts: Counter[str] = Counter()
    while counts["cuts"] < cuts:
        with KINDS[kind].database() as url, Proxy(urlsplit(url).port or 0, seed=rng.randrange(1 << 32), pause=0.1) as proxy:
            _one_database(KINDS[kind], url, proxy, min(CUTS_A_DATABASE, cuts - counts["cuts"]), rng, counts)
    return counts


def _one_database(parts: ServerKind, url: str, proxy: Proxy, cuts: int, rng: Random, counts: Counter[str]) -> None:
    done = counts["cuts"] + cuts
    store = _open(parts, proxy, proxy.on(url), rng, counts)
    around = parts.open(url, wait=30)
    book = Book()
    load = Load(Memory(store), book, rng.choice(CREWS), rng.randrange(1 << 32), counts, Memory(around))
    try:
        while counts["cuts"] < done:
            if rng.random() < 0.8:
                _let_work(load, counts)
            if rng.random() < 0.2:
                _cut_at_any_time(proxy, load, rng)
                counts["cuts"] += 1
            else:
                counts["cuts"] += _strike(proxy, load, rng)
    finally:
        load.finish()
        store.close()
    book.settle(Memory(around))
    around.close()
    counts["checks"] += 1


def _open(parts: ServerKind, proxy: Proxy, url: str, rng: Random, counts: Counter[str]) -> Store:
    """Open the store, whose tables may be half made when its connection is cut."""
    if rng.random() < 0.5:
        proxy.plan(rng.choice(LOSSES), after=rng.randrange(6))
    end = monotonic() + PATIENCE
    while True:
        try:
            return parts.open(url, wait=5, pool=4)
        except StoreError:
            counts["openings cut"] += 1
            if monotonic() > end:
                raise


def _let_work(load: Load, counts: Counter[str]) -> None:
    """Wait until another operation has been acknowledged, so that not all cuts befall connections that are being made."""
    before, end = counts["acknowledged"], monotonic() + PATIENCE
    while counts["acknowledged"] == before and monotonic() < end:
        load.wait(0.001)


def _strike(proxy: Proxy, load: Load, rng: Random) -> bool:
    """Let a fault strike one of the next requests. Returns whether that was a cut."""
    fault = rng.choice(FAULTS)
    proxy.plan(fault, after=rng.randrange(6))
    end = monotonic() + PATIENCE
    while proxy.waiting:
        load.check()
        if monotonic() > end:
            raise TimeoutError(f"no request came that {fault} could strike")
        sleep(0.001)
    return fault is not Fault.LATE


def _cut_at_any_time(proxy: Proxy, load: Load, rng: Random) -> None:
    """Cut all connections, whatever is under way, and refuse new ones for a moment."""
    load.wait(rng.uniform(0, 0.02))
    proxy.refusing = rng.random() < 0.5
    proxy.cut()
    if proxy.refusing:
        load.wait(rng.uniform(0, 0.05))
        proxy.refusing = False


def main() -> None:
    """Run by the command line."""
    parser = ArgumentParser(description="Cut the connections of writers, and compare what is there with what was acknowledged.")
    parser.add_argument("--cuts", type=int, default=1000)
    parser.add_argument("--store", choices=KINDS, default="postgresql")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = monotonic()
    counts = run(options.cuts, options.store, options.seed)
    print(
        f"{options.store}: {counts['cuts']:,} cuts in {monotonic() - start:.0f} s; {counts['acknowledged']:,} operations acknowledged "
        f"({counts['messages']:,} messages), compared {counts['checks']:,} times: 0 lost, 0 twice, 0 in part. "
        f"{counts['failed']:,} errors said that nothing was written, and nothing was; {counts['unknown']:,} said that it was unknown, "
        f"of which {counts['unknown, happened']:,} had happened. {counts['openings cut']:,} openings were cut."
    )


if __name__ == "__main__":
    main()
