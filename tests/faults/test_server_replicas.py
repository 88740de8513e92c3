"""A write that waits for replicas is acknowledged when they have it, and not before, however often it is repeated."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import redis as driver

from recollect import Memory, Message, StoreError
from recollect.store.redis import RedisStore
from servers.process import wait_until
from servers.redis import Redis
from servers.valkey import Valkey


@pytest.fixture(params=[Redis, Valkey])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Redis, Redis]]:
    """A primary and its replica."""
    primary, replica = (request.param(options=("--repl-diskless-sync-delay", "0")).start() for _ in range(2))
    with driver.Redis(port=replica.port) as client:
        client.replicaof("127.0.0.1", primary.port)
    with driver.Redis(port=primary.port) as client:
        client.set("any", "thing")
        wait_until(lambda: client.execute_command("WAIT", 1, 100), "the replica has joined")
    yield primary, replica
    primary.discard()
    replica.discard()


def test_a_repeated_append_waits_for_the_replicas_that_the_first_waited_for(pair):
    """Valkey and Redis 7.2 wait for what the same connection has written; the repetition comes by another one, and writes nothing."""
    primary, replica = pair
    with closing(RedisStore(primary.url, replicas=1, wait=1.5)) as first, closing(RedisStore(primary.url, replicas=1, wait=1.5)) as second:
        for store in (first, second):
            Memory(store).session("chat").append(user="hello")
        replica.pause()
        message = Message("user", "Is this safe?")
        for store in (first, first, second):
            with pytest.raises(StoreError) as raised:
                Memory(store).session("chat").append(message)
            assert raised.value.outcome == "unknown"
        replica.resume()
        assert Memory(second).session("chat").append(message) == 3
