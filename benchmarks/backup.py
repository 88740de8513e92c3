"""How far a backup that follows is behind while 500 turns are written each second; how long a whole backup, a drill and a restore take."""

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.report import Table, progress
from benchmarks.systems import ANSWER, QUESTION
from recollect import Memory, Message
from recollect.transfer import backup, drill, restore

RATE = 500
"""Turns in a second; each is a message of the user and one of the assistant, written together."""

SECONDS = 20
USERS = 1000
BEFORE = 40
"""Messages that each user has before."""

WRITERS = 4


def run() -> list[Table]:
    """Return the figures of SQLite and PostgreSQL."""
    lags, whole = [], []
    for name, place in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        with TemporaryDirectory() as folder, place(Path(folder)) as url:
            with Memory(url) as memory:
                load(memory)
            lags.append([name, *follow(url, f"{folder}/backup")])
            whole.append([name, *once(url, f"{folder}/whole", f"sqlite:///{folder}/restored.db")])
    return [
        Table(
            f"A backup that follows {RATE} turns a second, of {USERS:,} users, to a folder",
            ["", "turns a second", "rounds", "behind, median (s)", "behind, at the most (s)", "bytes a message"],
            lags,
        ),
        Table(
            f"A whole backup of about {USERS * BEFORE + RATE * SECONDS * 2:,} messages to a folder, its drill, and its restore to SQLite",
            ["", "backup (s)", "drill beside the live memory (s)", "restore (s)", "size (MB)"],
            whole,
        ),
    ]


def load(memory: Memory) -> None:
    """Give every user something."""
    for number in range(USERS):
        memory.session("before", user=f"u{number:04}").append(*(Message("user", f"{QUESTION} {n}") for n in range(BEFORE)))
        progress("loading", number + 1, USERS)


def follow(url: str, place: str) -> list[str]:
    """Follow a memory that is written, and return how far the backup was behind."""
    backup(url, place)
    command = [sys.executable, "-m", "recollect", "backup", place, "--url", url, "--follow", "--json"]
    behind: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        following.stdout.readline()  # its first round: it has begun
        reader = threading.Thread(target=_read, args=(following.stdout, behind))
        reader.start()
        written = subprocess.run([sys.executable, "-m", "benchmarks.backup", url], capture_output=True, text=True, check=True)
        during = len(behind)
        time.sleep(2)
        following.terminate()
        reader.join()
    rate = float(written.stdout)
    found = sorted(behind[:during])
    assert drill(place, live=url).proved
    size = sum(file.stat().st_size for file in Path(place).rglob("*") if file.name[:10].isdigit() and int(file.name[:10]) > 1)
    return [f"{rate:,.0f}", str(during), f"{found[len(found) // 2]:.2f}", f"{found[-1]:.2f}", f"{size / (rate * SECONDS * 2):,.0f}"]


def _read(lines: object, behind: list[float]) -> None:
    """Note for each round how far the backup was behind just before its end: since the round before had begun."""
    ended, lag = time.monotonic(), 0.0
    for line in lines:  # type: ignore[attr-defined]
        done = json.loads(line)
        if "lag" not in done:
            continue
        now = time.monotonic()
        behind.append(now - ended + lag)
        ended, lag = now, done["lag"]


def once(url: str, place: str, target: str) -> list[str]:
    """Return the seconds that a whole backup, its drill and its restore take."""
    times = []
    for work in (lambda: backup(url, place), lambda: drill(place, live=url), lambda: restore(place, target)):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    size = sum(file.stat().st_size for file in Path(place).rglob("*") if file.is_file())
    return [*(f"{one:.1f}" for one in times), f"{size / 1e6:.1f}"]


def write(url: str) -> None:
    """Write turns at the rate, and print how many there were in a second. Run as a process of its own."""
    with Memory(url) as memory, ThreadPoolExecutor(WRITERS) as threads:
        began = time.monotonic()
        done = sum(threads.map(lambda part: _write_part(memory, part, began), range(WRITERS)))
        print(done / (time.monotonic() - began))


def _write_part(memory: Memory, part: int, began: float) -> int:
    rng, done = Random(part), 0
    for number in range(part, RATE * SECONDS, WRITERS):
        time.sleep(max(0.0, began + number / RATE - time.monotonic()))
        memory.session("now", user=f"u{rng.randrange(USERS):04}").append(user=f"{QUESTION} {number}", assistant=f"{ANSWER} {number}")
        done += 1
    return done


@contextmanager
def _sqlite(folder: Path):
    yield f"sqlite:///{folder}/memory.db"


def _postgresql(_: Path) -> AbstractContextManager[str]:
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from servers import postgresql

    return postgresql.database(postgresql.durable())


if __name__ == "__main__":
    write(sys.argv[1])
