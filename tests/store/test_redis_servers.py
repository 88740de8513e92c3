"""Redis behind Sentinel, with TLS, for users with few rights, and Valkey that is waited for."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import sleep
from urllib.parse import quote

import pytest
from redis import Redis

from recollect import Memory
from recollect.errors import StoreError
from recollect.model import Owner
from recollect.store.protocol import Clock, Store
from recollect.store.redis import RedisStore
from recollect.testing import ALICE, StoreContract, entry
from servers import redis
from servers.process import SECRET
from servers.redis import EncryptedRedis
from servers.sentinel import SERVICE, Guarded
from servers.valkey import Valkey

from .redis_places import prefix_of, raw_bodies

RIGHTS = (
    "+eval +evalsha +get +set +hget +hset +hmget +hdel +hgetall +rpush +lrange +lindex +lset +zadd +zrem +zrange +zrangebyscore +zrangebylex "
    "+zrevrange +zrevrangebyscore +unlink"
)
"""What docs/redis.md says that the store needs."""


@pytest.fixture(scope="module")
def synced() -> Iterator[Valkey]:
    server = Valkey(options=("--appendfsync", "always")).start()
    yield server
    server.discard()


class TestValkey(StoreContract):
    """Waiting for the disk behind each write."""

    @pytest.fixture(autouse=True)
    def _server(self, synced: Valkey) -> None:
        self.url = synced.url

    def open_store(self, place: Path, clock: Clock) -> Store:
        return RedisStore(self.url, prefix=prefix_of(place), durability="fsync", clock=clock)

    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        with Redis.from_url(self.url) as client:
            return raw_bodies(client, prefix_of(place))


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    guarded = Guarded()
    try:
        yield guarded.start()
    finally:
        guarded.discard()


def test_the_primary_is_found_through_sentinel_also_after_a_failover(guarded, tmp_path):
    store = RedisStore(f"{guarded.url}?prefix={prefix_of(tmp_path)}&replicas=2&wait=5")
    written, failed, over = [], [], []

    def write() -> None:
        while not over:
            try:
                store.append(ALICE, "s", [entry(f"{len(written)}")])
                written.append(f"{len(written)}")
            except StoreError as error:
                failed.append(error)
                sleep(0.05)

    thread = Thread(target=write)
    thread.start()
    guarded.fail_over()
    before = len(written)
    while len(written) < before + 20:
        sleep(0.01)
    over.append(True)
    thread.join()
    assert [item.id for item in store.entries(ALICE, "s")][: len(written)] == written
    assert failed
    store.close()


def test_a_master_that_became_a_replica_is_left_without_an_error(guarded, tmp_path):
    store = RedisStore(guarded.url, prefix=prefix_of(tmp_path))
    store.append(ALICE, "s", [entry("a")])
    former = guarded.primary()
    with guarded.sentinels[0].client() as client:
        client.execute_command("SENTINEL", "FAILOVER", SERVICE)
    while guarded.primary() is former:
        sleep(0.01)
    with Redis(port=former.port) as client:
        while client.info("replication")["role"] == "master":
            sleep(0.01)
    store.append(ALICE, "s", [entry("b")])
    assert [item.id for item in store.entries(ALICE, "s")] == ["a", "b"]
    store.close()


def test_sentinels_that_know_no_such_service_say_so(guarded):
    with pytest.raises(StoreError, match="No master found"):
        RedisStore(guarded.url.replace(f"/{SERVICE}", "/other"))


def test_tls_is_used_and_certificates_are_checked(tmp_path):
    server = EncryptedRedis().start()
    try:
        with Memory(server.url) as memory:
            memory.session("s", user="alice").append(user="hello")
            assert memory.users().items == ["alice"]
        with pytest.raises(StoreError, match="certificate"):
            RedisStore(server.url.partition("?")[0])
        with pytest.raises(StoreError, match="connection"):
            RedisStore(f"redis://127.0.0.1:{server.port}", wait=1)
    finally:
        server.discard()


@pytest.fixture
def few_rights(tmp_path) -> Iterator[str]:
    """Return the URL for a user who may do what docs/redis.md says, and no more; the user's name is the prefix."""
    name = prefix_of(tmp_path)
    with Redis.from_url(redis.server().url) as admin:
        admin.execute_command("ACL", "SETUSER", name, "on", f">{SECRET}", "resetkeys", f"~{name}:*", "-@all", *RIGHTS.split())
        yield redis.server().url.replace("redis://", f"redis://{name}:{quote(SECRET, safe='')}@") + f"?prefix={name}"
        admin.execute_command("ACL", "DELUSER", name)


