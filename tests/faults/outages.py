"""Take the primary away at random moments, over and over: ``python -m tests.faults.outages --outages 200 --kills 50``."""

import logging
import os
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from fcntl import LOCK_EX, flock
from functools import partial
from hashlib import blake2b
from mmap import mmap
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any, NamedTuple

from msgspec import json
from msgspec.structs import replace

if __package__ == "tests.faults":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.crew import Child, Say
from faults.flaky import Flaky
from recollect.errors import Conflict, StoreError
from recollect.model import Document, Entry, Owner
from recollect.store.failover import Failover
from recollect.store.failover.operations import Update
from recollect.store.protocol import Store
from recollect.store.sqlite import SQLiteStore
from recollect.testing import entry

OUTAGES_A_LIFE = 20
"""So many outages one store lives through, before the next one begins empty."""

WRITERS = 4
SHARED = Owner("", "user", "shared")


class Lost(AssertionError):
    """Something acknowledged is not there, or is there twice, or in another order."""


class Place(NamedTuple):
    """A primary, a spool, and whether the fallback is a replica without lag, or an empty store."""

    folder: Path
    replica: bool

    def open(self, rng: Random) -> tuple[Failover, Flaky]:
        primary = Flaky(SQLiteStore(self.folder / "primary.db"), rng)
        fallback = self.folder / ("primary.db" if self.replica else "copy.db")
        return Failover(
            primary, lambda: SQLiteStore(fallback), spool=self.folder / "spool.db", replica=self.replica, pause=0.002, longest=0.01, patience=0.05
        ), primary


class Writer:
    """Appends to a session of its own and to a shared one, rewrites what it has said, keeps a document, and counts in another by compare-and-set.

    A call that fails is repeated with the same ids until it is acknowledged, as an application does.
    """

    def __init__(self, store: Failover, name: str, number: int, replica: bool, say: Say, rng: Random) -> None:
        self.store, self.name, self.number, self.replica, self.say, self.rng = store, name, number, replica, say, rng
        self.owner = Owner("", "user", name)

    def work(self, until: Callable[[], bool]) -> None:
        while not until():
            self.number += 1
            batch = [entry(f"{self.name}-{self.number}-{part}") for part in range(self.rng.choice([1, 2, 2, 5]))]
            own = self.rng.random() < 0.7
            self.say(["begin", self.name, self.number, len(batch), own])
            self.repeat(partial(self.store.append, self.owner if own else SHARED, "s", batch))
            self.repeat(lambda: self.store.put(self.owner, [Document("c", "latest", b"%d" % self.number)]))
            if self.rng.random() < 0.3:
                self.title()
            if self.rng.random() < 0.3:
                self.rewrite()
            if self.rng.random() < 0.1:
                self.repeat(lambda: self.store.delete_session(self.owner, "gone"))
                self.repeat(lambda: self.store.append(self.owner, "gone", [entry(f"gone-{self.number}")]))
            self.say(["done", self.name, self.number])
            if self.replica and own:
                self.look(batch)

    def title(self) -> None:
        """Set the session's settings as the core does: read, change, write, and begin again at a conflict."""
        while True:
            try:
                state = self.store.session(self.owner, "s")
                self.store.update_session(self.owner, "s", b" %d" % self.number, ttl=None, expect=0 if state is None else state.revision)
            except Conflict:
                continue
            except StoreError as error:
                check_outcome(error)
                continue
            return

    def rewrite(self) -> None:
        """Give some of the latest messages other bodies, as a redaction does: read, write, and begin again at a conflict."""
        while True:
            try:
                found = self.store.entries(self.owner, "s", limit=6, newest=True)
                wanted = [replace(item, body=rewritten(item.id), digest=digest(item.id), tokens=1) for item in found if self.rng.random() < 0.5]
                if wanted and self.store.rewrite(self.owner, "s", wanted, edition=found[0].edition):
                    self.say(["rewritten", self.name, self.number, [item.id for item in wanted]])
            except Conflict:
                continue
            except StoreError as error:
                check_outcome(error)
                continue
            return

    def look(self, batch: Sequence[Entry]) -> None:
        """Read what was just acknowledged."""
        found = self.repeat(lambda: self.store.entries(self.owner, "s", limit=len(batch), newest=True))
        if [item.id for item in found] != [item.id for item in batch]:
            raise Lost(f"{self.name} has written {batch[-1].id}, and reads {[item.id for item in found]}: {self.store.state}")
        document = self.repeat(lambda: self.store.documents(self.owner, "c", keys=["latest"]))
        if [item.body for item in document] != [b"%d" % self.number]:
            raise Lost(f"{self.name} has put {self.number}, and reads {document}")

    def repeat(self, call: Callable[[], Any]) -> Any:
        while True:
            try:
                return call()
            except StoreError as error:
                check_outcome(error)


def rewritten(id: str) -> bytes:
    return f" rewritten {id}".encode()


def digest(id: str) -> bytes:
    return blake2b(rewritten(id), digest_size=16).digest()


