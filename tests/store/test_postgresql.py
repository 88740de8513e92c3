"""PostgreSQL: URLs, pools that are given, connections that are lost, locks that others hold."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from recollect import Memory
from recollect.errors import Busy, Conflict, Invalid, StoreError
from recollect.model import Document, Owner
from recollect.store import open_store
from recollect.store.postgresql import PostgreSQLStore
from recollect.store.postgresql.connection import _refusal
from recollect.store.postgresql.durability import Durability
from recollect.testing import ALICE, BOB, entry
from servers import postgresql
from servers.process import SECRET
from servers.proxy import Fault, Proxy


@pytest.fixture
def url() -> Iterator[str]:
    with postgresql.database() as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[PostgreSQLStore]:
    store = PostgreSQLStore(url)
    yield store
    store.close()


@pytest.fixture
def proxy(url: str) -> Iterator[Proxy]:
    with Proxy(psycopg.conninfo.conninfo_to_dict(url)["port"]) as proxy:
        yield proxy


def run(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as db:
        cursor = db.execute(statement)
        return cursor.fetchall() if cursor.description else []


def ids(store: PostgreSQLStore) -> list[str]:
    return [item.id for item in store.entries(ALICE, "s")]


def end_connections(url: str) -> None:
    """Let the server end all connections to a database but this one's, and wait until they are gone."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    while run(url, f"SELECT pg_terminate_backend(pid) {others}"):
        sleep(0.05)


# URLs


def test_a_url_names_the_server_and_settings_of_ours_beside_those_of_libpq(url: str) -> None:
    short = url.replace("postgresql://", "postgres://")
    memory = Memory(f"{short}?schema=memory&application_name=shop%20floor&prefix=m_&pool=2&wait=1.5&prepare=off")
    memory.session("s", user="alice").append(user="Hello")
    names = "SELECT application_name FROM pg_stat_activity WHERE application_name = 'shop floor'"
    assert run(url, names) == [("shop floor",)]
    memory.close()
    assert run(url, "SELECT content FROM memory.m_messages") == [("Hello",)]


@pytest.mark.parametrize(
    "query", ["pool=x", "pool=0", "wait=-1", "wait=nan", "prepare=maybe", "schema=a-b", "prefix=1", "nonsense=1", "connect_timeout=x%"]
)
def test_a_setting_that_is_none_is_told_without_the_password(url: str, query: str) -> None:
    with pytest.raises(Invalid) as caught:
        open_store(f"{url}?{query}")
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None or SECRET not in str(caught.value.__cause__)


def test_a_server_that_is_not_there_is_told_at_once_without_the_password() -> None:
    start = monotonic()
    with pytest.raises(StoreError, match="check that the server runs") as caught:
        open_store("postgresql://alice:opensesame@127.0.0.1:1/memory")
    assert "opensesame" not in str(caught.value)
    assert monotonic() - start < 5


def test_a_database_that_is_not_there_is_told(url: str) -> None:
    with pytest.raises(StoreError, match="absent"):
        open_store(url.rpartition("/")[0] + "/absent")


def test_a_server_that_may_lose_what_it_acknowledges_is_told(url: str, caplog: pytest.LogCaptureFixture) -> None:
    run(url, f"ALTER DATABASE {url.rpartition('/')[2]} SET synchronous_commit = off")
    store = PostgreSQLStore(url)
    store.close()
    assert store.durability.synchronous_commit == "off"
    assert "PostgreSQL may lose of what it has acknowledged" in caplog.text
    assert [loses(fsync, commit)[:7] for fsync, commit in (("on", "on"), ("on", "off"), ("off", "on"))] == ["nothing", "the las", "anythin"]


def loses(fsync: str, commit: str) -> str:
    return Durability(fsync, commit).loses


# the store's end


