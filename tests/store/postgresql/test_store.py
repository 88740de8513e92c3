"""PostgreSQL: URLs, the store's end, pools that are given."""

from time import monotonic
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from recollect import Memory, Message
from recollect.errors import Busy, Conflict, Invalid, StoreError
from recollect.model import Document
from recollect.store import open_store
from recollect.store.postgresql import PostgreSQLStore
from recollect.store.postgresql.durability import Durability
from recollect.testing import ALICE, entry
from servers import postgresql
from servers.process import SECRET

from .beside import Rotating, end_connections, ids, run

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


def test_a_number_of_libpq_s_that_is_none_is_told(url: str) -> None:
    with pytest.raises(StoreError, match="connect_timeout"):
        open_store(f"{url}?connect_timeout=x")


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_in_another_encoding_keeps_all_text(encoding: str) -> None:
    name = f"recollect_{encoding.lower()}"
    run(postgresql.admin(), f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0")
    place = urlsplit(postgresql.admin())._replace(path=f"/{name}").geturl()
    try:
        for _ in range(2):
            with Memory(place) as memory:
                memory.session("\u00df", user="\u65e5").append(Message(role="user", content="\U0001f600", id="1"))
                assert memory.users().items == ["\u65e5"]
                assert [message.text for message in memory.session("\u00df", user="\u65e5").messages()] == ["\U0001f600"]
        with (
            ConnectionPool(place, min_size=1, max_size=1, kwargs={"client_encoding": "SQL_ASCII"}) as pool,
            pytest.raises(StoreError, match="client_encoding='UTF8'"),
        ):
            PostgreSQLStore(pool)
    finally:
        run(postgresql.admin(), f"DROP DATABASE {name} WITH (FORCE)")


def test_a_position_beyond_all_others_is_a_conflict(store: PostgreSQLStore) -> None:
    store.append(ALICE, "s", [entry("1")])
    for expect in (1 << 62, 1 << 63, 1 << 70):
        with pytest.raises(Conflict):
            store.append(ALICE, "s", [entry("2")], expect=expect)


def test_a_database_that_is_not_there_is_told(url: str) -> None:
    with pytest.raises(StoreError, match="absent"):
        open_store(url.rpartition("/")[0] + "/absent")


@pytest.mark.parametrize("password", ["so@secret", "1234/so@secret", "so/secret", "so@1/secret"])
def test_a_password_that_the_url_does_not_escape_is_told_and_not_repeated(password: str) -> None:
    with pytest.raises(Invalid, match="write %40 for @ and %2F for /") as caught:
        open_store(f"postgresql://app:{password}@127.0.0.1:1/shop")
    assert "secret@" not in str(caught.value)


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
    deadline = monotonic() + 10
    while run(url, f"SELECT 1 {postgresql.OTHERS}"):  # the server's side of a connection ends a moment later
        assert monotonic() < deadline


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
