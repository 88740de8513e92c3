"""A proof that no read is stale: many processes write, rewrite, remove and read the same sessions, each with a cache of its own.

``make stale`` runs 100,000 operations on each store: ``python -m faults.staleness --store sqlite``, in the folder of the tests.
"""

import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager
from mmap import mmap
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from faults.crew import together
from recollect import Memory, Message, Session, Store, Window
from recollect.codec import decode_message, encode_message
from recollect.model import Owner

PROCESSES = 4
SESSIONS = 6

BEGUN, REMOVED, POSITION, REWRITTEN, CELLS = range(5)
"""What is known of a session to all: how often its removal was begun and ended, the position of its latest acknowledged message, and how often
its latest messages were rewritten. A message says in which life of its session it was written, and behind which rewrite, or by which."""

TURNS = 3
"""So many are read, and rewritten."""

Board = memoryview
"""CELLS for each session, written one by one: 8 aligned bytes change at once."""


def check(open_store: Callable[[], Store], operations: int, locks: Path, seed: int = 0) -> dict[str, int]:
    """Run so many operations, and return how many there were of each kind, with hits and misses; raise AssertionError at a stale read.

    Args:
        open_store: opens the store that all the processes share.
        operations: over all the processes.
        locks: a folder for the files by which writers of one session take turns. Readers wait for nobody.
        seed: of the random choices.

    """
    board = memoryview(mmap(-1, SESSIONS * CELLS * 8)).cast("q")
    found = together(PROCESSES, lambda number: _work(open_store, operations // PROCESSES, locks, board, Random(f"{seed} {number}")))
    return {name: sum(one[name] for one in found) for name in found[0]}


def _work(open_store: Callable[[], Store], operations: int, locks: Path, board: Board, rng: Random) -> dict[str, int]:
    store = open_store()
    memory = Memory(store)
    counts = {"reads": 0, "appends": 0, "rewrites": 0, "removals": 0}
    for _ in range(operations):
        number = rng.randrange(SESSIONS)
        session = memory.session(f"s{number}", user=f"u{number % 2}")
        told = board[CELLS * number : CELLS * (number + 1)]
        dice = rng.random()
        if dice < 0.6:
            _read(session, told)
            counts["reads"] += 1
            continue
        with _turn(locks, number):
            if dice < 0.95:
                text = f"{told[REMOVED]}.{told[REWRITTEN]}"
                told[POSITION] = session.append(user=text, assistant=text)
                counts["appends"] += 1
            elif dice < 0.98:
                _rewrite(store, Owner("", "user", f"u{number % 2}"), f"s{number}", told[REWRITTEN] + 1)
                told[REWRITTEN] += 1
                counts["rewrites"] += 1
            else:
                told[POSITION] = 0
                told[BEGUN] += 1
                (session.delete if dice < 0.99 else session.clear)()
                told[REMOVED] += 1
                counts["removals"] += 1
    stats = memory.cache
    store.close()
    return {**counts, "hits": stats.hits, "misses": stats.misses}


def _rewrite(store: Store, owner: Owner, session: str, number: int) -> None:
    found = store.entries(owner, session, limit=2 * TURNS, newest=True)
    lives = [decode_message(item).text.partition(".")[0] for item in found]
    said = [encode_message(Message(item.role, f"{life}.{number}", item.id), item.id) for item, life in zip(found, lives, strict=True)]
    wanted = [replace(item, digest=new.digest, body=new.body) for item, new in zip(found, said, strict=True)]
    if wanted:
        store.rewrite(owner, session, wanted, edition=found[0].edition)


def _read(session: Session, told: Board) -> None:
    removed = told[REMOVED]  # first: a removal that begins after it shows in BEGUN
    position, rewritten = told[POSITION], told[REWRITTEN]
    seen = session.context(Window(turns=TURNS))
    lives, rewrites = zip(*(map(int, message.text.split(".")) for message in seen), strict=True) if seen else ((), ())
    assert all(number >= rewritten for number in rewrites), f"a read that began after rewrite {rewritten} shows {rewrites}"
    assert all(life >= removed for life in lives), f"a read that began after removal {removed} shows {lives}"
    newest = max((message.position or 0 for message in seen), default=0)
    assert newest >= position or told[BEGUN] > removed, f"a read that began after {position} ends at {newest}"


def _turn(locks: Path, number: int) -> AbstractContextManager[object]:
    """Return the lock of a session's writers: it goes to nobody else until what is done is told to all."""
    from fcntl import LOCK_EX, flock

    file = (locks / f"{number}").open("w")
    flock(file, LOCK_EX)
    return file


def main() -> None:
    from conformance.kinds import KINDS
    from recollect.store.protocol import system_clock

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=[name for name, kind in KINDS.items() if kind.persistent], required=True)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        place = Path(folder) / "place"
        place.mkdir()
        KINDS[options.store].open(place, system_clock).close()  # starts the server, which the processes share
        counts = check(lambda: KINDS[options.store].open(place, system_clock), options.operations, Path(folder), options.seed)
    print(f"{options.store}: {counts}, 0 stale")


if __name__ == "__main__":
    main()