def test_a_user_of_the_access_control_list_needs_few_rights(few_rights, caplog):
    store = RedisStore(few_rights)
    memory = Memory(store)
    chat = memory.session("s", user="alice")
    chat.update(title="T", ttl=timedelta(days=1))
    chat.append(user="hello", assistant="there")
    assert len(chat.messages()) == 2
    assert (memory.users().items, [info.id for info in memory.recent()]) == (["alice"], ["s"])
    alice = Owner("", "user", "alice")
    assert len(store.changes(alice, 0, 10)) == 3
    assert store.rewrite(alice, "s", store.entries(alice, "s"), edition=0) > 0
    chat.clear()
    assert store.expire() == []
    assert chat.delete() is True
    assert memory.user("alice").erase()
    assert "unknown: the server does not tell" in caplog.text
    with pytest.raises(StoreError, match="INFO"):
        store.size()
    store.close()


def test_a_right_that_is_missing_is_told_and_no_password(few_rights, tmp_path):
    with pytest.raises(StoreError, match="no right") as caught:
        RedisStore(few_rights.partition("?")[0], prefix="other")
    with pytest.raises(StoreError, match="password") as wrong:
        RedisStore(few_rights.replace(quote(SECRET, safe=""), "another-secret"))
    for error in (caught.value, wrong.value):
        assert error.outcome == "failed"
        assert SECRET not in repr(error)
        assert "another-secret" not in repr(error)


def test_fsync_needs_a_server_that_can_wait_for_its_disk():
    with pytest.raises(StoreError, match=r"durability='fsync' cannot be kept; WAITAOF came with Redis 7\.2"):
        RedisStore(redis.durable().url, durability="fsync")
    server = Valkey(durable=False).start()
    try:
        with pytest.raises(StoreError, match="set appendonly yes"):
            RedisStore(server.url, durability="fsync")
    finally:
        server.discard()


def test_what_was_waited_for_is_there_after_a_kill(tmp_path):
    server = Valkey(options=("--appendfsync", "everysec")).start()
    try:
        store = RedisStore(server.url, durability="fsync")
        last = [store.append(ALICE, "s", [entry(f"{number}")]) for number in range(20)][-1]
        server.restart()
        assert store.entries(ALICE, "s")[-1].position == last
        store.close()
    finally:
        server.discard()


def test_a_write_that_too_few_replicas_have_is_of_unknown_outcome(tmp_path):
    with pytest.raises(StoreError, match="it may be lost") as caught:
        RedisStore(redis.server().url, prefix=prefix_of(tmp_path), wait=1, replicas=1)
    assert caught.value.outcome == "unknown"


@pytest.mark.parametrize(
    ("options", "loses", "level"),
    [
        (("--appendonly", "yes", "--appendfsync", "always"), "nothing, as far as the disk", logging.INFO),
        (("--appendonly", "yes", "--appendfsync", "everysec"), "up to a second", logging.INFO),
        (("--appendonly", "yes", "--appendfsync", "no"), "some seconds", logging.WARNING),
        (("--appendonly", "no"), "all since the last snapshot", logging.WARNING),
        (("--appendonly", "yes", "--maxmemory-policy", "allkeys-lru"), "nothing", logging.WARNING),
    ],
)
def test_what_may_be_lost_is_told_at_the_opening(options, loses, level, caplog):
    server = redis.Redis(options=options).start()
    try:
        with caplog.at_level(logging.INFO, "recollect"):
            store = RedisStore(server.url)
        assert store.durability.loses.startswith(loses)
        assert loses in caplog.text
        assert max(record.levelno for record in caplog.records) == level
        assert store.durability.evicts is ("allkeys-lru" in options)
        store.close()
    finally:
        server.discard()
