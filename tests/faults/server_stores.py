"""The stores that keep data on a server, by the names that the commands know them by."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psycopg
import redis as redis_driver

from recollect.store import Store
from servers import mariadb, postgresql, redis, valkey
from servers.process import Server

from . import stores


class ServerKind(NamedTuple):
    """A kind of server, and how a store is opened on it.

    ``database_of`` names the database of a test's folder; ``durable`` starts the server that may be killed; ``database`` lends the URL of an
    empty database on it, or on the shared quick one; ``open`` takes that URL, ``wait`` (seconds) and ``pool`` (connections); ``connections``
    counts those of a database's clients.
    """

    durable: Callable[[], Server]
    database_of: Callable[[Path], str]
    database: Callable[..., AbstractContextManager[str]]
    open: Callable[..., Store]
    connections: Callable[[str], int]


def _open_postgresql(url: str, *, wait: float = 30, pool: int = 10, **options: Any) -> Store:
    from recollect.store.postgresql import PostgreSQLStore

    return PostgreSQLStore(url, wait=wait, pool=pool, **options)


def _open_mysql(url: str, *, wait: float = 30, pool: int = 10, **options: Any) -> Store:
    from recollect.store.mysql import MySQLStore

    return MySQLStore(url, wait=wait, pool=pool, **options)


def _open_redis(url: str, *, wait: float = 30, pool: int = 10, **options: Any) -> Store:
    from recollect.store.redis import RedisStore

    return RedisStore(url, wait=wait, connections=pool, **options)


def _count_postgresql(url: str) -> int:
    with psycopg.connect(url) as connection:
        return int((connection.execute(f"SELECT count(*) {postgresql.OTHERS}").fetchone() or [0])[0])


def _count_mysql(url: str) -> int:
    name = urlsplit(url).path[1:]
    return int(mariadb.run(url, "SELECT count(*) FROM information_schema.processlist WHERE db = %s AND id <> CONNECTION_ID()", name)[0][0])


def _count_redis(url: str) -> int:
    with redis_driver.Redis.from_url(url) as client:
        own, database = client.client_id(), str(client.get_connection_kwargs()["db"])
        return sum(one["db"] == database and one["id"] != str(own) for one in client.client_list())


KINDS = {
    "postgresql": ServerKind(postgresql.durable, postgresql.database_of, postgresql.database, _open_postgresql, _count_postgresql),
    "mysql": ServerKind(mariadb.durable, mariadb.database_of, mariadb.database, _open_mysql, _count_mysql),
    "redis": ServerKind(redis.durable, redis.database_of, redis.database, _open_redis, _count_redis),
    "valkey": ServerKind(valkey.durable, redis.database_of, valkey.database, partial(_open_redis, durability="fsync"), _count_redis),
}
"""Redis syncs its log at every command (``appendfsync always``); Valkey each second, and the store waits for it with WAITAOF."""

EVERYWHERE = (*stores.KINDS, "postgresql", "mysql", "redis")
"""The kinds of stores that several processes may share."""


def find_place(kind: str, folder: Path) -> None:
    """Let a kind of store have its place in a folder, or on its server, before processes are forked that use it."""
    if kind in KINDS:
        KINDS[kind].database_of(folder)


def open_anywhere(kind: str, folder: Path, **options: Any) -> Store:
    """Open the store of a kind that belongs to a folder."""
    return KINDS[kind].open(KINDS[kind].database_of(folder), **options) if kind in KINDS else stores.open_kind(kind, folder, **options)
