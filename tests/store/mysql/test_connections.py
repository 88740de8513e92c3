"""The store in MySQL and MariaDB where servers, connections and locks are not as one would like them."""

import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from random import Random
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pymysql
import pytest

from recollect.errors import Busy, StoreError
from recollect.model import Document
from recollect.store.mysql import MySQLStore
from recollect.store.mysql import connection as connections
from recollect.testing import ALICE, BOB, entry
from servers import mariadb
from servers.process import SECRET
from servers.proxy import LOSSES, Fault, Proxy

from .beside import admin, ids, run

MEGABYTE = 1 << 20


def of_clients(url: str, column: str = "id") -> list[Any]:
    """Return what the server tells of the connections to a database, without the asking one."""
    name = urlsplit(url).path[1:]
    query = f"SELECT {column} FROM information_schema.processlist WHERE db = %s AND id <> CONNECTION_ID() ORDER BY id"
    return [row[0] for row in mariadb.run(url, query, name)]


def kill(url: str) -> int:
    """End every connection to a database, and return how many there were."""
    found = of_clients(url)
    for number in found:
        run(admin(url), f"KILL {number}")
    return len(found)


def maker(url: str, **options: Any) -> Callable[[], Any]:
    """Return what makes connections to a database without the settings that a URL's would have."""
    parts = urlsplit(url)
    where = {"host": parts.hostname, "port": parts.port, "user": parts.username, "password": SECRET, "database": parts.path[1:]}
    return lambda: pymysql.connect(**{**where, "ssl_disabled": True, **options})


def test_connections_that_the_server_has_ended_are_replaced_unnoticed(url: str, store: MySQLStore) -> None:
    for number in range(10):
        store.append(ALICE, "s", [entry(f"{number}")])
        assert len(ids(store)) == number + 1
        assert kill(url) == 1


def test_connections_that_died_unseen_are_replaced_unnoticed(url: str, store: MySQLStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "is_readable", lambda _: False)
    calls: list[Callable[[], Any]] = [
        lambda: store.entries(ALICE, "s"),
        lambda: store.append(ALICE, "s", [entry("quick")]),
        lambda: store.append(ALICE, "new", [entry("new")]),
        lambda: store.put(ALICE, [Document("c", "k", b"x")]),
        lambda: store.update_session(ALICE, "s", b" 1", ttl=None, expect=0),
    ]
    store.append(ALICE, "s", [entry("first")])
    for call in calls:
        assert kill(url) == 1
        call()
    assert ids(store) == ["first", "quick"]


@pytest.mark.parametrize("fault", [fault for fault in LOSSES if fault is not Fault.SILENT], ids=lambda fault: fault.name)
def test_an_append_whose_connection_was_lost_is_looked_for_and_done_once(url: str, fault: Fault) -> None:
    with Proxy(urlsplit(url).port or 0) as proxy, closing(MySQLStore(proxy.on(url))) as store:
        store.append(ALICE, "s", [entry("first")])
        for number, batch in enumerate([[entry("a"), entry("b")], [entry(f"{n}") for n in range(20)], [entry("large", bytes(2 * MEGABYTE))]]):
            proxy.plan(fault, after=number % 2)
            position = store.append(ALICE, "s", batch)
            assert store.append(ALICE, "s", batch) == position
        found = ids(store)
        assert sorted(found) == sorted(["first", "a", "b", "large", *(f"{n}" for n in range(20))])


def test_an_append_that_cannot_be_looked_for_is_unknown_and_can_be_repeated(url: str) -> None:
    with Proxy(urlsplit(url).port or 0) as proxy, closing(MySQLStore(proxy.on(url))) as store:
        store.append(ALICE, "s", [entry("first")])
        proxy.plan(Fault.UNANSWERED)
        proxy.refusing = True
        with pytest.raises(StoreError) as raised:
            store.append(ALICE, "s", [entry("a")])
        assert raised.value.outcome == "unknown"
        with pytest.raises(StoreError) as raised:
            store.append(ALICE, "s", [entry("b")])
        assert raised.value.outcome == "failed"
        proxy.refusing = False
        assert ids(store) == ["first", "a"]
        assert store.append(ALICE, "s", [entry("a")], expect=1) == 2


