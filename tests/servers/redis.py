"""Redis: a server for the tests, and logical databases on it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import redis

from .certificates import make_certificates
from .process import SECRET, Server
from .wanted import named, own, program

VARIABLE = "RECOLLECT_REDIS_URL"
"""Names a running server, whose databases 1 to 15 are the tests' to empty."""

USER = "recollect"
"""A user of the access control list, who may do everything but administer the server."""

DATABASES = 100_000


class Redis(Server):
    """One server. ``durable``: whether it syncs its log before it answers, ``appendfsync always``; without, it keeps nothing on the disk."""

    def __init__(self, *, durable: bool = True, options: Sequence[str] = ()) -> None:
        super().__init__()
        keep = ("--appendonly", "yes", "--appendfsync", "always") if durable else ("--appendonly", "no")
        self._options = [*keep, *options]

    @property
    def url(self) -> str:
        """The URL of its first database, without a user."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def user_url(self) -> str:
        """The URL for a user of the access control list."""
        return f"redis://{USER}:{quote(SECRET, safe='')}@127.0.0.1:{self.port}/0"

    def command(self) -> Sequence[str | Path]:
        """Return the daemon."""
        return [
            self.program(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder, "--save", "",
            "--user", USER, "on", f">{SECRET}", "~*", "&*", "+@all", "-@admin", "+info", *self._options,
        ]  # fmt: skip

    def program(self) -> str:
        """Return the path of the daemon."""
        return program("redis-server", "redis-server")

    def ready(self) -> bool:
        """Return whether it answers, after it has loaded its data."""
        with suppress(redis.ConnectionError, redis.BusyLoadingError), redis.Redis.from_url(self.url) as client:
            return client.info("server")["process_id"] == self.pid and client.ping()  # PING is refused while data are loaded, INFO is not
        return False


class EncryptedRedis(Redis):
    """One server that speaks TLS alone."""

    def __init__(self) -> None:
        super().__init__()
        self.certificates = make_certificates(self.folder)

    @property
    def url(self) -> str:
        """The URL of its first database, with the authority to trust."""
        return f"rediss://127.0.0.1:{self.port}/0?ssl_ca_certs={self.certificates.authority}"

    def command(self) -> Sequence[str | Path]:
        """Return the daemon."""
        tls = ("--tls-cert-file", self.certificates.server, "--tls-key-file", self.certificates.key, "--tls-auth-clients", "no")
        return [*super().command(), "--port", "0", "--tls-port", str(self.port), *tls]


@cache
def server() -> Redis:
    """Start the server that tests share and never kill, at its first use."""
    return Redis(durable=False, options=("--databases", str(DATABASES))).start()


@cache
def durable() -> Redis:
    """Start the server that the fault tests share, kill and restart, at its first use."""
    own(VARIABLE)
    return Redis().start()


@contextmanager
def database(at: Redis | None = None) -> Iterator[str]:
    """Lend an empty database. Yields its URL. ``at``: a server whose first database is lent."""
    url = at.url if at else _next()
    _flush(url)
    try:
        yield url
    finally:
        _flush(url)


def database_of(place: Path) -> str:
    """Return the URL of the database of a test's folder: an empty one at the first call, the same at the next."""
    if place not in _places:
        _places[place] = _next()
        _flush(_places[place])
    return _places[place]


_places: dict[Path, str] = {}
_numbers = count()


def _next() -> str:
    url, number = named(VARIABLE), next(_numbers)
    if url is None:
        url, number = server().url, number % DATABASES
    else:
        number = 1 + (number + os.getpid()) % 15
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


def _flush(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.flushdb()
