"""MariaDB (or MySQL): a server for the tests, and databases on it."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import pymysql

from .process import SECRET, Server
from .shelf import Shelf
from .wanted import named, own, program

VARIABLE = "RECOLLECT_MYSQL_URL"
"""Names a running server: a URL of a user who may create databases."""

USER = "recollect"
"""The user of the tests: one who may do everything in databases of that prefix, and nothing else."""

QUICK = ("--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--innodb-doublewrite=0")

Connection = pymysql.Connection  # type: ignore[type-arg]


class MariaDB(Server):
    """One server, with the collation that it has by itself, in which letters of either case and with any accent are alike.

    ``durable``: whether it syncs its log at each commit, as it does by default. Without, tests are quick, and a crash of the machine harms it.
    """

    def __init__(self, *, durable: bool = True, options: Sequence[str] = ()) -> None:
        super().__init__(user="mysql" if os.geteuid() == 0 else None)
        self._options = [*(() if durable else QUICK), *options]
        self._data = self.folder / "data"
        (self.folder / "init.sql").write_text(
            f"CREATE USER IF NOT EXISTS {USER}@'%' IDENTIFIED BY '{SECRET}';\nGRANT ALL ON `recollect\\_%`.* TO {USER}@'%';\n"
            "CREATE USER IF NOT EXISTS admin@'%' IDENTIFIED BY '';\nGRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION;\n"
        )
        subprocess.run(
            [
                program("mariadb-install-db", "mariadb-server"), "--no-defaults", f"--datadir={self._data}",
                "--auth-root-authentication-method=normal", "--skip-test-db", *([f"--user={self._user}"] if self._user else []),
            ],
            check=True, capture_output=True, cwd=self.folder, user=self._user, group=self._user, extra_groups=[] if self._user else None,
        )  # fmt: skip

    @property
    def admin(self) -> str:
        """The URL of a user who may do everything."""
        return f"mysql://admin@127.0.0.1:{self.port}"

    def command(self) -> Sequence[str | Path]:
        """Return the daemon."""
        return [
            program("mariadbd", "mariadb-server"), "--no-defaults", f"--datadir={self._data}", f"--port={self.port}", "--bind-address=127.0.0.1",
            f"--socket={self.folder}/s", f"--pid-file={self.folder}/pid", f"--init-file={self.folder}/init.sql", "--skip-name-resolve",
            "--max-connections=400", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M", *self._options,
        ]  # fmt: skip

    def ready(self) -> bool:
        """Return whether it takes connections, and has read its users."""
        with suppress(pymysql.err.OperationalError), closing(connect(self.admin)):
            return True
        return False


@cache
def server() -> MariaDB:
    """Start the server that tests share and never kill, at its first use."""
    return MariaDB(durable=False).start()


@cache
def durable() -> MariaDB:
    """Start the server that the fault tests share, kill and restart, at its first use."""
    own(VARIABLE)
    return MariaDB().start()


def admin() -> str:
    """Return the URL of who may create databases: of the environment's server, or of ours."""
    return named(VARIABLE) or server().admin


def connect(url: str) -> Connection:
    """Connect to what a URL names, with autocommit."""
    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname or "127.0.0.1", port=parts.port or 3306, user=unquote(parts.username or ""), password=unquote(parts.password or ""),
        database=unquote(parts.path[1:]) or None, autocommit=True, charset="utf8mb4", ssl_disabled=True,
    )  # fmt: skip


def run(url: str, statement: str, *values: object) -> Sequence[Sequence[Any]]:
    """Run one statement, and return its rows."""
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


@contextmanager
def database(at: MariaDB | None = None) -> Iterator[str]:
    """Lend an empty database. Yields its URL, with a password; the user may do everything in it, and nothing elsewhere."""
    url = _create(at.admin if at else admin())
    try:
        yield url
    finally:
        _drop(url)


def database_of(place: Path) -> str:
    """Return the URL of the database of a test's folder: an empty one at the first call, the same at the next."""
    return _shelf.of(place)


def _create(admin_url: str) -> str:
    name = f"recollect_{os.urandom(6).hex()}"
    run(admin_url, f"CREATE DATABASE {name}")
    parts = urlsplit(admin_url)
    netloc = parts.netloc if named(VARIABLE) == admin_url else f"{USER}:{quote(SECRET, safe='')}@127.0.0.1:{parts.port}"
    return urlunsplit((parts.scheme, netloc, f"/{name}", parts.query, ""))


def _drop(url: str) -> None:
    run(url, f"DROP DATABASE IF EXISTS {urlsplit(url).path[1:]}")


def _empty(url: str) -> bool:
    """Make a database empty again. Returns whether nobody was connected to it."""
    name = urlsplit(url).path[1:]
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        if cursor.execute("SELECT 1 FROM information_schema.processlist WHERE db = %s AND id <> CONNECTION_ID()", [name]):
            return False
        cursor.execute(f"DROP DATABASE {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    return True


_shelf = Shelf(lambda: _create(admin()), _empty, _drop, owned=lambda: named(VARIABLE) is None)
