"""Redis: long and large, full and lost, and the keys that it leaves."""

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from random import Random
from threading import Thread
from time import monotonic, sleep

import pytest
from msgspec.structs import replace
from redis import Redis

from recollect import Memory
from recollect.errors import Busy, Conflict, Damaged, Invalid, NewerFormat, StorageFull, StoreError
from recollect.model import Document, Owner
from recollect.store.redis import RedisStore
from recollect.store.redis import entries as entry_lists
from recollect.testing import ALICE, BOB, ManualClock, entry
from servers import redis
from servers.proxy import LOSSES, Proxy


@pytest.fixture
def url(tmp_path: Path) -> str:
    return redis.database_of(tmp_path)


@pytest.fixture
def store(url: str) -> Iterator[RedisStore]:
    store = RedisStore(url, clock=ManualClock())
    yield store
    store.close()


@pytest.fixture
def client(url: str) -> Iterator[Redis]:
    with Redis.from_url(url) as client:
        yield client


@pytest.fixture
def proxy(url: str) -> Iterator[Proxy]:
    with Proxy(redis.server().port) as proxy:
        yield proxy


def ids(store: RedisStore, session: str = "s") -> list[str]:
    return [item.id for item in store.entries(ALICE, session)]


# long and large


def test_a_message_of_10_mb_comes_back(store):
    body = Random(1).randbytes(10_000_000)
    store.append(ALICE, "s", [entry("a"), entry("large", body), entry("b")])
    assert [item.body for item in store.entries(ALICE, "s")][1] == body
    assert store.entries(ALICE, "s", limit=2, newest=True)[0].body == body
    assert [item.id for item in store.changes(ALICE, 0, 10)] == ["a", "large", "b"]


def test_what_is_longer_than_a_script_may_answer_is_read_in_steps(store, monkeypatch):
    many = [entry(f"{number}", bytes(number % 700)) for number in range(1500)]
    store.append(ALICE, "s", many)
    store.append(ALICE, "t", [entry("x")])
    for most in (1, 5000, 100_000):
        monkeypatch.setattr(entry_lists, "MOST", most)
        assert ids(store) == [item.id for item in many]
        found = store.entries(ALICE, "s", after=100, before=1300, limit=700, newest=True, opening=3)
        assert [item.id for item in found] == ["0", "1", "2", *(f"{number}" for number in range(599, 1299))]


def test_a_session_that_is_emptied_while_it_is_read_in_steps_is_read_anew(store, monkeypatch):
    monkeypatch.setattr(entry_lists, "MOST", 1)
    store.append(ALICE, "s", [entry(f"{number}") for number in range(300)])
    read, done = entry_lists._read, []

    def clear_meanwhile(*arguments: object) -> object:
        answer = read(*arguments)
        if not done:
            done.append(store.clear_session(ALICE, "s"))
            store.append(ALICE, "s", [entry("new")])
        return answer

    monkeypatch.setattr(entry_lists, "_read", clear_meanwhile)
    assert ids(store) == ["new"]


def test_a_session_that_is_rewritten_while_it_is_read_in_steps_is_read_anew(store, monkeypatch):
    monkeypatch.setattr(entry_lists, "MOST", 1)
    store.append(ALICE, "s", [entry(f"{number}", b" old") for number in range(300)])
    found = store.entries(ALICE, "s")
    read, done = entry_lists._read, []

    def rewrite_meanwhile(*arguments: object) -> object:
        answer = read(*arguments)
        if not done:
            done.append(store.rewrite(ALICE, "s", [replace(item, body=b" new") for item in found], edition=0))
        return answer

    monkeypatch.setattr(entry_lists, "_read", rewrite_meanwhile)
    assert {(item.body, item.edition) for item in store.entries(ALICE, "s")} == {(b" new", 1)}


def test_counts_of_tokens_of_every_size_are_exact_behind_rewrites(store):
    counts = [0, 1, (1 << 32) - 1, 1 << 32, (1 << 53) + 1, None]
    store.append(ALICE, "s", [entry(f"{number}", tokens=count) for number, count in enumerate(counts)])
    for edition in range(len(counts)):
        counts = [*counts[1:], counts[0]]
        found = store.entries(ALICE, "s")
        changed = [replace(item, tokens=count) for item, count in zip(found, counts, strict=True)]
        for item in changed:
            store.rewrite(ALICE, "s", [item], edition=store.entries(ALICE, "s")[0].edition)
        assert store.entries(ALICE, "s")[0].edition == 6 * (edition + 1)
        assert [item.tokens for item in store.entries(ALICE, "s")] == counts
        assert store.session(ALICE, "s").tokens == sum(count or 0 for count in counts)


