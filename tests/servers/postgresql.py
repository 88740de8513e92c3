"""PostgreSQL: a server for the tests, and databases on it."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from .process import SECRET, Server
from .shelf import Shelf
from .wanted import named, own, program

VARIABLE = "RECOLLECT_POSTGRESQL_URL"
"""Names a running server: a URL of a role that may create databases."""

USER = "recollect"
"""The role of the tests: an ordinary one, which owns its databases and may do nothing else."""

QUICK = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class PostgreSQL(Server):
    """One cluster of databases, sorted as English words are, so that whoever forgets the order of code points is found out.

    ``durable``: whether it syncs its log, as it does by default. Without, tests are quick, and a crash of the machine harms it.
    """

    gently = signal.SIGINT  # closes the connections; SIGTERM would wait for them

    def __init__(self, *, durable: bool = True, options: Sequence[str] = ()) -> None:
        super().__init__(user="postgres" if os.geteuid() == 0 else None)
        self._options = [*(() if durable else QUICK), *options]
        self._data = self.folder / "data"
        subprocess.run(
            [
                _program("initdb"), "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                "--locale-provider=icu", "--icu-locale=en-US", "--no-sync",
            ],
            check=True, capture_output=True, cwd=self.folder, user=self._user, group=self._user, extra_groups=[] if self._user else None,
        )  # fmt: skip

    @property
    def admin(self) -> str:
        """The URL of the superuser."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def command(self) -> Sequence[str | Path]:
        """Return the postmaster."""
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300", "shared_buffers=32MB", "jit=off")
        return [
            _program("postgres"), "-D", self._data, "-p", str(self.port), *(part for one in settings for part in ("-c", one)), *self._options,
        ]  # fmt: skip

    def ready(self) -> bool:
        """Return whether it takes connections, after it has recovered."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.admin, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [USER]).fetchone():
                connection.execute(SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(Identifier(USER), Literal(SECRET)))
            return True
        return False

    def kill(self) -> None:
        """End all of its processes at once. While the postmaster stands still, it starts no others."""
        if self.running:
            self.pause()
            for pid in children(self.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        super().kill()


@cache
def server() -> PostgreSQL:
    """Start the server that tests share and never kill, at its first use."""
    return PostgreSQL(durable=False).start()


@cache
def durable() -> PostgreSQL:
    """Start the server that the fault tests share, kill and restart, at its first use."""
    own(VARIABLE)
    return PostgreSQL().start()


OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
"""Who else is connected: of a database, the server's own workers come and go."""


def admin() -> str:
    """Return the URL of who may create databases: of the environment's server, or of ours."""
    return named(VARIABLE) or server().admin


@contextmanager
def database(at: PostgreSQL | None = None) -> Iterator[str]:
    """Lend an empty database. Yields its URL, with a password; the role owns the database, and no more."""
    admin_url = at.admin if at else admin()
    name = _create(admin_url)
    try:
        yield _url(admin_url, name)
    finally:
        with psycopg.connect(admin_url, autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def database_of(place: Path) -> str:
    """Return the URL of the database of a test's folder: an empty one at the first call, the same at the next."""
    return _shelf.of(place)


def _create(admin_url: str) -> str:
    name = f"recollect_{os.urandom(6).hex()}"
    with psycopg.connect(admin_url, autocommit=True) as connection:
        owner = SQL("OWNER {}").format(Identifier(USER)) if named(VARIABLE) != admin_url else SQL("")
        connection.execute(SQL("CREATE DATABASE {} {}").format(Identifier(name), owner))
    return name


def _url(admin_url: str, name: str) -> str:
    parts = urlsplit(admin_url)
    netloc = parts.netloc if named(VARIABLE) == admin_url else f"{USER}:{quote(SECRET, safe='')}@127.0.0.1:{parts.port}"
    return urlunsplit((parts.scheme, netloc, f"/{name}", parts.query, ""))


def _drop(url: str) -> None:
    with psycopg.connect(admin(), autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(urlsplit(url).path[1:])))


def _empty(url: str) -> bool:
    """Make a database empty again. Returns whether nobody was connected to it."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute(f"SELECT 1 {OTHERS}").fetchone() is not None:
            return False
        schemas = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'")
        for (schema,) in schemas.fetchall():
            connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))
        connection.execute("CREATE SCHEMA public")
    return True


_shelf = Shelf(lambda: _url(admin(), _create(admin())), _empty, _drop, owned=lambda: named(VARIABLE) is None)


def _program(name: str) -> str:
    return program(name, "postgresql", "/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")


def children(parent: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(pid) for path in Path(f"/proc/{parent}/task").glob("*/children") for pid in path.read_text().split()]