def test_a_closed_store_has_no_connections_and_says_so(url: str) -> None:
    store = PostgreSQLStore(url)
    store.append(ALICE, "s", [entry("1")])
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.entries(ALICE, "s")
    assert run(url, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()") == [(0,)]


def test_a_fork_is_told_to_open_the_store_anew(store: PostgreSQLStore) -> None:
    store.append(ALICE, "s", [entry("1")])
    child = os.fork()
    if child == 0:
        try:
            store.entries(ALICE, "s")
        except StoreError as error:
            os._exit(0 if "open it again in this process" in str(error) else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    store.append(ALICE, "s", [entry("2")])
    assert ids(store) == ["1", "2"]


# a pool that is given


@pytest.mark.parametrize("autocommit", [False, True])
def test_a_pool_that_is_given_gets_its_connections_back_as_they_were_and_stays_open(url: str, autocommit: bool) -> None:
    with ConnectionPool(url, min_size=1, max_size=2, kwargs={"autocommit": autocommit, "row_factory": psycopg.rows.dict_row}) as pool:
        store = PostgreSQLStore(pool)
        assert store.append(ALICE, "s", [entry("1"), entry("2")], expect=0) == 2
        store.put(ALICE, [Document("c", "k", b"1")])
        with pytest.raises(Conflict):
            store.append(ALICE, "s", [entry("1", b" other")])
        assert ids(store) == ["1", "2"]
        store.close()
        PostgreSQLStore(pool).close()
        with pool.connection() as connection:
            assert connection.autocommit is autocommit
            assert connection.info.transaction_status == TransactionStatus.IDLE
            assert connection.execute("SELECT 1 AS one").fetchone() == {"one": 1}


def test_a_pool_that_is_given_may_hold_connections_that_are_lost(url: str) -> None:
    with ConnectionPool(url, min_size=2, max_size=2, open=True) as pool:
        pool.wait()
        store = PostgreSQLStore(pool)
        end_connections(url)
        store.append(ALICE, "s", [entry("1")])
        assert ids(store) == ["1"]
        store.close()


def test_a_pool_that_is_given_and_is_exhausted_is_waited_for_and_then_busy(url: str) -> None:
    with ConnectionPool(url, min_size=1, max_size=1) as pool:
        store = PostgreSQLStore(pool, wait=0.2)
        with pool.connection(), pytest.raises(Busy, match=r"0\.2 seconds"):
            store.entries(ALICE, "s")
        assert ids(store) == []
        store.close()
    store = PostgreSQLStore(pool := ConnectionPool(url, min_size=1, max_size=1, open=True))
    pool.close()
    with pytest.raises(StoreError, match="is it open"):
        store.entries(ALICE, "s")


class Rotating:
    """A pool that gives another connection each time."""

    def __init__(self, url: str) -> None:
        self.connections = [psycopg.connect(url) for _ in range(3)]

    def getconn(self, timeout: float | None = None) -> psycopg.Connection:
        return self.connections.pop(0)

    def putconn(self, conn: psycopg.Connection) -> None:
        assert conn.info.transaction_status == TransactionStatus.IDLE
        self.connections.append(conn)

    def close(self) -> None:
        for connection in self.connections:
            connection.close()


def test_no_operation_needs_the_connection_of_another(url: str) -> None:
    pool = Rotating(url)
    store = PostgreSQLStore(pool, wait=3)
    for number in range(7):
        store.append(ALICE, "s", [entry(f"{number}")])
        store.append(ALICE, "s", [entry(f"{number}")])
        assert len(ids(store)) == number + 1
    store.update_session(ALICE, "s", b" 1", ttl=None, expect=0)
    assert store.clear_session(ALICE, "s") is True
    assert store.erase(ALICE) is True
    assert {connection.execute("SHOW lock_timeout").fetchone() for connection in pool.connections} == {("0",)}
    pool.close()


# waits


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
    assert run(url, "SELECT count(*) <= 4 FROM pg_stat_activity WHERE datname = current_database()") == [(True,)]
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


def test_without_psycopg_the_command_that_installs_it_is_told() -> None:
    program = """
import sys
sys.modules["psycopg"] = None
from recollect import Memory, MissingExtra
try:
    Memory("postgresql://127.0.0.1/x")
except MissingExtra as error:
    print(error)
"""
    told = subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, capture_output=True, text=True).stdout
    assert told == "psycopg is not installed; run: pip install 'recollect[postgresql]'\n"


# losses


def test_connections_that_the_server_has_closed_are_not_noticed(store: PostgreSQLStore, url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: store.append(Owner("", "user", f"{number}"), "s", [entry("1")]), range(20)))
    for number in range(3):
        end_connections(url)
        store.append(ALICE, "s", [entry(f"{number}")])
    assert ids(store) == ["0", "1", "2"]