def test_a_connection_that_was_idle_for_long_is_not_used_again(url: str, store: MySQLStore, monkeypatch: pytest.MonkeyPatch) -> None:
    before = of_clients(url)
    monkeypatch.setattr(connections, "IDLE", 0.0)
    store.append(ALICE, "s", [entry("a")])
    assert set(of_clients(url)).isdisjoint(before)


def test_an_interrupted_call_leaves_no_answer_for_the_next(store: MySQLStore) -> None:
    store.append(ALICE, "s", [entry("a", Random(2).randbytes(4 * MEGABYTE))])
    store.append(BOB, "s", [entry("b", b"bob")])
    armed, interrupted = False, 0

    def ring(*_: object) -> None:
        if armed:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ring)
    try:
        for number in range(1000):  # as many as it takes: the quicker the machine, the fewer are hit
            if interrupted > 10:
                break
            signal.setitimer(signal.ITIMER_REAL, 0.0005 * (1 + number % 40))
            try:
                armed = True
                store.entries(ALICE, "s")
                armed = False
            except KeyboardInterrupt:
                armed, interrupted = False, interrupted + 1
            assert [item.body for item in store.entries(BOB, "s")] == [b"bob"]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 10


def test_a_server_that_stops_answering_is_not_waited_for_forever() -> None:
    server = mariadb.MariaDB(durable=False).start()
    try:
        with mariadb.database(server) as url, closing(MySQLStore(f"{url}?read_timeout=1&connect_timeout=1")) as store:
            store.append(ALICE, "s", [entry("a")])
            server.pause()
            time.sleep(0.2)  # until its last thread stands still
            try:
                start = time.monotonic()
                with pytest.raises(StoreError) as reading:
                    store.entries(ALICE, "s")
                with pytest.raises(StoreError):
                    store.append(ALICE, "s", [entry("b")])
                taken = time.monotonic() - start
            finally:
                server.resume()
            assert reading.value.outcome == "failed"
            assert "check that" in str(reading.value)
            assert taken < 20
            store.append(ALICE, "s", [entry("b")])
            assert ids(store) == ["a", "b"]
    finally:
        server.discard()


def test_a_server_that_does_not_greet_is_waited_for_as_long_as_a_connection_may_take() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(StoreError, match="cannot be reached"):
            MySQLStore(f"mysql://app@127.0.0.1:{silent.getsockname()[1]}/shop?connect_timeout=0.5")
        assert time.monotonic() - start < 10


def test_a_restarted_server_is_used_again_and_a_stopped_one_is_told() -> None:
    server = mariadb.MariaDB(durable=False).start()
    try:
        with mariadb.database(server) as url:
            store = MySQLStore(url)
            store.append(ALICE, "s", [entry("a")])
            server.stop()
            for call in (lambda: store.entries(ALICE, "s"), lambda: store.append(ALICE, "s", [entry("b")])):
                with pytest.raises(StoreError, match="check that") as raised:
                    call()
                assert SECRET not in str(raised.value)
                assert raised.value.outcome == "failed"
            server.start()
            store.append(ALICE, "s", [entry("b")])
            assert ids(store) == ["a", "b"]
            store.close()
    finally:
        server.discard()