def test_what_is_appended_while_a_session_is_read_in_steps_is_left_out(store, monkeypatch):
    monkeypatch.setattr(entry_lists, "MOST", 1)
    store.append(ALICE, "s", [entry(f"{number}") for number in range(300)])
    read = entry_lists._read

    def append_meanwhile(*arguments: object) -> object:
        answer = read(*arguments)
        store.append(ALICE, "s", [entry(f"late {monotonic()}")])
        return answer

    monkeypatch.setattr(entry_lists, "_read", append_meanwhile)
    assert ids(store) == [f"{number}" for number in range(300)]


def test_positions_of_sessions_that_grow_by_turns_are_found(store):
    rng, expected = Random(3), []
    for number in range(400):
        session = rng.choice("sstuv")
        position = store.append(ALICE, session, [entry(f"{number}")])
        expected += [position] if session == "s" else []
    for after in range(0, 402, 7):
        found = store.entries(ALICE, "s", after=after, before=after + 60, limit=100)
        assert [item.position for item in found] == [position for position in expected if after < position < after + 60]


# what the server has


def test_no_key_is_left_of_an_owner_that_was_erased(store, client):
    store.append(ALICE, "s", [entry("a")])
    store.put(ALICE, [Document("c", "k", b"1")])
    store.update_session(ALICE, "s", b" 1", ttl=10, expect=0)
    store.erase(ALICE)
    left = {key.decode().rpartition("}")[2] for key in client.keys("*")}
    assert left == {"recollect:format", "::watermark"}


def test_owners_and_sessions_with_braces_stay_in_their_slot(store, client):
    for name in ("{x}", "}{", "{", "a:b", "a%3Ab"):
        store.append(Owner(name, "user", name), name, [entry(name)])
        assert [item.id for item in store.entries(Owner(name, "user", name), name)] == [name]
    assert all(key.count(b"{") == key.count(b"}") == (key != b"recollect:format") for key in client.keys("*"))


def test_prefixes_are_apart(url, client):
    stores = [RedisStore(f"{url}?prefix={prefix}") for prefix in ("a", "a:b", "*")]
    for number, store in enumerate(stores):
        store.append(ALICE, "s", [entry(f"{number}")])
    assert [ids(store) for store in stores] == [["0"], ["1"], ["2"]]
    for store in stores:
        store.close()


def test_keys_of_a_newer_layout_are_refused(url, client):
    client.set("recollect:format", "3")
    with pytest.raises(NewerFormat, match="another prefix"):
        RedisStore(url)


def test_keys_of_the_first_layout_are_read_and_marked_as_the_present_one(url, client):
    with closing(RedisStore(url)) as store:
        store.append(ALICE, "s", [entry("a")])
    client.set("recollect:format", "1")
    with closing(RedisStore(url)) as store:
        assert [item.id for item in store.entries(ALICE, "s")] == ["a"]
    assert client.get("recollect:format") == b"2"


def test_a_key_that_holds_something_else_is_told(store, client):
    store.append(ALICE, "s", [entry("a")])
    (key,) = client.keys("*:entries:s")
    client.delete(key)
    client.set(key, "else")
    with pytest.raises(StoreError, match="holds something else"):
        store.append(ALICE, "s", [entry("b")])
    (ledger,) = client.keys("*:ledger")
    client.hset(ledger, "ss", "short")
    with pytest.raises(Damaged, match="backup"):
        store.session(ALICE, "s")


def test_a_server_that_forgot_the_scripts_learns_them_again(store, client):
    store.append(ALICE, "s", [entry("a")])
    client.script_flush()
    store.append(ALICE, "s", [entry("b")])
    client.script_flush()
    assert ids(store) == ["a", "b"]
    assert [owner for owner, _ in store.recent("", limit=5)] == [ALICE]


# what goes wrong


