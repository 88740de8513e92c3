"""PgBouncer in front of a PostgreSQL server: it lends each transaction another of its connections."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg

from servers.postgresql import VARIABLE, PostgreSQL
from servers.process import Server
from servers.wanted import own, program


class Bouncer(Server):
    """``on(url)`` leads through it. It knows nothing of prepared statements, as PgBouncer before 1.21 does not."""

    def __init__(self, server: PostgreSQL) -> None:
        own(VARIABLE)
        self._program = program("pgbouncer", "pgbouncer")
        super().__init__(user="postgres" if os.geteuid() == 0 else None)
        user = urlsplit(server.admin)
        self._admin = server.admin
        (self.folder / "settings.ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={server.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {self.folder}/users\npool_mode = transaction\ndefault_pool_size = 3\nserver_round_robin = 1\n"
            "log_connections = 0\nlog_disconnections = 0\n"
        )
        (self.folder / "users").write_text(f'"{user.username}" ""\n"recollect" ""\n')

    def command(self) -> Sequence[str | Path]:
        """Return the program and its settings."""
        return [self._program, self.folder / "settings.ini"]

    def ready(self) -> bool:
        """Return whether it answers."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.on(self._admin)):
            return True
        return False

    def on(self, url: str) -> str:
        """Return a server's URL with this in the server's place."""
        parts = urlsplit(url)
        user = quote(unquote(parts.username or ""), safe="")
        return urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{self.port}"))
