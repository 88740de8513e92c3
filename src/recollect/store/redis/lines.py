"""Talking to servers: which connection, what was sent, what became of it.

redis-py's own ways of calling are not used: they repeat a command whose answer was lost, and a compare-and-set that has
happened would then be told as a false Conflict. Here a command is repeated only if it surely was not executed, or only reads.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore
from time import monotonic, sleep
from typing import Any, Protocol

from msgspec import Struct
from redis import ConnectionPool, Redis
from redis.cluster import RedisCluster
from redis.exceptions import AskError, ClusterDownError, MovedError, NoScriptError, RedisClusterException, RedisError, ResponseError, TryAgainError

from recollect.errors import Busy, StoreError
from recollect.store.redis.errors import translate
from recollect.store.redis.scripts import Call, Command, command

PAUSE = 0.02
"""Seconds between two attempts at what a cluster is just moving."""


class Broken(Exception):
    """A connection failed. ``sent``: the server may have got the whole command."""

    def __init__(self, error: Exception, sent: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.sent = sent


class Wait(Struct, frozen=True):
    """What is waited for behind each write: the command, and the counts that its answer must reach."""

    command: bytes
    counts: tuple[int, ...]


class Servers(Protocol):
    """Where the servers are."""

    def pool(self, key: bytes) -> ConnectionPool:
        """Return the pool of the server that has a key."""
        ...

    def moved(self, error: AskError | None) -> ConnectionPool | None:
        """Learn where keys have gone. Return the pool of the server that an error names; None where it names none."""
        ...

    def all(self) -> list[ConnectionPool]:
        """Return the pools of all masters."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