def test_full_memory_is_told_and_what_is_there_can_be_removed():
    server = redis.Redis(durable=False, options=("--maxmemory", "8mb", "--maxmemory-policy", "noeviction")).start()
    try:
        store = RedisStore(server.url)
        store.append(ALICE, "kept", [entry("a")])
        number = 0
        with pytest.raises(StorageFull, match="maxmemory") as caught:  # noqa: PT012  # it is not known at which append
            for number in range(100):
                store.append(BOB, "s", [entry(f"{number}", bytes(500_000))])
        assert caught.value.outcome == "failed"
        count = len(store.entries(BOB, "s", limit=200, newest=True))
        assert count == number
        assert store.erase(BOB) is True
        store.append(ALICE, "kept", [entry("b")])
        assert ids(store, "kept") == ["a", "b"]
        store.close()
    finally:
        server.discard()


def test_who_is_in_a_call_while_the_store_is_closed_gets_its_answer_or_is_told(url):
    for _ in range(20):
        store, ends = RedisStore(url), []

        def write(name, store=store, ends=ends):
            try:
                for number in count():
                    store.append(ALICE, name, [entry(f"{number}")])
            except BaseException as error:  # noqa: BLE001  # what it is, is looked at
                ends.append(f"{error}")

        threads = [Thread(target=write, args=(f"{store!r} {number}",)) for number in range(6)]
        for thread in threads:
            thread.start()
        sleep(0.01)
        store.close()
        for thread in threads:
            thread.join()
        assert ends == ["the store is closed; open it again"] * 6


def test_a_key_that_the_server_has_dropped_is_told(store, client):
    store.append(ALICE, "s", [entry("1")])
    for key in client.keys("*entries*"):
        client.delete(key)
    with pytest.raises(Damaged, match="maxmemory-policy"):
        store.entries(ALICE, "s")


def test_a_database_that_the_server_has_not_is_told(url):
    with pytest.raises(StoreError, match="no database of this number"):
        RedisStore(url.rpartition("/")[0] + "/123456789")


def test_a_server_that_is_not_there_is_told_without_the_password():
    with pytest.raises(StoreError, match="see whether it is up") as caught:
        RedisStore("redis://user:secret@127.0.0.1:1/0", wait=1)
    assert caught.value.outcome == "failed"
    assert "secret" not in repr(caught.value)


def test_a_restarted_server_is_met_again_without_an_error():
    server = redis.Redis().start()
    try:
        store = RedisStore(server.url)
        for number in range(5):
            store.append(ALICE, "s", [entry(f"{number}")])
            server.restart()
        assert ids(store) == ["0", "1", "2", "3", "4"]
        server.kill()
        with pytest.raises(StoreError) as caught:
            store.append(ALICE, "s", [entry("5")])
        assert caught.value.outcome == "failed"
        server.start()
        store.append(ALICE, "s", [entry("5")])
        store.close()
    finally:
        server.discard()


@pytest.mark.parametrize("fault", LOSSES)
def test_of_a_write_whose_answer_is_lost_the_outcome_is_unknown_and_a_retry_is_safe(url, proxy, fault):
    store = RedisStore(proxy.on(url), wait=2)
    for number in range(12):
        batch = [entry(f"{number}-q"), entry(f"{number}-a")]
        proxy.plan(fault)
        try:
            store.append(ALICE, "s", batch)
        except StoreError as error:
            assert error.outcome == "unknown"  # noqa: PT017  # some faults may spare the call
            store.append(ALICE, "s", batch)
    assert ids(store) == [f"{number}-{part}" for number in range(12) for part in "qa"]
    store.close()


@pytest.mark.parametrize("fault", LOSSES)
def test_a_compare_and_set_whose_answer_is_lost_is_not_repeated(url, proxy, fault):
    store = RedisStore(proxy.on(url), wait=2)
    position = 0
    for number in range(12):
        proxy.plan(fault)
        try:
            position = store.put(ALICE, [Document("c", "k", b"%d" % number)], expect={("c", "k"): position})
        except Conflict as conflict:
            pytest.fail(f"a false conflict: {conflict}")
        except StoreError as error:
            assert error.outcome == "unknown"  # noqa: PT017  # some faults may spare the call
            position = store.documents(ALICE, "c")[0].position if store.documents(ALICE, "c") else 0
    store.close()


@pytest.mark.parametrize("fault", LOSSES)
def test_a_read_whose_answer_is_lost_is_repeated(url, proxy, fault):
    store = RedisStore(proxy.on(url), wait=2)
    store.append(ALICE, "s", [entry(f"{number}", bytes(2000)) for number in range(30)])
    reads = [
        lambda: len(store.entries(ALICE, "s")),
        lambda: len(store.entries(ALICE, "s", limit=30, newest=True)),
        lambda: len(store.changes(ALICE, 0, 30)),
        lambda: 30 * len(store.owners("", limit=5)),
        lambda: 30 * len(store.recent("", limit=5)),
    ]
    for read in reads:
        proxy.plan(fault)
        assert read() == 30
    store.close()


