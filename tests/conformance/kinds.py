"""The stores that Recollect ships, as the conformance tests open them and read around them."""

import json
import sqlite3
from base64 import b64decode
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psycopg
from redis import Redis

from recollect.store.events import Kept
from recollect.store.failover import Failover
from recollect.store.files import FileStore
from recollect.store.memory import MemoryStore
from recollect.store.mysql import MySQLStore
from recollect.store.postgresql import PostgreSQLStore
from recollect.store.protocol import Clock, Store
from recollect.store.redis import RedisStore
from recollect.store.sqlite import SQLiteStore
from servers import mariadb, postgresql, redis
from store.redis_places import raw_bodies


class Kind(NamedTuple):
    """How a store is opened at a place, how its bodies are read without it, and whether it outlives its closing."""

    open: Callable[[Path, Clock], Store]
    raw: Callable[[Store, Path], list[bytes]]
    persistent: bool = True


def raw_sqlite(_: Store, place: Path) -> list[bytes]:
    """Read an SQLite file with Python's own driver."""
    with closing(sqlite3.connect(place / "ledger.db")) as db:
        return [
            bytes(row[0])
            for table in ("recollect_entry", "recollect_document", "recollect_derived")
            for row in db.execute(f"SELECT body FROM {table} WHERE body IS NOT NULL")
        ]


def raw_files(_: Store, place: Path) -> list[bytes]:
    """Read every log in a folder, and what stands beside it. Of the lines of one document the last holds."""
    entries, documents = [], {}
    for path in sorted(place.glob("ledgers/*/derived-*")):
        header, _, data = path.read_bytes().partition(b"\n")
        for size in json.loads(header)[1]["sizes"]:
            entries.append(data[:size])
            data = data[size:]
    for path in sorted(place.glob("ledgers/*/log.jsonl")):
        for line in path.read_text("utf-8").split("\n")[1:-1]:
            _, item = json.loads(line)
            body = item["text"].encode() if item.get("text") is not None else b64decode(item["data"]) if item.get("data") is not None else None
            if item["type"] == "entry":
                entries.append(body)
            elif item["type"] == "document":
                documents[path, item["collection"], item["key"]] = body
    return [body for body in (*entries, *documents.values()) if body is not None]


def raw_memory(store: Store, _: Path) -> list[bytes]:
    """Read the events that a store in memory holds on to."""
    assert isinstance(store, MemoryStore)
    events = [event for ledger in store._ledgers.values() for event in ledger.story()]
    bodies = [event.item.body for event in events if isinstance(event, Kept) and event.item.body is not None]
    return bodies + [part for saved in store._saved.values() for found in saved.values() for part in found.parts]


def raw_postgresql(_: Store, place: Path) -> list[bytes]:
    """Read the tables with the bare driver."""
    with psycopg.connect(postgresql.database_of(place)) as db:
        return [
            bytes(row[0])
            for table in ("recollect_entry", "recollect_document", "recollect_derived")
            for row in db.execute(f"SELECT body FROM {table} WHERE body IS NOT NULL")
        ]


def raw_mysql(_: Store, place: Path) -> list[bytes]:
    """Read the tables by a connection of its own."""
    url = mariadb.database_of(place)
    tables = ("recollect_entry", "recollect_document", "recollect_derived")
    return [row[0] for table in tables for row in mariadb.run(url, f"SELECT body FROM {table} WHERE body IS NOT NULL")]


def raw_redis(_: Store, place: Path) -> list[bytes]:
    """Read the keys with redis-py."""
    with Redis.from_url(redis.database_of(place)) as client:
        return raw_bodies(client, "recollect")


def open_failover(place: Path, clock: Clock) -> Failover:
    """Open a failover whose primary is there."""
    primary, copy = (partial(SQLiteStore, place / name, clock=clock) for name in ("ledger.db", "copy.db"))
    return Failover(primary, copy, spool=place / "spool.db", clock=clock)


KINDS = {
    "sqlite": Kind(lambda place, clock: SQLiteStore(place / "ledger.db", clock=clock), raw_sqlite),
    "sqlite, exclusive": Kind(lambda place, clock: SQLiteStore(place / "ledger.db", clock=clock, exclusive=True), raw_sqlite),
    "files": Kind(lambda place, clock: FileStore(place / "ledgers", clock=clock), raw_files),
    "postgresql": Kind(lambda place, clock: PostgreSQLStore(postgresql.database_of(place), pool=4, clock=clock), raw_postgresql),
    "mysql": Kind(lambda place, clock: MySQLStore(mariadb.database_of(place), clock=clock), raw_mysql),
    "redis": Kind(lambda place, clock: RedisStore(redis.database_of(place), clock=clock), raw_redis),
    "failover": Kind(open_failover, raw_sqlite),
    "memory": Kind(lambda _, clock: MemoryStore(clock=clock), raw_memory, persistent=False),
}
