"""The turn on server databases: by the length of the session, by many callers at once, and in bytes."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median, quantiles
from types import ModuleType
from typing import NamedTuple

from benchmarks import mysql, postgresql, redis
from benchmarks.report import Table
from benchmarks.systems import ANSWER, QUESTION, Crowd, Recollect, System
from benchmarks.turns import LENGTHS, measure

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from servers import mariadb as mariadb_servers  # behind the path
from servers import postgresql as postgresql_servers
from servers import redis as redis_servers

CALLERS = 64
SECONDS = 5.0
BEGUN = 100
"""Messages that a session has before the crowd comes."""

COUNT = 20_000
"""Messages whose bytes are counted."""


class Server(NamedTuple):
    """A database: its systems, how an empty database of it is lent, and what it promises."""

    title: str
    systems: ModuleType
    lend: Callable[[], AbstractContextManager[str]]


@contextmanager
def plain_redis() -> Iterator[str]:
    """Lend a Redis with the durability that it has by default, once it keeps a log."""
    server = redis_servers.Redis(durable=False, options=("--appendonly", "yes", "--appendfsync", "everysec")).start()
    try:
        with redis_servers.database(server) as place:
            yield place
    finally:
        server.discard()


SERVERS = {
    "postgresql": Server("PostgreSQL", postgresql, lambda: postgresql_servers.database(postgresql_servers.durable())),
    "mysql": Server("MariaDB", mysql, lambda: mariadb_servers.database(mariadb_servers.durable())),
    "redis": Server("Redis", redis, plain_redis),
}


def turns(server: Server) -> list[Table]:
    """Return the times of a turn, and their ratios to the driver's and to themselves."""
    kinds: tuple[type[System], ...] = server.systems.SYSTEMS
    found: dict[int, dict[str, float]] = {}
    for length in LENGTHS:
        with ExitStack() as lent:
            found[length] = measure({kind: lent.enter_context(server.lend()) for kind in kinds}, length)
    header = ["system", *(f"N = {length:,}" for length in LENGTHS)]
    floors = [kind.name for kind in kinds if kind.name.startswith("floor")]
    ours, peers = Recollect.name, [kind.name for kind in kinds if kind.name not in floors and "Recollect" not in kind.name]
    times = [[kind.name, *(f"{found[length][kind.name] * 1e3:.3f}" for length in LENGTHS)] for kind in kinds]
    ratios = [
        *([f"{ours} / {floor}", *(f"{found[length][ours] / found[length][floor]:.2f}" for length in LENGTHS)] for floor in floors),
        *([f"{peer} / {ours}", *(f"{found[length][peer] / found[length][ours]:,.0f}" for length in LENGTHS)] for peer in peers),
        [f"{ours}, N / N = {LENGTHS[0]} (goal: at most 1.15)", *(f"{found[length][ours] / found[LENGTHS[0]][ours]:.2f}" for length in LENGTHS)],
    ]
    return [Table(f"{server.title}: a turn in milliseconds (median)", header, times), Table(f"{server.title}: ratios", header, ratios)]


def crowds(server: Server) -> Table:
    """Return the turns a second, and the times of a turn, while many callers take turns."""
    rows = []
    for kind in server.systems.CROWDS:
        with server.lend() as place:
            times = _apart(_crowd, kind, place)
        cuts = quantiles(times, n=100)
        rows.append([kind.name, f"{len(times) / SECONDS:,.0f}", f"{median(times) * 1e3:.1f}", f"{cuts[98] * 1e3:.1f}"])
    title = f"{server.title}: {CALLERS} callers at once, awaited, on sessions of {BEGUN} messages and more"
    return Table(title, ["system", "turns a second", "median ms", "p99 ms"], rows)


def _crowd(kind: type[Crowd], place: str, pipe: Connection) -> None:
    system = kind(place)
    for number in range(CALLERS):
        system.load(f"s{number}", BEGUN)
    pipe.send(asyncio.run(_take_turns(system)))


async def _take_turns(system: Crowd) -> list[float]:
    await system.begin()
    times: list[float] = []
    end = time.perf_counter() + SECONDS

    async def one(session: str) -> None:
        while (start := time.perf_counter()) < end:
            await system.aturn(session)
            times.append(time.perf_counter() - start)

    await asyncio.gather(*(one(f"s{number}") for number in range(CALLERS)))
    await system.end()
    return times


def sizes(server: Server) -> Table:
    """Return the bytes a message in each system's database."""
    chars = (len(QUESTION) + len(ANSWER)) / 2
    rows = []
    for kind in server.systems.SIZED:
        with server.lend() as place:
            _apart(_fill, kind, place, 0)
            before = server.systems.size(place)
            _apart(_fill, kind, place, COUNT)
            size = (server.systems.size(place) - before) / COUNT
        rows.append([kind.name, f"{size:,.0f}", f"{size / chars:.2f}"])
    return Table(f"{server.title}: bytes a message of {chars:.0f} characters ({COUNT:,} messages)", ["system", "bytes", "of the text"], rows)


def _fill(kind: type[System], place: str, count: int, pipe: Connection) -> None:
    system = kind(place)
    for session in range(20):
        system.load(f"s{session}", count // 20)
    pipe.send([])


def _apart(work: Callable[..., None], *values: object) -> list[float]:
    """Run ``work(*values, pipe)`` in a process of its own, and return what it sends."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=work, args=(*values, theirs))
    process.start()
    theirs.close()
    found: list[float] = ours.recv()
    process.join()
    return found


def run(name: str) -> list[Table]:
    """Return the tables of a server."""
    server = SERVERS[name]
    return [*turns(server), crowds(server), sizes(server)]
