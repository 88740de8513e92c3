"""The store in MySQL and MariaDB with what is large, what is wrong, and many who write."""

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from random import Random
from urllib.parse import urlsplit, urlunsplit

import pytest

from recollect.errors import Conflict, Invalid, StorageFull, StoreError
from recollect.model import Document
from recollect.store.mysql import MySQLStore
from recollect.store.mysql.durability import Durability
from recollect.testing import ALICE, entry
from servers import mariadb
from servers.process import SECRET

from .beside import ids

MEGABYTE = 1 << 20


@pytest.mark.parametrize("body", [bytes(10 * MEGABYTE), b"'" * (10 * MEGABYTE), Random(1).randbytes(10 * MEGABYTE)], ids=["NUL", "quotes", "random"])
def test_ten_megabytes_come_back_whatever_they_are(store: MySQLStore, body: bytes) -> None:
    store.append(ALICE, "s", [entry("a", body)])
    store.put(ALICE, [Document("c", "k", body)])
    assert store.entries(ALICE, "s")[0].body == body
    assert store.documents(ALICE, "c")[0].body == body


def test_a_batch_above_what_the_server_takes_at_once_is_one_transaction(store: MySQLStore) -> None:
    bodies = {f"{n}": Random(n).randbytes(3 * MEGABYTE) for n in range(12)}
    store.append(ALICE, "s", [entry(id, body) for id, body in bodies.items()])
    store.put(ALICE, [Document("c", id, body) for id, body in bodies.items()])
    assert {item.id: item.body for item in store.entries(ALICE, "s")} == bodies
    with pytest.raises(StorageFull):
        store.append(ALICE, "s", [*(entry(f"new {id}", body) for id, body in bodies.items()), entry("huge", bytes(17 * MEGABYTE))])
    assert ids(store) == list(bodies)
    assert len(store.changes(ALICE, 0, 100)) == 24


def test_a_message_above_what_the_server_takes_says_what_to_set(store: MySQLStore) -> None:
    with pytest.raises(StorageFull, match=r"max_allowed_packet.*raise it on the server, for example to 64M") as raised:
        store.append(ALICE, "s", [entry("huge", bytes(13 * MEGABYTE))])
    assert raised.value.outcome == "failed"
    store.append(ALICE, "s", [entry("small")])
    assert ids(store) == ["small"]


def test_ten_thousand_entries_and_a_retry_of_them(store: MySQLStore) -> None:
    batch = [entry(f"{n:05}") for n in range(10_001)]
    position = store.append(ALICE, "s", batch)
    assert store.append(ALICE, "s", batch) == position
    keys = [f"{n}" for n in range(10_001)]
    store.put(ALICE, [Document("c", key, b"x") for key in keys])
    assert [item.key for item in store.documents(ALICE, "c", keys=keys)] == sorted(keys)


def test_nothing_is_cut_to_fit(store: MySQLStore) -> None:
    for long in ([entry("x" * 513)], [entry("x", role="r" * 65)]):
        with pytest.raises(StoreError, match="too long"):
            store.append(ALICE, "s", long)
    assert ids(store) == []


@pytest.mark.parametrize(
    ("flush", "binlog", "sync", "loses"),
    [
        (1, False, 0, "nothing"),
        (1, True, 1, "nothing"),
        (1, True, 0, "the last commits, if its machine"),
        (0, False, 1, "the last second, if it is killed"),
        (2, True, 1, "the last second, if its machine"),
    ],
)
def test_what_a_server_may_lose_follows_from_its_settings(flush: int, binlog: bool, sync: int, loses: str) -> None:
    assert Durability(flush, binlog, sync).loses.startswith(loses)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://",
        "mysql://host",
        "mysql://host/",
        "mysql://host/a/b",
        "mysql://u:a-secret@host:port/db",
        "mysql://u:a-secret@host/db?pool=many",
        "mysql://u:a-secret@host/db?bogus=1",
        "mysql://u:a-secret@host/db?ssl_mode=maybe",
        "mysql://u:a-secret@host/db?read_timeout=0",
        "mysql://u:a-secret@host/db?ssl_ca=/nowhere.pem",
        "mysql://u:a-secret@host/db#part",
        "mysql://u:a-secret@host/%ff",
    ],
)
def test_a_url_that_says_nothing_useful_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Invalid) as raised:
        MySQLStore(url)
    assert "a-secret" not in str(raised.value)


