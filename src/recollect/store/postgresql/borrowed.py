"""Connections from a pool that is somebody else's."""

from typing import Any, Protocol

import psycopg

from recollect.errors import Busy, StoreError
from recollect.store.postgresql.connection import Connection, Link, usable


class ConnectionPool(Protocol):
    """What is asked of a ``psycopg_pool.ConnectionPool``, or of another that does the same."""

    def getconn(self, timeout: float | None = None) -> Any:
        """Return a connection, within so many seconds."""
        ...

    def putconn(self, conn: Any) -> None:
        """Take a connection back; a closed one is replaced."""
        ...


class Borrowed:
    """See Connections. A connection is lent in autocommit, and goes back as it came. The pool is not closed."""

    def __init__(self, pool: ConnectionPool, wait: float) -> None:
        self._pool = pool
        self._wait = wait
        self._autocommit: dict[int, bool] = {}

    def take(self) -> Link:
        """Return a connection of the pool."""
        for _ in range(2 + 2 * getattr(self._pool, "max_size", 0)):  # a pool tells of a dead connection only when it is given back
            connection = self._get()
            link = Link(connection, bounded=False)
            if usable(link):
                self._autocommit[id(connection)] = connection.autocommit
                connection.autocommit = True
                return link
            self.drop(link)
        raise StoreError("the pool gives connections that are closed, or in a transaction; check how it is configured")

    def give(self, connection: Link, /) -> None:
        """Give a connection back to the pool, as it was."""
        before = self._autocommit.pop(id(connection.connection), True)
        if not before and not connection.connection.closed:
            connection.connection.autocommit = False
        self._pool.putconn(connection.connection)

    def drop(self, connection: Link, /) -> None:
        """Close a connection, and give it back to the pool, which replaces it."""
        self._autocommit.pop(id(connection.connection), None)
        connection.connection.close()
        self._pool.putconn(connection.connection)

    def clear(self) -> None:
        """Leave the pool's idle connections to the pool: each is looked at before its use."""

    def close(self) -> None:
        """Leave the pool open."""

    def _get(self) -> Connection:
        try:
            connection: Connection = self._pool.getconn(timeout=self._wait)
        except psycopg.OperationalError as error:
            if "Timeout" not in type(error).__name__:  # psycopg_pool may be absent: PoolTimeout, PoolClosed, TooManyRequests
                raise StoreError(f"the pool gives no connections ({error}); is it open?") from error
            text = f"the pool had no connection for {self._wait:g} seconds: all were in use, or the server cannot be reached; try again"
            raise Busy(text) from error
        return connection
