"""Redis Cluster: the whole contract, and slots and primaries that move."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import sleep
from typing import Self

import pytest
from redis.crc import key_slot

from recollect.errors import StoreError
from recollect.model import Owner
from recollect.store.protocol import Clock, Store
from recollect.store.redis import RedisStore
from recollect.store.redis.keys import TAGS
from recollect.testing import ALICE, StoreContract, entry
from servers.cluster import SLOTS, Cluster

from .redis_places import prefix_of, raw_bodies


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    cluster = Cluster()
    try:
        yield cluster.start()
    finally:
        cluster.discard()


class TestRedisCluster(StoreContract):
    @pytest.fixture(autouse=True)
    def _cluster(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def open_store(self, place: Path, clock: Clock) -> Store:
        return RedisStore(self.cluster.url, prefix=prefix_of(place), clock=clock)

    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        client = self.cluster.client()
        try:
            return raw_bodies(client, prefix_of(place))
        finally:
            client.close()


def test_the_shards_lie_at_even_distances():
    slots = [key_slot(tag) for tag in TAGS]
    assert [slot * len(TAGS) // SLOTS for slot in slots] == list(range(len(TAGS)))


def test_a_client_that_was_given_is_used_and_stays_open(cluster, tmp_path):
    client = cluster.client()
    store = RedisStore(client, prefix=prefix_of(tmp_path))
    last = store.append(ALICE, "s", [entry("a")])
    store.close()
    assert client.ping()
    other = RedisStore(client, prefix=prefix_of(tmp_path))
    assert other.entries(ALICE, "s")[0].position == last
    other.close()
    client.close()


def reshard(cluster: Cluster, rng: Random) -> None:
    """Move slots, as soon as the nodes agree on where they are."""
    for _ in range(20):
        try:
            return cluster.reshard(rng, 1500)
        except AssertionError as error:
            if "agree" not in str(error):
                raise
            sleep(0.5)
    raise TimeoutError("the nodes do not agree")


class Writers:
    """Threads that write and read while something happens to the cluster, and repeat what failed."""

    def __init__(self, store: Store, count: int = 4) -> None:
        self.store = store
        self.failed: list[StoreError] = []
        self.written = [0] * count
        self._over = Event()
        self._threads = [Thread(target=self._write, args=(number,)) for number in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _write(self, number: int) -> None:
        owners = [Owner("", "user", f"{number}-{n}") for n in range(16)]
        while not self._over.is_set():
            turn = self.written[number]
            owner = owners[turn % 16]
            while True:
                try:
                    self.store.append(owner, "s", [entry(f"{turn}-q"), entry(f"{turn}-a")])
                    found = self.store.entries(owner, "s", limit=2, newest=True)
                    break
                except StoreError as error:
                    self.failed.append(error)
                    if self._over.wait(0.05):
                        return
            assert [item.id for item in found] == [f"{turn}-q", f"{turn}-a"]
            self.written[number] += 1

    def check(self) -> None:
        """Nothing is lost, doubled or torn."""
        for number, count in enumerate(self.written):
            for n in range(16):
                ids = [item.id for item in self.store.entries(Owner("", "user", f"{number}-{n}"), "s")]
                expected = [f"{turn}-{part}" for turn in range(n, count, 16) for part in "qa"]
                assert ids[: len(expected)] == expected
                assert len(ids) <= len(expected) + 2


def test_moving_slots_fails_no_call(cluster, tmp_path):
    store = RedisStore(cluster.url, prefix=prefix_of(tmp_path))
    with Writers(store) as writers:
        for seed in range(2):
            reshard(cluster, Random(seed))
    writers.check()
    assert writers.failed == []
    assert min(writers.written) > 20
    store.close()


def test_a_primary_that_is_gone_loses_nothing_that_its_replica_had(cluster, tmp_path):
    store = RedisStore(cluster.url, prefix=prefix_of(tmp_path), replicas=1, wait=5)
    with Writers(store) as writers:
        cluster.fail_over(Random(1))
    writers.check()
    assert store.append(ALICE, "after", [entry("a")]) > 0
    store.close()