def test_all_connections_in_use_is_busy_and_over_at_once(url, proxy):
    store = RedisStore(proxy.on(url), connections=3, wait=0.4)
    store.append(ALICE, "s", [entry("a")])
    proxy.delay = 0.2
    errors: list[Exception] = []

    def read() -> None:
        try:
            store.session(ALICE, "s")
        except Busy as error:
            errors.append(error)

    threads = [Thread(target=read) for _ in range(53)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < len(errors) < 53
    assert all(error.outcome == "failed" for error in errors)
    proxy.delay = 0
    start = monotonic()
    assert all(store.session(ALICE, "s") for _ in range(10))
    assert monotonic() - start < 1
    with Redis.from_url(url) as client:
        assert sum(int(one["db"]) == int(url.rpartition("/")[2]) for one in client.client_list()) <= 3 + 1
    store.close()


def test_an_answer_that_nobody_waited_for_reaches_nobody(url, monkeypatch):
    store = RedisStore(url, connections=1)
    store.append(ALICE, "s", [entry("a")])
    store.append(BOB, "s", [entry("b")])
    connections = store._line.connections
    rng = Random(5)
    for place in range(200):
        (held,) = next(iter(connections._idle.values()))
        method = rng.choice(("send_packed_command", "read_response"))
        real = getattr(held.connection, method)

        early = rng.random() < 0.5

        def interrupted(*arguments: object, real=real, early=early, **named: object) -> object:
            if not early:
                real(*arguments, **named)
            raise KeyboardInterrupt

        monkeypatch.setattr(held.connection, method, interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.entries(ALICE, "s", limit=1, newest=True)
        monkeypatch.setattr(held.connection, method, real)
        assert [item.id for item in store.entries(BOB, "s")] == ["b"], place
    store.close()


def test_a_server_that_stands_still_is_waited_for_a_bounded_time():
    server = redis.Redis(durable=False).start()
    try:
        store = RedisStore(server.url, wait=0.4)
        server.pause()
        start = monotonic()
        with pytest.raises(StoreError, match="did not answer in time") as caught:
            store.append(ALICE, "s", [entry("a")])
        assert caught.value.outcome == "unknown"
        assert 0.3 < monotonic() - start < 2
        server.resume()
        store.append(ALICE, "s", [entry("a")])
        assert ids(store) == ["a"]
        store.close()
    finally:
        server.discard()


# how it is opened


def test_a_client_that_was_given_is_used_and_stays_open(url, tmp_path):
    for options in ({}, {"protocol": 3}, {"max_connections": 2}):
        client = Redis.from_url(url, **options)
        store = RedisStore(client)
        store.append(ALICE, "s", [entry("a")])
        assert [owner for owner, _ in store.recent("", limit=5)] == [ALICE]
        assert ids(store) == ["a"]
        store.close()
        assert client.ping()
        client.close()


def test_a_client_that_decodes_is_refused(url):
    with Redis.from_url(url, decode_responses=True) as client, pytest.raises(Invalid, match="decode_responses=False"):
        RedisStore(client)
    with pytest.raises(Invalid, match=r"give a URL, a redis\.Redis"):
        RedisStore(7)


@pytest.mark.parametrize(
    "wrong",
    [
        "redis://",
        "redis:///0",
        "redis://host/x",
        "redis://host/0/1",
        "redis://host:port",
        "redis://one,two/0",
        "redis://host?what=1",
        "redis://host?wait=soon",
        "redis://host?prefix={a}",
        "redis://host?durability=much",
        "redis://host?ssl_ca_certs=x",
        "redis://host#x",
        "redis+sentinel://host",
        "redis+sentinel://host/service/0/1",
        "redis+cluster://host/1",
        "redis+other://host",
    ],
)
def test_a_wrong_url_says_what_is_wrong_and_no_password(wrong):
    with pytest.raises(Invalid) as caught:
        RedisStore(wrong.replace("://", "://user:secret@"))
    assert "secret" not in str(caught.value)


def test_a_url_opens_a_memory(url):
    with Memory(f"{url}?prefix=mine&connections=4&wait=5") as memory:
        memory.session("s", user="alice").append(user="hello")
        assert memory.users().items == ["alice"]
