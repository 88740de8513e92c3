"""The LoCoMo conversations go from store to store, killed over and over, and end equal to the start."""

import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from locomo import PATH, conversations
from recollect import Memory
from recollect.store import open_store
from servers import mariadb, postgresql, redis
from transfer.copies import held

COPYING = Path(__file__).parent / "copying.py"
KILLS = 10

pytestmark = pytest.mark.skipif(not PATH.exists(), reason=f"needs the LoCoMo conversations in {PATH}")


def fill(url):
    with Memory(url) as memory:
        for talk in conversations():
            session = memory.session(talk.session, user=talk.user)
            session.append(*talk.messages)
            session.update(title=talk.title, metadata={"from": "locomo"})
            memory.user(talk.user).documents("titles").put({talk.session: talk.title})
        memory.session("visit").append(user="Hello?")


def killed(source, target, rng):
    """Begin a copy in a process of its own, and kill it."""
    with subprocess.Popen([sys.executable, COPYING, source, target], stdout=subprocess.PIPE) as process:
        for _ in range(rng.choice((1, 1, 2, 3, 8))):
            process.stdout.readline()
        process.kill()


def contents(url):
    store = open_store(url)
    try:
        return held(store)
    finally:
        store.close()


def travel(urls, seed):
    """Copy from each store to the next, killed KILLS times on the way."""
    rng = random.Random(seed)
    stops = rng.choices(range(len(urls) - 1), k=KILLS)
    for number, (source, target) in enumerate(pairwise(urls)):
        for _ in range(stops.count(number)):
            killed(source, target, rng)
        done = subprocess.run([sys.executable, COPYING, source, target], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1].startswith("[true"), done.stdout[-200:]


def test_sqlite_to_files_to_sqlite_ends_equal_to_the_start(tmp_path):
    urls = [f"sqlite:///{tmp_path}/a.db", f"file:///{tmp_path}/b", f"sqlite:///{tmp_path}/c.db"]
    fill(urls[0])
    travel(urls, 1)
    assert contents(urls[-1]) == contents(urls[0])


def test_through_every_server_and_back_ends_equal_to_the_start(tmp_path):
    places = [
        f"sqlite:///{tmp_path}/a.db",
        postgresql.database_of(tmp_path),
        redis.database_of(tmp_path),
        mariadb.database_of(tmp_path),
        f"file:///{tmp_path}/b",
        f"sqlite:///{tmp_path}/c.db",
    ]
    fill(places[0])
    travel(places, 2)
    assert contents(places[-1]) == contents(places[0])