def test_a_wrong_password_an_absent_database_and_an_absent_server_are_told_apart(url: str) -> None:
    parts = urlsplit(url)
    cases = {
        f"mysql://recollect:wrong@{parts.hostname}:{parts.port}{parts.path}": "refuses the user",
        f"{url}_absent": "no such database",
        "mysql://127.0.0.1:1/db": "check that the server runs",
    }
    for place, text in cases.items():
        with pytest.raises(StoreError, match=text) as raised:
            MySQLStore(place, wait=0.1)
        assert SECRET not in str(raised.value)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # the driver leaves it to the garbage collector
def test_an_absent_socket_is_told() -> None:
    with pytest.raises(StoreError, match="check that the server runs"):
        MySQLStore("mysql://localhost/db?unix_socket=/nowhere/s", wait=0.1)
    gc.collect()


def test_a_table_that_was_dropped_is_told(url: str, store: MySQLStore) -> None:
    mariadb.run(url, "DROP TABLE recollect_document")
    with pytest.raises(StoreError, match="from a backup"):
        store.put(ALICE, [Document("c", "k", b"x")])


def test_the_server_is_reached_by_its_socket(url: str) -> None:
    if mariadb.named(mariadb.VARIABLE):
        pytest.skip("the server's socket may be elsewhere")
    parts = urlsplit(url)
    store = MySQLStore(
        urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[0] + "@nowhere", query=f"unix_socket={mariadb.server().folder}/s"))
    )
    store.append(ALICE, "s", [entry("a")])
    assert ids(store) == ["a"]
    store.close()


def test_an_append_in_one_round_trip_is_refused_as_the_long_way_would(store: MySQLStore) -> None:
    first = store.append(ALICE, "s", [entry("a")])
    second = store.append(ALICE, "s", [entry("b"), entry("c")], expect=first)
    assert second == first + 2
    with pytest.raises(Conflict) as raised:
        store.append(ALICE, "s", [entry("d")], expect=first)
    assert raised.value.position == second
    with pytest.raises(Conflict):
        store.append(ALICE, "s", [entry("a", b" other")])
    assert store.append(ALICE, "s", [entry("b"), entry("c")]) == second
    assert store.append(ALICE, "s", [entry("c"), entry("d")]) == second + 1
    assert ids(store) == ["a", "b", "c", "d"]


def test_a_follower_meets_every_position_of_writers_in_many_processes_worth_of_connections(url: str) -> None:
    stores = [MySQLStore(url, pool=2) for _ in range(4)]
    stores[0].append(ALICE, "s", [entry("first")])
    done = threading.Event()
    seen: list[int] = []

    def follow() -> None:
        with closing(MySQLStore(url)) as store:
            while True:
                last = done.is_set()
                found = store.changes(ALICE, seen[-1] if seen else 0, 7)
                seen.extend(item.position for item in found)
                if last and not found:
                    return

    follower = threading.Thread(target=follow)
    follower.start()
    with ThreadPoolExecutor(8) as threads:
        work = [lambda n=n: stores[n % 4].append(ALICE, f"{n % 3}", [entry(f"{n}")]) for n in range(150)]
        work += [lambda n=n: stores[n % 4].put(ALICE, [Document("c", f"{n}", b"x")]) for n in range(150)]
        Random(3).shuffle(work)
        list(threads.map(lambda call: call(), work))
    done.set()
    follower.join()
    for store in stores:
        store.close()
    assert seen == list(range(1, 302))
