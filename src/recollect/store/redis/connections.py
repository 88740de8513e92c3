"""Connections: one for each call that is under way, and no answer of one call for another."""

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from redis import ConnectionPool
from redis.exceptions import RedisError, ResponseError

from recollect.errors import Busy
from recollect.store.sockets import watch


class Broken(Exception):
    """A connection failed. ``sent``: the server may have got the whole command."""

    def __init__(self, error: Exception, sent: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.sent = sent


class _Idle(NamedTuple):
    """A connection that waits for the next call, and what tells whether anything has come from its server, be it the end."""

    connection: Any
    heard: Callable[[], Sequence[Any]]


class Connections:
    """The connections in use, of which there is an upper bound, and the idle ones.

    Args:
        most: how many may be in use at once.
        wait: the seconds for which a free one is waited for.
        keep: keep idle ones, instead of giving them back to their pool after each call; for pools that nobody else uses.

    """

    def __init__(self, most: int, wait: float, *, keep: bool) -> None:
        self._wait = wait
        self._keep = keep
        self._closed = False
        self._permits: SimpleQueue[None] = SimpleQueue()
        self._idle: dict[ConnectionPool, list[_Idle]] = {}
        for _ in range(most):
            self._permits.put(None)

    def exchange(self, pool: ConnectionPool, data: bytes, count: int) -> list[Any]:
        """Send commands and return their answers, errors among them. However it ends, no answer is left in the connection.

        Raises:
            Broken: the connection could not be made, or failed.
            Busy: all are in use, and none became free.

        """
        try:
            self._permits.get(timeout=self._wait)
        except Empty as error:
            advice = "try again, or open the store with more connections"
            raise Busy(f"all connections are in use, and none became free within {self._wait:g} s; {advice}") from error
        try:
            return self._exchange(pool, data, count)
        finally:
            self._permits.put(None)

    def forget(self) -> None:
        """Let go of the idle connections."""
        for pool, idle in list(self._idle.items()):
            while idle:
                _drop(pool, idle.pop().connection)

    def close(self) -> None:
        """Let go of the idle connections, and keep none from now on."""
        self._closed = True
        self.forget()

    def _exchange(self, pool: ConnectionPool, data: bytes, count: int) -> list[Any]:
        sent = done = False
        try:
            held = self._take(pool)
        except (RedisError, OSError) as error:
            raise Broken(error, sent=False) from error
        connection = held.connection
        try:
            connection.send_packed_command([data])
            sent = True
            answers = [_read(connection) for _ in range(count)]
            done = True
        except (RedisError, OSError, ValueError, AttributeError) as error:  # the latter: another thread has closed it, as redis-py's clusters may
            raise Broken(error, sent) from error
        finally:
            if done and not self._keep:
                pool.release(connection)
            elif done and not self._closed:
                self._idle.setdefault(pool, []).append(held)
                if self._closed:  # in between
                    self.forget()
            else:
                _drop(pool, connection)
        return answers

    def _take(self, pool: ConnectionPool) -> _Idle:
        """Return a connection that is there, and has nothing to say."""
        idle = self._idle.get(pool)
        while idle:
            try:
                held = idle.pop()
            except IndexError:  # another thread was quicker
                break
            if not held.heard():
                return held
            _drop(pool, held.connection)
        connection: Any = pool.get_connection()
        if not self._keep:
            return _Idle(connection, tuple)
        return _Idle(connection, watch(connection._sock))  # noqa: SLF001  # its own question takes five times as long


def _drop(pool: ConnectionPool, connection: Any) -> None:
    connection.disconnect()
    pool.release(connection)


def _read(connection: Any) -> Any:
    try:
        return connection.read_response(disable_decoding=True, disconnect_on_error=True)
    except ResponseError as error:
        return error
