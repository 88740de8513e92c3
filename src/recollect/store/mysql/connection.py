"""Connections to MySQL and MariaDB: made, checked before their use, and left clean behind it."""

import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import pymysql
from msgspec import Struct
from pymysql.constants import CLIENT

from recollect.store.mysql.errors import translate
from recollect.store.relational.database import Row
from recollect.store.sockets import is_readable

Connection: TypeAlias = "pymysql.Connection[Any]"

IDLE = 300.0
"""Seconds after which an idle connection is closed instead of used: some networks forget one without telling."""

MODE = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION"
"""What does not fit is an error, never cut."""


class Answer(NamedTuple):
    """What a statement has returned: rows, and the number that LAST_INSERT_ID hands out; 0 without one."""

    rows: list[Row]
    number: int

    def fetchall(self) -> list[Row]:
        """See Answer, of work."""
        return self.rows


class Link(Struct, eq=False):
    """A connection in autocommit.

    ``together``: whether several statements may be sent at once. ``packet``: the bytes that may be sent at once. ``talking``: what was
    sent has not been answered in full. ``used``: when the server has last answered (``time.monotonic``).
    """

    connection: Connection
    together: bool
    packet: int = 0
    talking: bool = False
    used: float = 0.0

    def run(self, text: str, count: int = 1) -> list[Answer]:
        """Send so many statements at once, and return the answer to each."""
        answers: list[Answer] = []
        self.talking = True
        try:
            self.connection.query(text)
            while True:
                result: Any = self.connection._result  # type: ignore[attr-defined]  # noqa: SLF001  # a cursor would cost more than it shows
                answers.append(Answer(list(result.rows or ()), result.insert_id or 0))
                if len(answers) == count:
                    break
                self.connection.next_result()
        except pymysql.MySQLError:
            self.talking = False  # the server's last word, or the end of the connection
            raise
        self.talking = False
        self.used = time.monotonic()
        return answers

    def rows(self, text: str) -> list[Row]:
        """Run one statement, and return its rows."""
        return self.run(text)[0].rows


def connect(make: Callable[[], Connection], wait: float) -> Link:
    """Open a connection, and set its session up.

    Raises:
        Busy: the server takes no connections at the moment.
        StoreError: no connection can be made.

    """
    try:
        connection = make()
    except pymysql.MySQLError as error:
        raise translate(error) from error
    try:
        link = Link(connection, bool(connection.client_flag & CLIENT.MULTI_STATEMENTS))
        version: str = connection.get_server_info()  # type: ignore[no-untyped-call]
        for text in _setup(version, wait):
            link.run(text)
        ((link.packet,),) = link.rows("SELECT @@max_allowed_packet")
    except pymysql.MySQLError as error:
        close(Link(connection, together=False))
        raise translate(error) from error
    except BaseException:
        close(Link(connection, together=False))
        raise
    return link


def seconds(wait: float) -> int:
    """Return a wait as the server counts it: in whole seconds, from one to a year."""
    return max(1, min(math.ceil(wait), 365 * 86_400))


def _setup(version: str, wait: float) -> list[str]:
    settings = {
        "autocommit": "1",
        "sql_mode": f"'{MODE}'",
        "sql_safe_updates": "0",
        "sql_select_limit": "DEFAULT",
        "innodb_lock_wait_timeout": str(seconds(wait)),
    }
    if "mariadb" in version.lower():
        settings["in_predicate_conversion_threshold"] = "0"  # else it makes a table of many ids, and reads the whole session to join it
    text = ", ".join([f"{name} = {value}" for name, value in settings.items()])
    return [f"SET SESSION {text}", "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"]


def usable(link: Link) -> bool:
    """Tell, without asking the server, whether an idle connection is still there: one that was closed has something to be read."""
    socket = link.connection._sock  # type: ignore[attr-defined]  # noqa: SLF001  # the driver shows it in no other way
    return socket is not None and time.monotonic() - link.used < IDLE and not is_readable(socket)


def clean(link: Link) -> bool:
    """Roll back what is under way. Returns whether the connection is in order afterwards."""
    if link.talking or not link.connection.open:
        return False
    try:
        link.run("ROLLBACK")
    except pymysql.MySQLError:
        return False
    return True


def close(link: Link) -> None:
    """Close a connection, whatever its state."""
    if link.connection.open:
        link.connection.close()


def pack(link: Link, texts: list[str]) -> list[list[str]]:
    """Return the statements in the groups in which they are sent."""
    groups: list[list[str]] = []
    room = 0
    for text in texts:
        if not groups or not link.together or len(text) + 1 > room:
            groups.append([])
            room = link.packet - 1  # the command's own byte
        groups[-1].append(text)
        room -= len(text) + 1
    return groups
