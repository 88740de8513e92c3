"""PostgreSQL: locks and connections that others hold, interrupts, and writers of one owner."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from time import monotonic, sleep

import psycopg
import pytest

from recollect.errors import Busy, Conflict, StoreError
from recollect.model import Document
from recollect.store.postgresql import PostgreSQLStore
from recollect.store.postgresql.connection import Link, _refusal
from recollect.store.postgresql.migrations import migrate
from recollect.testing import ALICE, BOB, entry
from servers import postgresql

from .beside import Rotating, ids, run


@pytest.mark.parametrize("given", [False, True])
def test_a_lock_that_somebody_holds_is_waited_for_and_then_busy(url: str, given: bool) -> None:
    pool = Rotating(url) if given else None
    store = PostgreSQLStore(pool or url, wait=0.3)
    store.append(ALICE, "s", [entry("1")])
    store.append(BOB, "s", [entry("1")])
    with psycopg.connect(url) as other:
        other.execute("SELECT FROM recollect_owner WHERE name = 'alice' FOR UPDATE")
        for write in (lambda: store.append(ALICE, "s", [entry("2")]), lambda: store.put(ALICE, [Document("c", "k", b"1")])):
            start = monotonic()
            with pytest.raises(Busy, match="same owner") as caught:
                write()
            assert caught.value.outcome == "failed"
            assert 0.2 < monotonic() - start < 3
        store.append(BOB, "s", [entry("2")])
        assert ids(store) == ["1"]
    store.append(ALICE, "s", [entry("2")])
    assert ids(store) == ["1", "2"]
    store.close()
    if pool is not None:
        pool.close()


def test_who_makes_the_tables_for_too_long_is_not_waited_for(url: str) -> None:
    number = blake2b(b'recollect\x00"recollect_migration"', digest_size=8).digest()
    with psycopg.connect(url, autocommit=True) as given, psycopg.connect(url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(number, "big", signed=True)])
        with pytest.raises(Busy, match="making the tables"):
            migrate(Link(given, bounded=False), None, "recollect_", 0.2)
        other.rollback()
        migrate(Link(given, bounded=False), None, "recollect_", 0.2)
    PostgreSQLStore(url).close()


def test_a_pool_that_is_exhausted_is_waited_for_and_then_busy_and_recovers(url: str) -> None:
    store = PostgreSQLStore(url, pool=3, wait=0.5)
    store.append(ALICE, "s", [entry("0")])

    def append(number: int) -> str:
        try:
            store.append(ALICE, "s", [entry(f"{number}")])
        except Busy:
            return "busy"
        return f"{number}"

    with psycopg.connect(url) as other, ThreadPoolExecutor(53) as callers:
        other.execute("SELECT FROM recollect_owner FOR UPDATE")
        calls = [callers.submit(append, number) for number in range(1, 54)]
        assert {call.result() for call in calls} == {"busy"}
        other.rollback()
        start = monotonic()
        done = [call.result() for call in [callers.submit(append, number) for number in range(1, 54)]]
        assert monotonic() - start < 5
    assert sorted(ids(store)) == sorted(["0", *(one for one in done if one != "busy")])
    assert run(url, "SELECT count(*) <= 4 FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'") == [(True,)]
    store.close()


def test_a_caller_is_not_disturbed_by_a_conflict_that_left_its_transaction(store: PostgreSQLStore) -> None:
    store.append(ALICE, "s", [entry("1")])
    for _ in range(30):
        with pytest.raises(Conflict):
            store.append(ALICE, "s", [entry("1", b" other")])
        with pytest.raises(Conflict):
            store.put(ALICE, [Document("c", "k", b"1")], expect={("c", "k"): 7})
        with pytest.raises(AttributeError):
            store.put(ALICE, [None])
    assert ids(store) == ["1"]


def test_what_was_said_does_not_stand_in_an_error(store: PostgreSQLStore, url: str) -> None:
    run(url, "ALTER TABLE recollect_entry ADD CHECK (created < 0)")
    body = b"my secret"
    for _ in range(2):
        with pytest.raises(StoreError, match="violates check constraint") as caught:
            store.append(ALICE, "s", [entry("1", body)])
        assert not any(text in str(caught.value) for text in ("secret", body.hex()))


def test_an_interrupt_leaves_no_connection_in_the_middle_of_something(store: PostgreSQLStore, url: str) -> None:
    store.append(ALICE, "s", [entry("1")])
    with psycopg.connect(url) as other:
        other.execute("SELECT FROM recollect_owner FOR UPDATE")
        for write in (lambda: store.append(ALICE, "s", [entry("2")]), lambda: store.put(ALICE, [Document("c", "k", b"1")])):
            threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()
            with pytest.raises(KeyboardInterrupt):
                write()
    assert ids(store) == ["1"]
    store.append(ALICE, "s", [entry("2")])
    assert ids(store) == ["1", "2"]


def test_a_server_without_a_connection_to_spare_is_tried_again_and_then_busy(url: str) -> None:
    role = "few_" + url.rpartition("_")[2]
    with psycopg.connect(postgresql.admin(), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x' CONNECTION LIMIT 1 IN ROLE recollect")
        try:
            few = psycopg.conninfo.make_conninfo(url, user=role, password="x")
            PostgreSQLStore(url).close()
            held = PostgreSQLStore(few)
            with pytest.raises(Busy, match="no more connections"):
                PostgreSQLStore(few, wait=0.3)
            threading.Timer(0.3, held.close).start()
            PostgreSQLStore(few, wait=10).close()
        finally:
            held.close()
            admin.execute(f"DROP ROLE {role}")


def test_a_server_that_starts_is_tried_again() -> None:
    said = psycopg.OperationalError("connection failed: FATAL:  the database system is starting up")
    assert isinstance(_refusal(said), Busy)


def test_heads_are_committed_in_the_order_of_their_positions(store: PostgreSQLStore) -> None:
    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        while not done.is_set():
            seen.extend(item.position for item in store.changes(ALICE, seen[-1] if seen else 0, 7))

    def write(number: int) -> None:
        for turn in range(60):
            store.append(ALICE, f"s{number}", [entry(f"{turn}"), entry(f"{turn}b")])

    with ThreadPoolExecutor(6) as pool:
        following = pool.submit(follow)
        for call in [pool.submit(write, number) for number in range(5)]:
            call.result()
        while len(seen) < 600 and not following.done():
            sleep(0.01)
        done.set()
        following.result()
    assert seen == list(range(1, 601))
