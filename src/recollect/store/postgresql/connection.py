"""Connections to PostgreSQL: made, checked before their use, and left clean behind it."""

from typing import Any

import psycopg
from msgspec import Struct
from psycopg.pq import ConnStatus, PipelineStatus, TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper

from recollect.errors import Busy, StoreError
from recollect.store.postgresql.errors import translate
from recollect.store.postgresql.patience import Patient
from recollect.store.sockets import is_readable

Connection = psycopg.Connection[Any]

_FULL = ("too many clients", "too many connections", "remaining connection slots", "no more connections allowed")
_STARTING = ("starting up", "shutting down", "in recovery mode", "not yet accepting connections")


class Link(Struct, eq=False):
    """A connection in autocommit. ``bounded``: the server bounds its waits for locks by itself, since it was told so at its making."""

    connection: Connection
    bounded: bool

    def cursor(self) -> psycopg.Cursor[tuple[Any, ...]]:
        """Return a cursor whose rows are tuples, sent in binary."""
        return self.connection.cursor(binary=True, row_factory=psycopg.rows.tuple_row)


def connect(conninfo: str, *, wait: float, patience: float, prepare: bool | None) -> Link:
    """Open a connection. ``wait``, ``patience``: the seconds for which a lock, or anything of an answer, is waited for.

    A proxy that lends each transaction another of its connections (PgBouncer) tells of another server process than the one that
    answers. Behind one, the session is left as it is, and statements are prepared only where ``prepare`` says so.

    Raises:
        Busy: the server takes no connections at the moment.
        StoreError: no connection can be made.

    """
    try:
        connection = Patient.connect(conninfo, autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        raise _refusal(error) from error
    try:
        connection.patience = patience
        connection.adapters.register_dumper(int, Int8BinaryDumper)  # one type for all numbers, or statements are prepared many times over
        (process,) = connection.execute("SELECT pg_backend_pid()").fetchone() or (None,)
        direct = process == connection.info.backend_pid
        if direct:
            connection.execute("SELECT set_config('lock_timeout', %s, false)", [milliseconds(wait)])
        if direct if prepare is None else prepare:
            connection.prepare_threshold = 2
    except psycopg.Error as error:
        connection.close()
        raise translate(error) from error
    except BaseException:
        connection.close()
        raise
    return Link(connection, direct)


def milliseconds(seconds: float) -> str:
    """Return a time-out as PostgreSQL takes it, where 0 would be none at all."""
    return f"{max(1, round(seconds * 1000))}ms"


def _refusal(error: psycopg.Error) -> StoreError:
    said = " ".join(str(error).split())
    if any(text in said for text in _FULL):  # libpq gives no SQLSTATE for what happens while it connects
        return Busy(f"the server has no more connections; try again, use a smaller pool=…, or raise max_connections (PostgreSQL says: {said})")
    if any(text in said for text in _STARTING):
        return Busy(f"the server is starting up or shutting down; try again (PostgreSQL says: {said})")
    return StoreError(f"no connection could be made; check that the server runs, its address, the user and the password (PostgreSQL says: {said})")


def usable(link: Link) -> bool:
    """Tell, without asking the server, whether an idle connection is still there: one that was closed has something to be read."""
    pgconn = link.connection.pgconn
    return pgconn.status == ConnStatus.OK and pgconn.transaction_status == TransactionStatus.IDLE and not is_readable(pgconn.socket)


def clean(link: Link) -> bool:
    """Roll back what is under way. Returns whether the connection is in order afterwards."""
    pgconn = link.connection.pgconn
    if pgconn.status != ConnStatus.OK or pgconn.pipeline_status != PipelineStatus.OFF:
        return False
    if pgconn.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
        try:
            link.connection.rollback()
        except psycopg.Error:
            return False
    return pgconn.transaction_status == TransactionStatus.IDLE


def close(link: Link) -> None:
    """Close a connection, whatever its state."""
    link.connection.close()