def check_outcome(error: StoreError) -> None:
    if "outage that is over" in str(error) or "cannot be followed" in str(error):
        raise error
    sleep(0.001)


def trouble(primary: Flaky, outages: int, rng: Random) -> None:
    """Take the primary away so many times: at once, or in the middle of a call; for a moment, or for longer."""
    for _ in range(outages):
        sleep(rng.choice([0.0, 0.004, 0.02]) * rng.random())
        if rng.random() < 0.5:
            primary.cut = True
            sleep(0.002)
        primary.up = False
        sleep(rng.choice([0.0, 0.005, 0.03]) * rng.random())
        primary.cut = False
        primary.up = True


def live(place: Place, outages: int, rng: Random, counts: Counter[str]) -> None:
    """Let threads write through some outages, and compare."""
    store, primary = place.open(rng)
    said = write(store, place.replica, lambda: trouble(primary, outages, rng), rng)
    settle(store, place)
    counts["spooled"] += store.state.spooled_writes
    counts["degraded reads"] += store.state.degraded_reads
    store.close()
    primary.store.close()
    compare(place, said, counts)


def write(store: Failover, replica: bool, meanwhile: Callable[[], None], rng: Random) -> list[Any]:
    """Let threads write while something else happens. Returns what they said."""
    said: list[Any] = []
    faults: list[BaseException] = []
    over = Event()

    def work(name: str) -> None:
        try:
            Writer(store, name, 0, replica, said.append, Random(rng.random())).work(over.is_set)
        except BaseException as error:  # noqa: BLE001  # it is raised by the main thread
            faults.append(error)

    threads = [Thread(target=work, args=[f"w{number}"]) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        meanwhile()
    finally:
        over.set()
        for thread in threads:
            thread.join()
    for fault in faults:
        raise fault
    return said


def settle(store: Failover, place: Place) -> None:
    """Replay until nothing waits. Where the fallback has nothing, titles that were set in an outage meet others, and are put aside."""
    deadline = monotonic() + 30
    while not store.replay():
        if monotonic() > deadline:
            raise Lost(f"the spool does not get empty: {store.state}")
    check(store.state.waiting == 0, f"{store.state}")
    refused = [one for one in store.refused() if place.replica or not isinstance(one.operation, Update)]
    check(not refused, f"refused: {refused}")


def killed(place: Place, kills: int, rng: Random, counts: Counter[str]) -> None:
    """Kill processes that write through outages, two at a time, each with outages of its own; the next ones go on with the same spool."""
    said: list[Any] = []
    numbers: Counter[str] = Counter()
    for turn in range(0, kills, 2):
        children = [Child(_labour(place, f"p{child}", numbers[f"p{child}"], Random(rng.random()))) for child in range(2)]
        for child in children:
            sleep(rng.uniform(0.02, 0.12))
            said += [json.decode(line) for line in child.kill()]
        for kind, name, number, *_ in said:
            numbers[name] = max(numbers[name], number if kind == "begin" else 0)
        counts["kills"] += len(children)
        if turn % 6 == 0:
            counts["found waiting"] += _recover(place, rng)
    _recover(place, rng)
    compare(place, said, counts)


def _labour(place: Place, name: str, number: int, rng: Random) -> Callable[[Say], None]:
    def labour(say: Say) -> None:
        logging.disable()
        store, primary = place.open(rng)
        Thread(target=trouble, args=[primary, sys.maxsize, Random(rng.random())], daemon=True).start()
        Writer(store, name, number, place.replica, say, rng).work(lambda: False)

    return labour


def visible(place: Place, reads: int, rng: Random) -> None:
    """Let processes that share a spool, each with outages of its own, write by turns and read: what was acknowledged to any is seen by all."""
    board = memoryview(mmap(-1, 8)).cast("q")

    def work(number: int) -> None:
        logging.disable()
        store, primary = place.open(Random(f"{rng.random()} {number}"))
        Thread(target=trouble, args=[primary, sys.maxsize, Random(f"{number}")], daemon=True).start()
        writer = Writer(store, f"p{number}", 0, place.replica, lambda _: None, Random(number))
        for turn in range(reads):
            if turn % 3 == number % 3:
                with (place.folder / "turn").open("w") as file:
                    flock(file, LOCK_EX)
                    said = board[0] + 1
                    writer.repeat(partial(store.append, SHARED, "s", [entry(f"{said}")]))
                    board[0] = said
            said = board[0]
            found = writer.repeat(partial(store.entries, SHARED, "s", limit=1, newest=True))
            check(not said or (bool(found) and int(found[0].id) >= said), f"{said} was acknowledged, and {found} is read: {store.state}")
        os._exit(0)  # with its outages

    children = [Child(lambda _, number=number: work(number)) for number in range(3)]
    try:
        while children:
            children.pop().wait()
    finally:  # where one has found a fault, the others may wait for it
        with suppress(AssertionError):
            for child in children:
                child.kill()
    _recover(place, rng)
    store = SQLiteStore(place.folder / "primary.db")
    check([int(item.id) for item in store.entries(SHARED, "s")] == list(range(1, board[0] + 1)), "the order is not that of acknowledgement")
    store.close()


def _recover(place: Place, rng: Random) -> int:
    """Replay in this process what those that were killed left behind. Returns how much that was."""
    store, primary = place.open(rng)
    waiting = store.state.waiting
    settle(store, place)
    store.close()
    primary.store.close()
    return waiting


def compare(place: Place, said: list[Any], counts: Counter[str]) -> None:
    """Compare the primary, read around the failover, with what was acknowledged."""
    store = SQLiteStore(place.folder / "primary.db")
    try:
        compare_store(store, said, counts)
    finally:
        store.close()


def compare_store(store: Store, said: list[Any], counts: Counter[str]) -> None:
    """Compare what a store holds with what writers have said."""
    begun = {(name, number): (size, own) for kind, name, number, *rest in said if kind == "begin" for size, own in [rest]}
    done = {(name, number) for kind, name, number, *_ in said if kind == "done"}
    names = sorted({name for name, _ in begun})
    for name in [*names, None]:
        owner = SHARED if name is None else Owner("", "user", name)
        found = store.entries(owner, "s")
        positions = [item.position for item in found]
        check(positions == sorted(set(positions)), f"positions of {owner} fork")
        ids = [item.id for item in found]
        check(len(ids) == len(set(ids)), f"{owner} has something twice")
        for writer in names if name is None else [name]:
            _in_order(writer, [id for id in ids if id.startswith(f"{writer}-")], begun, done, own=name is not None)
        if name is not None:
            last = max((number for writer, number in done if writer == name), default=0)
            latest = [int(item.body or b"") for item in store.documents(owner, "c", keys=["latest"])]
            check(not last or latest >= [last], f"the latest document of {name} is {latest}, and {last} was acknowledged")
            again = {id for kind, writer, _, *rest in said if kind == "rewritten" and writer == name for id in rest[0]}
            stale = [
                item.id for item in found if item.id in again and (item.body, item.digest, item.tokens) != (rewritten(item.id), digest(item.id), 1)
            ]
            check(not stale, f"{stale} were rewritten, and hold something else")
            counts["rewritten"] += len(again)
            state = store.session(owner, "s")
            check(state is None or state.tokens == sum(item.tokens or 0 for item in found), f"the tokens of {owner} do not add up")
        told = [item.id for item in store.changes(owner, 0, 1 << 20) if isinstance(item, Entry) and item.session == "s"]
        check(told == ids, f"changes of {owner} tell another story")
    counts["acknowledged"] += len(done)
    counts["messages"] += sum(begun[one][0] for one in done)


def _in_order(writer: str, ids: list[str], begun: dict[tuple[str, int], tuple[int, bool]], done: set[tuple[str, int]], *, own: bool) -> None:
    """Each acknowledged batch whole, once, in order; of those that were not acknowledged, all or nothing."""
    wanted = []
    for number in sorted(number for name, number in begun if name == writer and begun[name, number][1] == own):
        batch = [f"{writer}-{number}-{part}" for part in range(begun[writer, number][0])]
        if (writer, number) in done or batch[0] in ids:
            wanted += batch
    check(
        ids == wanted, f"{writer}: {[id for id in wanted if id not in ids]} are lost, or the order is not that of writing: {ids[-20:]} {wanted[-20:]}"
    )


def check(right: bool, message: str) -> None:
    if not right:
        raise Lost(message)


def run(outages: int, kills: int, seed: int) -> Counter[str]:
    """Live through so many outages, and so many kills in outages. Returns what was counted.

    Raises:
        Lost: something acknowledged is lost, doubled or out of order.

    """
    rng, counts = Random(seed), Counter[str]()
    while counts["outages"] < outages:
        with TemporaryDirectory(prefix="recollect-outages-") as folder:
            some = min(OUTAGES_A_LIFE, outages - counts["outages"])
            live(Place(Path(folder), rng.random() < 0.5), some, rng, counts)
            counts["outages"] += some
    while counts["kills"] < kills:
        with TemporaryDirectory(prefix="recollect-outages-") as folder:
            killed(Place(Path(folder), rng.random() < 0.5), min(20, kills - counts["kills"]), rng, counts)
    return counts


def main() -> None:
    """Run by the command line."""
    parser = ArgumentParser(
        description="Take the primary of a failover away at random moments, and compare what is there with what was acknowledged."
    )
    parser.add_argument("--outages", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.disable()
    start = monotonic()
    counts = run(options.outages, options.kills, options.seed)
    print(
        f"{counts['outages']:,} outages and {counts['kills']:,} kills in {monotonic() - start:.0f} s; "
        f"{counts['acknowledged']:,} operations acknowledged ({counts['messages']:,} messages, "
        f"of which {counts['rewritten']:,} were rewritten), {counts['spooled']:,} writes by way of the spool, "
        f"{counts['degraded reads']:,} reads without the primary, {counts['found waiting']:,} operations found waiting after kills: "
        "0 lost, 0 twice, 0 out of order, and the spool empty."
    )


if __name__ == "__main__":
    main()