def test_a_connection_of_the_callers_own_making_needs_no_flag_and_keeps_no_promise_of_its_own(url: str) -> None:
    made = []

    def make() -> Any:
        command = "SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', sql_safe_updates = 1, sql_select_limit = 1"
        made.append(maker(url, init_command=command, cursorclass=pymysql.cursors.SSDictCursor, charset="latin1")())
        return made[-1]

    store = MySQLStore(make, pool=2)
    for number in range(3):
        store.append(ALICE, "s", [entry(f"{number}", b"\\'\"\x00\xff")])
    store.append(ALICE, "s", [entry(f"m{number}") for number in range(20)])
    store.put(ALICE, [Document("c'\\", 'k"`\x00', b"'")])
    assert len(ids(store)) == 23
    assert store.documents(ALICE, "c'\\")[0].key == 'k"`\x00'
    with pytest.raises(StoreError, match="too long"):
        store.append(ALICE, "s", [entry("x" * 513)])
    assert store.append(ALICE, "s", [entry("0", b"\\'\"\x00\xff")]) < store.append(ALICE, "s", [entry("last")])
    assert store.erase(ALICE)
    store.close()
    assert made
    assert not any(connection.open for connection in made)


def test_who_waits_for_an_owner_in_vain_is_told_so(url: str, store: MySQLStore) -> None:
    store.append(ALICE, "s", [entry("a")])
    impatient = MySQLStore(f"{url}?wait=0.2")
    with closing(mariadb.connect(url)) as other, other.cursor() as cursor:
        other.begin()
        cursor.execute("SELECT head FROM recollect_owner FOR UPDATE")
        for call in (lambda: impatient.append(ALICE, "s", [entry("b")]), lambda: impatient.put(ALICE, [Document("c", "k", b"x")])):
            start = time.monotonic()
            with pytest.raises(Busy, match="bounded wait"):
                call()
            assert time.monotonic() - start < 5
        assert ids(impatient) == ["a"]
        other.rollback()
    impatient.append(ALICE, "s", [entry("b")])
    impatient.close()
    assert ids(store) == ["a", "b"]


def test_a_pool_has_as_many_connections_as_it_was_given_and_gives_them_back(url: str) -> None:
    store = MySQLStore(f"{url}?pool=3&wait=20")
    with ThreadPoolExecutor(24) as threads:
        list(threads.map(lambda n: store.append(ALICE, f"{n % 5}", [entry(f"{n}")]), range(200)))
    assert 1 <= len(of_clients(url)) <= 3
    assert sum(state.count for state in store.sessions(ALICE, limit=10)) == 200
    store.close()
    assert of_clients(url) == []


def test_a_server_without_room_for_a_connection_is_busy(url: str) -> None:
    user = f"few_{urlsplit(url).path[-12:]}"
    create = f"CREATE USER {user}@'%' IDENTIFIED BY 'x' WITH MAX_USER_CONNECTIONS 1"
    run(admin(url), create, f"GRANT ALL ON {urlsplit(url).path[1:]}.* TO {user}@'%'")
    few = urlunsplit(urlsplit(url)._replace(netloc=f"{user}:x@{urlsplit(url).hostname}:{urlsplit(url).port}"))
    first = MySQLStore(few)
    with pytest.raises(Busy, match="no more connections"):
        MySQLStore(few, wait=0.3)
    threading.Timer(0.2, first.close).start()
    MySQLStore(few, wait=20).close()
    run(admin(url), f"DROP USER {user}@'%'")


def test_deadlocks_are_tried_again(url: str, store: MySQLStore) -> None:
    lock = "SELECT head FROM recollect_owner WHERE owner = %s FOR UPDATE"
    alice, bob = store._sql.number(ALICE), store._sql.number(BOB)
    store.append(ALICE, "s", [entry("a")])
    store.append(BOB, "s", [entry("a")])
    attempts = 0

    def crosswise(tx: Any) -> None:
        nonlocal attempts
        attempts += 1
        tx.ask((store._sql.lock, (alice,)))
        if attempts == 1:
            cursor.execute("INSERT INTO recollect_watermark VALUES (2, 0), (3, 0), (4, 0)")  # the server gives up who has written less
            cursor.execute(lock, [bob])
            threads.submit(lambda: (cursor.execute(lock, [alice]), other.rollback()))
        tx.ask((store._sql.lock, (bob,)))

    with closing(mariadb.connect(url)) as other, other.cursor() as cursor, ThreadPoolExecutor(1) as threads:
        other.begin()
        store._mysql.write(crosswise)
    assert attempts == 2
