"""What servers keep on their disks of what was removed, and how it goes: as the pages on them say."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import sleep

import psycopg
import pytest
from msgspec.structs import replace
from redis import Redis

from recollect.store.failover import Failover
from recollect.store.memory import MemoryStore
from recollect.store.mysql import MySQLStore
from recollect.store.postgresql import PostgreSQLStore
from recollect.store.protocol import Store
from recollect.store.redis import RedisStore, scrubbing
from recollect.testing import ALICE, BOB, entry
from servers import mariadb, postgresql
from servers.redis import Redis as RedisServer
from servers.valkey import Valkey

KEPT = (["--save", "3600 1000"], ["--appendonly", "no", "--save", "3600 1000"])


def mark(store: Store) -> bytes:
    """Write and rewrite, and write and erase, what has a mark. Returns the mark."""
    text = f"mark-{os.urandom(8).hex()}".encode()
    for owner in (ALICE, BOB):
        store.append(owner, "s", [entry(f"{number}", text + os.urandom(number**3)) for number in range(25)])
    store.append(BOB, "s", [entry(text.decode())])
    found = store.entries(ALICE, "s")
    store.rewrite(ALICE, "s", [replace(item, body=b" new") for item in found], edition=0)
    store.erase(BOB)
    return text


def holding(folder: Path, text: bytes) -> set[str]:
    """Return the names of the files that hold a text."""
    return {path.name for path in folder.rglob("*") if path.is_file() and text in path.read_bytes()}


# Redis


@pytest.fixture(params=KEPT, ids=["log and snapshot", "snapshot alone"])
def redis(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    server = Valkey(options=request.param).start()
    yield server
    server.discard()


def test_redis_writes_its_log_and_its_snapshot_anew(redis: RedisServer) -> None:
    store = RedisStore(redis.url)
    store.append(ALICE, "other", [entry("kept")])
    text = mark(store)
    with Redis.from_url(redis.url) as client:
        client.bgsave(schedule=True)
        scrubbing._waited(store._line, *store._line.servers.all(), 1e12)
        store.append(BOB, "s", [entry("a", text)])
        client.bgsave(schedule=True)
        scrubbing._waited(store._line, *store._line.servers.all(), 1e12)
        store.erase(BOB)
        assert holding(redis.folder, text)
        assert store.scrub() == []
        for _ in range(100):  # the server removes its former files behind its answer
            if not holding(redis.folder, text):
                break
            sleep(0.02)
        assert holding(redis.folder, text) == set()
    assert [item.id for item in store.entries(ALICE, "other")] == ["kept"]
    store.close()


def test_a_server_without_files_has_nothing_to_be_written_anew(tmp_path: Path) -> None:
    server = Valkey(durable=False).start()
    try:
        store = RedisStore(server.url)
        mark(store)
        assert store.scrub() == []
        assert not (server.folder / "dump.rdb").exists()
        store.close()
    finally:
        server.discard()


def test_a_user_without_the_right_is_told_what_the_administrator_is_to_do(redis: RedisServer) -> None:
    store = RedisStore(redis.user_url)
    mark(store)
    told = store.scrub()
    assert told
    assert all("BGREWRITEAOF" in one or "BGSAVE" in one for one in told)
    store.close()


def test_a_server_that_is_gone_is_told_and_no_error() -> None:
    server = Valkey(durable=False).start()
    store = RedisStore(server.url, wait=1)
    server.discard()
    (told,) = store.scrub()
    assert "did not answer" in told
    store.close()


# PostgreSQL


def test_postgresql_is_vacuumed_and_tells_what_stays(url: str) -> None:
    store = PostgreSQLStore(url)
    text = mark(store)
    store.erase(ALICE)
    (told,) = store.scrub()
    assert "VACUUM FULL" in told
    assert "write-ahead log" in told
    administrator = psycopg.conninfo.make_conninfo(postgresql.admin(), dbname=psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    with psycopg.connect(administrator, autocommit=True) as db:
        assert db.execute("SELECT pg_relation_size('recollect_entry')").fetchone() == (0,)
        base = postgresql.server().folder / "data" / "base"
        db.execute("VACUUM FULL")
        db.execute("CHECKPOINT")
        assert holding(base, text) == set()
    store.close()


def test_who_may_not_vacuum_is_told_so(url: str) -> None:
    PostgreSQLStore(url).close()
    role = "reader_" + url.rpartition("_")[2]
    administrator = psycopg.conninfo.make_conninfo(postgresql.admin(), dbname=psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    with psycopg.connect(administrator, autocommit=True) as db:
        db.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
        db.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        try:
            with closing(PostgreSQLStore(psycopg.conninfo.make_conninfo(url, user=role, password="x"))) as store:
                (told,) = store.scrub()
            assert "recollect_owner" in told
            assert "let the tables' owner run VACUUM FULL" in told
        finally:
            db.execute(f"DROP OWNED BY {role}")
            db.execute(f"DROP ROLE {role}")


@pytest.fixture
def url() -> Iterator[str]:
    with postgresql.database() as url:
        yield url


# MySQL


def test_mysql_s_files_hold_nothing_once_they_were_optimised_as_it_tells() -> None:
    with mariadb.database() as url:
        store = MySQLStore(url)
        text = mark(store)
        assert "OPTIMIZE TABLE" in store.keeps()[0]
        name = url.rpartition("/")[2]
        for table in ("entry", "session", "document", "owner", "derived"):
            mariadb.run(url, f"OPTIMIZE TABLE recollect_{table}")
            mariadb.run(f"{mariadb.admin()}/{name}", f"FLUSH TABLES recollect_{table}")
        assert holding(mariadb.server().folder / "data" / name, text) == set()
        store.close()


# a failover


def test_a_failover_has_its_primary_do_so_and_tells_what_could_not_be_done_in_an_outage(tmp_path: Path, url: str) -> None:
    store = Failover(url, MemoryStore, spool=tmp_path / "spool.db")
    store.append(ALICE, "s", [entry("a")])
    assert "VACUUM FULL" in store.scrub()[0]
    store.close()