def test_a_read_that_was_cut_is_repeated_on_a_fresh_connection(proxy: Proxy, url: str) -> None:
    store = PostgreSQLStore(proxy.on(url))
    store.append(ALICE, "s", [entry("1")])
    for fault in (Fault.LOST, Fault.TORN, Fault.UNANSWERED, Fault.ABANDONED, Fault.CURTAILED):
        proxy.plan(fault)
        assert ids(store) == ["1"]
    store.close()


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.UNANSWERED])
def test_an_append_that_was_cut_is_unknown_and_its_repetition_is_right(proxy: Proxy, url: str, fault: Fault) -> None:
    store = PostgreSQLStore(proxy.on(url))
    store.append(ALICE, "s", [entry("1")])
    proxy.plan(fault)
    with pytest.raises(StoreError) as caught:
        store.append(ALICE, "s", [entry("2")])
    assert caught.value.outcome == "unknown"
    assert len(ids(store)) == (2 if fault is Fault.UNANSWERED else 1)
    store.append(ALICE, "s", [entry("2")])
    assert ids(store) == ["1", "2"]
    store.close()


def test_a_transaction_that_was_cut_is_repeated_or_unknown_and_never_done_twice(proxy: Proxy, url: str) -> None:
    store = PostgreSQLStore(proxy.on(url))
    last = store.put(ALICE, [Document("c", "k", b"0")])
    told = []
    for after in range(14):
        proxy.plan(Fault.UNANSWERED, after=after)
        try:
            store.put(ALICE, [Document("c", "k", b"%d" % after)], expect={("c", "k"): last})
            told.append("done")
        except StoreError as error:
            assert error.outcome == "unknown"  # noqa: PT017  # the other end is right as well
            told.append("unknown")
        while proxy.waiting:
            store.session(ALICE, "s")
        (document,) = store.documents(ALICE, "c")
        assert document.position == last + (document.body == b"%d" % after)
        assert document.position > last or told[-1] == "unknown"
        last = document.position
    assert set(told) == {"done", "unknown"}
    store.close()


def test_a_server_that_restarts_is_used_again() -> None:
    server = postgresql.durable()
    with postgresql.database(server) as url:
        store = PostgreSQLStore(url, wait=20)
        store.append(ALICE, "s", [entry("0")])
        for number in range(1, 3):
            server.kill()
            try:
                with pytest.raises(StoreError, match="check that"):
                    store.append(ALICE, "s", [entry(f"{number}")])
            finally:
                server.start()
            store.append(ALICE, "s", [entry(f"{number}")])
        assert ids(store) == ["0", "1", "2"]
        store.close()


def test_a_server_that_only_reads_is_told_and_left(store: PostgreSQLStore, url: str) -> None:
    store.append(ALICE, "s", [entry("1")])
    database = url.rpartition("/")[2]
    run(url, f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    end_connections(url)
    with pytest.raises(StoreError, match="primary") as caught:
        store.append(ALICE, "s", [entry("2")])
    assert caught.value.outcome == "failed"
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("SET default_transaction_read_only = off")
        db.execute(f"ALTER DATABASE {database} RESET default_transaction_read_only")
    store.append(ALICE, "s", [entry("2")])
    assert ids(store) == ["1", "2"]


def test_transactions_that_the_server_gives_up_are_repeated(url: str) -> None:
    run(url, f"ALTER DATABASE {url.rpartition('/')[2]} SET default_transaction_isolation = serializable")
    store = PostgreSQLStore(url)
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(10):
                store.append(ALICE, "s", [entry(f"{number}-{turn}")])
                store.put(ALICE, [Document("c", f"{number}", b"%d" % turn)])
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(ids(store)) == 60
    assert [item.body for item in store.documents(ALICE, "c")] == [b"9"] * 6
    store.close()


def test_no_position_is_used_twice_while_others_erase(store: PostgreSQLStore) -> None:
    def append(number: int) -> list[int]:
        return [store.append(ALICE, f"s{number % 3}", [entry(f"{number}-{turn}")]) for turn in range(40)]

    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(append, number) for number in range(6)]
        erased = [store.erase(ALICE) for _ in range(40)]
        positions = [position for call in calls for position in call.result()]
    assert any(erased)
    assert len(set(positions)) == 240
    assert all(call.result() == sorted(call.result()) for call in calls)


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