class OneServer:
    """One server: of a URL, or the one that Sentinel calls the master."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._pool: ConnectionPool = client.connection_pool

    def pool(self, _: bytes) -> ConnectionPool:
        """See Servers.pool."""
        return self._pool

    def moved(self, _: AskError | None) -> ConnectionPool | None:
        """See Servers.moved."""
        return None

    def all(self) -> list[ConnectionPool]:
        """See Servers.all."""
        return [self._pool]

    def close(self) -> None:
        """See Servers.close."""
        self._client.close()
        self._pool.disconnect()


class Cluster:
    """The masters of a cluster, by hash slot."""

    def __init__(self, client: RedisCluster) -> None:
        self._client: Any = client  # whose methods carry no types

    def pool(self, key: bytes) -> ConnectionPool:
        """See Servers.pool."""
        return self._pool_of(self._client.get_node_from_key(key))

    def moved(self, error: AskError | None) -> ConnectionPool | None:
        """See Servers.moved."""
        if error is None or isinstance(error, MovedError):
            self._client.nodes_manager.initialize()
        if error is None:
            return None
        node = self._client.get_node(host=error.host, port=error.port)
        return None if node is None else self._pool_of(node)

    def all(self) -> list[ConnectionPool]:
        """See Servers.all."""
        return [self._pool_of(node) for node in self._client.get_primaries()]

    def close(self) -> None:
        """See Servers.close."""
        self._client.close()
        for node in self._client.get_nodes():
            if node.redis_connection is not None:
                node.redis_connection.connection_pool.disconnect()

    def _pool_of(self, node: Any) -> ConnectionPool:
        pool: ConnectionPool = self._client.get_redis_connection(node).connection_pool
        return pool


class Line:
    """Calls scripts and commands. It may be used by many threads at once.

    Args:
        servers: where they go.
        connections: how many calls may be under way at once.
        wait: the seconds for which a free connection is waited for, and moving keys.

    ``behind`` is what each write waits for.

    """

    def __init__(self, servers: Servers, connections: int, wait: float) -> None:
        self.servers = servers
        self.behind: Wait | None = None
        self._free = BoundedSemaphore(connections)
        self._wait = wait

    def call(self, call: Call | Command, *, write: bool = False) -> Any:
        """Run a script or a command, and return its answer. ``write``: it may change something."""
        with self._connection():
            return self._attempt(call, write)

    def call_all(self, calls: Sequence[Call | Command]) -> list[Any]:
        """Run what only reads, in one round trip for each server, and return the answers."""
        with self._connection():
            answers: list[Any] = [None] * len(calls)
            try:
                for pool, numbers in self._by_pool(calls):
                    data = b"".join([calls[number].by_digest() for number in numbers])
                    for number, answer in zip(numbers, _exchange(pool, data, len(numbers)), strict=True):
                        answers[number] = answer
            except (Broken, RedisError, RedisClusterException):
                answers = [_UNASKED] * len(calls)
            return [
                self._attempt(call, write=False) if isinstance(answer, ResponseError) else answer for answer, call in zip(answers, calls, strict=True)
            ]

    @property
    def masters(self) -> int:
        """How many servers there are that can be written."""
        return len(self.servers.all())

    def tell(self, number: int, data: bytes) -> Any:
        """Run a command on one of the masters, and return its answer.

        Raises:
            ResponseError: the server refuses the command.

        """
        try:
            (answer,) = _exchange(self.servers.all()[number], data, 1)
        except Broken as failure:
            raise translate(failure.error) from failure.error
        if isinstance(answer, ResponseError):
            raise answer
        return answer

    @contextmanager
    def _connection(self) -> Iterator[None]:
        if not self._free.acquire(timeout=self._wait):
            raise Busy("all connections are in use, and none became free within the bounded wait; try again, or open the store with more connections")
        try:
            yield
        finally:
            self._free.release()

    def _by_pool(self, calls: Sequence[Call | Command]) -> Iterable[tuple[ConnectionPool, list[int]]]:
        found: dict[int, tuple[ConnectionPool, list[int]]] = {}
        for number, call in enumerate(calls):
            pool = self.servers.pool(call.key)
            found.setdefault(id(pool), (pool, []))[1].append(number)
        return found.values()

    def _attempt(self, call: Call | Command, write: bool) -> Any:
        data = call.by_digest()
        deadline = monotonic() + self._wait
        target: ConnectionPool | None = None
        asking, broken = False, 0
        behind = self.behind if write else None
        while True:
            try:
                pool = target or self.servers.pool(call.key)
                whole = b"".join((_ASKING if asking else b"", data, b"" if behind is None else behind.command))
                answers = _exchange(pool, whole, 1 + asking + (behind is not None))
            except Broken as failure:
                broken += 1
                executed = write and (failure.sent or behind is not None)
                if broken > 1 or executed:
                    raise translate(failure.error, "unknown" if executed else "failed") from failure.error
                target, asking = self._moved(None), False
                continue
            except (RedisError, RedisClusterException) as error:  # from redis-py's list of nodes
                raise translate(error) from error
            answer = answers[asking]
            if not isinstance(answer, ResponseError):
                if behind is not None:
                    _check(behind, answers[-1])
                return answer
            if isinstance(answer, NoScriptError):
                data = call.by_text()
                continue
            if monotonic() > deadline or not isinstance(answer, AskError | TryAgainError | ClusterDownError):
                raise translate(answer, "unknown" if write else "failed") from answer
            if not isinstance(answer, MovedError):
                sleep(PAUSE)
            asking = isinstance(answer, AskError) and not isinstance(answer, MovedError)
            target = self._moved(answer if isinstance(answer, AskError) else None)

    def _moved(self, error: AskError | None) -> ConnectionPool | None:
        try:
            return self.servers.moved(error)
        except (RedisError, RedisClusterException) as failure:
            raise translate(failure) from failure


_ASKING = command(b"ASKING")
_UNASKED = ResponseError("not asked yet")


def _exchange(pool: ConnectionPool, data: bytes, count: int) -> list[Any]:
    """Send commands and return their answers, errors among them. However it ends, no answer is left in the connection."""
    sent = done = False
    try:
        connection: Any = pool.get_connection()
    except (RedisError, OSError) as error:
        raise Broken(error, sent=False) from error
    try:
        connection.send_packed_command([data])
        sent = True
        answers = [_read(connection) for _ in range(count)]
        done = True
    except (RedisError, OSError) as error:
        raise Broken(error, sent) from error
    finally:
        if not done:
            connection.disconnect()
        pool.release(connection)
    return answers


def _read(connection: Any) -> Any:
    try:
        return connection.read_response(disable_decoding=True, disconnect_on_error=True)
    except ResponseError as error:
        return error


def _check(behind: Wait, answer: Any) -> None:
    """Raise StoreError if too few have what was written."""
    if isinstance(answer, ResponseError):
        raise translate(answer, "unknown") from answer
    reached = tuple(answer) if isinstance(answer, list) else (answer,)
    if any(count < needed for count, needed in zip(reached, behind.counts, strict=True)):
        raise StoreError(
            f"the write was done, but within the bounded wait only {reached} of {behind.counts} have confirmed it "
            f"({'own log, logs of replicas' if len(reached) > 1 else 'replicas'}); it may be lost if the server fails",
            "unknown",
        )
