"""Opening SQLite databases as a ledger needs them: durable, patient, and with the present schema."""

import os
import random
import time
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files

import apsw

from recollect.errors import Damaged, Invalid, NewerFormat
from recollect.store.sqlite.errors import translate


def connect(path: str, *, wait: float, vfs: str | None = None, exclusive: bool = False) -> apsw.Connection:
    """Open a database file. ``wait``: the seconds for which a busy database is waited for."""
    deadline = time.monotonic() + wait
    while True:
        try:
            return _connect(path, wait, vfs, exclusive)
        except apsw.BusyError as error:  # changing to WAL does not call the busy handler
            if time.monotonic() > deadline:
                raise translate(error) from error
            time.sleep(random.uniform(0.001, 0.01))
        except apsw.Error as error:
            raise translate(error) from error


def make_private(path: str) -> None:
    """Make a new database file that its owner alone can read, whatever the process's mask: SQLite gives its log the same rights."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError:
        return  # it is there already, or SQLite will tell why it cannot be made


def _connect(path: str, wait: float, vfs: str | None, exclusive: bool) -> apsw.Connection:
    connection = apsw.Connection(path, vfs=vfs)
    try:
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)  # or SQLite plans a statement with LIMIT ? anew at each run
        connection.set_busy_handler(_patience(wait))
        if exclusive:
            connection.pragma("locking_mode", "exclusive")
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "full")
        connection.pragma("secure_delete", 1)
    except apsw.Error:
        connection.close()
        raise
    return connection


def _patience(wait: float) -> Callable[[int], bool]:
    """Return a busy handler: short random sleeps, so that no process keeps losing the race, until ``wait`` is over."""
    deadline = 0.0

    def again(calls: int) -> bool:
        nonlocal deadline
        now = time.monotonic()
        if calls == 0:
            deadline = now + wait
        if now >= deadline:
            return False
        time.sleep(random.uniform(0.0001, min(0.0005 * 2 ** min(calls, 5), 0.01)))
        return True

    return again


def empty_log(connection: apsw.Connection, wait: float) -> bool:
    """Move the log into the database and truncate it; where somebody is reading it, leave that to the next time, without waiting.

    Returns:
        Whether the log is empty.

    """
    connection.set_busy_handler(None)
    try:
        return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0]
    finally:
        connection.set_busy_handler(_patience(wait))


def migrate(connection: apsw.Connection) -> None:
    """Bring the schema up to date: numbered steps, each applied once, in one transaction that other processes wait for."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            _migrate(connection)
            # Each opening writes, and so syncs the log: a process that was killed may have left a commit there that is not on the disk
            # yet. Once it is seen, a retry of it is acknowledged without a write of its own.
            touch(connection)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    except apsw.Error as error:
        raise translate(error) from error


def touch(connection: apsw.Connection) -> None:
    """Write something, and take it back, within a transaction that the caller holds."""
    connection.execute("INSERT INTO recollect_migration VALUES (0, '')")
    connection.execute("DELETE FROM recollect_migration WHERE number = 0")


def _migrate(connection: apsw.Connection) -> None:
    if connection.pragma("encoding") != "UTF-8":
        raise Invalid("the database keeps its text in UTF-16, in which keys have another order; give a database in UTF-8")
    connection.execute("CREATE TABLE IF NOT EXISTS recollect_migration (number INTEGER PRIMARY KEY, checksum TEXT NOT NULL) STRICT")
    applied = dict(connection.execute("SELECT number, checksum FROM recollect_migration"))
    steps = migrations()
    newest = max(applied, default=0)
    if newest > len(steps):
        text = f"the database has schema {newest}, and this Recollect knows {len(steps)}; upgrade it with: pip install -U recollect"
        raise NewerFormat(text)
    for number, sql in enumerate(steps, 1):
        checksum = sha256(sql.encode()).hexdigest()
        if number not in applied:
            connection.execute(sql)
            connection.execute("INSERT INTO recollect_migration VALUES (?, ?)", (number, checksum))
        elif applied[number] != checksum:
            text = f"schema step {number} of the database is not the one that this Recollect ships; was it changed by hand?"
            raise Damaged(text)


def migrations() -> list[str]:
    """Return the SQL of each step of the schema, in order."""
    folder = files("recollect.store.sqlite")
    return [step.read_text("utf-8") for step in sorted(folder.iterdir(), key=lambda step: step.name) if step.name.endswith(".sql")]
