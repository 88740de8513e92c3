"""Redis: readable copies of messages, for tools that show and index hashes."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from redis import Redis

from recollect import Memory, Message
from recollect.model import Owner
from recollect.store.protocol import Clock, Store
from recollect.store.redis import RedisStore
from recollect.testing import ManualClock, StoreContract
from servers import redis

from .redis_places import raw_bodies


class TestReadable(StoreContract):
    """Copies change nothing of what the store does."""

    def open_store(self, place: Path, clock: Clock) -> Store:
        return RedisStore(redis.database_of(place), readable=True, clock=clock)

    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        with Redis.from_url(redis.database_of(place)) as client:
            return raw_bodies(client, "recollect")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Redis]:
    with Redis.from_url(redis.database_of(tmp_path), decode_responses=True) as client:
        yield client


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RedisStore]:
    store = RedisStore(redis.database_of(tmp_path), readable=True, clock=ManualClock())
    yield store
    store.close()


def copies(client: Redis) -> list[tuple[str, str]]:
    """Return session and id of all copies."""
    found = [client.hmget(key, "session", "id") for key in client.keys("*:message:*")]
    return sorted((session, id) for session, id in found)


def test_a_copy_has_the_message_as_text_and_as_json(store, client):
    chat = Memory(store, tenant="shop").session("a:b", user="alice")
    position = chat.append(Message("user", [{"type": "text", "text": "Where is it?"}], id="m/1", tokens=4, metadata={"page": 7}))
    (key,) = client.keys("*:message:*")
    assert key.endswith("}:shop:user:alice:message:a%3Ab:m%2F1")
    copy = client.hgetall(key)
    assert int(copy.pop("created")) > 1_700_000_000_000_000
    assert json.loads(copy.pop("json"))["metadata"] == {"page": 7}
    assert copy == {
        "tenant": "shop",
        "user": "alice",
        "session": "a:b",
        "id": "m/1",
        "role": "user",
        "tokens": "4",
        "position": str(position),
        "content": "Where is it?",
    }


def test_copies_go_with_their_messages_also_when_a_store_without_copies_removes_them(store, client, tmp_path):
    plain = RedisStore(redis.database_of(tmp_path), clock=store._clock)
    memory, other = Memory(store), Memory(plain)
    for name in ("kept", "cleared", "deleted", "expired", "anew", "updated"):
        chat = memory.session(name, user="alice")
        chat.append(*(Message("user", f"{number}", id=f"{number}") for number in range(3)))
        other.session(name, user="alice").append(Message("user", "without", id="without"))
        if name in {"expired", "anew", "updated"}:
            chat.update(ttl=timedelta(seconds=1))
    memory.session("s", user="bob").append(Message("user", "hello", id="b"))
    assert len(copies(client)) == 19
    other.session("cleared", user="alice").clear()
    other.session("deleted", user="alice").delete()
    store._clock.now += 2_000_000
    other.session("anew", user="alice").append(Message("user", "new", id="new"))
    memory.session("anew", user="alice").append(Message("user", "newer", id="newer"))
    other.session("updated", user="alice").update(title="T")
    assert plain.expire() == [(Owner("", "user", "alice"), "expired")]
    assert copies(client) == [("anew", "newer"), *(("kept", f"{number}") for number in range(3)), ("s", "b")]
    assert other.user("alice").erase()
    assert copies(client) == [("s", "b")]
    plain.close()


def test_copies_follow_a_rewrite_also_one_of_a_store_without_copies(store, client, tmp_path):
    plain = RedisStore(redis.database_of(tmp_path), clock=store._clock)
    Memory(store).session("s", user="alice").append(*(Message("user", f"secret {id}", id=id) for id in "abc"))
    Memory(plain).session("s", user="alice").append(Message("user", "secret d", id="d"))
    alice, before = Owner("", "user", "alice"), copies(client)
    for edition, (writer, body) in enumerate([(plain, b' {"content":"open"}'), (store, b' {"content":"wide"}'), (plain, b"\x02sealed")]):
        found = writer.entries(alice, "s")
        assert writer.rewrite(alice, "s", [replace(item, body=body, tokens=edition) for item in found if item.id != "a"], edition=edition)
        told = {client.hget(key, "id"): client.hgetall(key) for key in client.keys("*:message:*")}
        assert told.pop("a")["content"] == "secret a"
        assert sorted(told) == [[*"bc"], [*"bcd"], []][edition]
        for id, copy in told.items():
            assert (copy["content"], copy["tokens"]) == (body.decode()[13:17], f"{edition}")
            assert copy["position"] == str(next(item.position for item in found if item.id == id))
    assert before == [("s", id) for id in "abc"]
    assert Memory(plain).session("s", user="alice").delete()
    assert copies(client) == []
    plain.close()


def test_a_long_session_is_removed_with_all_copies(store, client):
    chat = Memory(store).session("long", user="alice")
    chat.append(*(Message("user", "text", id=f"{number}") for number in range(2500)))
    chat.append(Message("user", "text", id="2499"), Message("user", "text", id="2500"))
    assert len(copies(client)) == 2501
    chat.delete()
    assert copies(client) == []
