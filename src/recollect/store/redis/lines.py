"""Talking to servers: which connection, what was sent, what became of it.

redis-py's own ways of calling are not used: they repeat a command whose answer was lost, and a compare-and-set that has
happened would then be told as a false Conflict. Here a command is repeated only if it surely was not executed, or only reads.
"""

from collections.abc import Iterable, Sequence
from time import monotonic, sleep
from typing import Any

from msgspec import Struct
from redis import ConnectionPool
from redis.exceptions import (
    AskError,
    ClusterDownError,
    MovedError,
    NoScriptError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TryAgainError,
)

from recollect.errors import StoreError
from recollect.store.redis.connections import Broken, Connections
from recollect.store.redis.errors import translate
from recollect.store.redis.scripts import Call, Command, command
from recollect.store.redis.servers import Servers

PAUSE = 0.02
"""Seconds between two attempts at what has just moved."""


class Wait(Struct, frozen=True):
    """What is waited for behind each write: the command, and the counts that its answer must reach."""

    command: bytes
    counts: tuple[int, ...]


class Line:
    """Calls scripts and commands. It may be used by many threads at once.

    Args:
        servers: where they go.
        connections: by which way.
        wait: the seconds for which a cluster that moves keys is waited for.

    ``behind`` is what each write waits for.

    """

    def __init__(self, servers: Servers, connections: Connections, wait: float) -> None:
        self.servers = servers
        self.connections = connections
        self.behind: Wait | None = None
        self.wait = wait

    def call(self, call: Call | Command, *, write: bool = False) -> Any:
        """Run a script or a command, and return its answer. ``write``: it may change something."""
        if write and self.behind is not None:
            return self._attempt(call, write)
        try:  # what nearly every call comes to
            (answer,) = self.connections.exchange(self.servers.pool(call.key), call.by_digest(), 1)
        except Broken as failure:
            return self._attempt(call, write, failure)
        except (RedisError, RedisClusterException) as error:  # from redis-py's list of nodes
            raise translate(error) from error
        return self._attempt(call, write, answer) if isinstance(answer, ResponseError) else answer

    def call_all(self, calls: Sequence[Call | Command]) -> list[Any]:
        """Run what only reads, in one round trip for each server, and return the answers."""
        answers: list[Any] = [None] * len(calls)
        try:
            for pool, numbers in self._by_pool(calls):
                data = b"".join([calls[number].by_digest() for number in numbers])
                for number, answer in zip(numbers, self.connections.exchange(pool, data, len(numbers)), strict=True):
                    answers[number] = answer
        except (Broken, RedisError, RedisClusterException):
            answers = [_UNASKED] * len(calls)
        return [
            self._attempt(call, write=False) if isinstance(answer, ResponseError) else answer for answer, call in zip(answers, calls, strict=True)
        ]

    def quick(self, key: bytes, data: bytes, count: int) -> list[Any] | None:
        """Run so many commands that only read, on keys of one server, behind each other. Return None where that takes more than one attempt."""
        try:
            answers = self.connections.exchange(self.servers.pool(key), data, count)
        except (Broken, RedisError, RedisClusterException):
            return None
        return None if any(isinstance(answer, ResponseError) for answer in answers) else answers

    def tell(self, master: ConnectionPool, data: bytes) -> Any:
        """Run a command on one of the masters, and return its answer.

        Raises:
            ResponseError: the server refuses the command.

        """
        try:
            (answer,) = self.connections.exchange(master, data, 1)
        except Broken as failure:
            raise translate(failure.error) from failure.error
        if isinstance(answer, ResponseError):
            raise answer
        return answer

    def _by_pool(self, calls: Sequence[Call | Command]) -> Iterable[tuple[ConnectionPool, list[int]]]:
        found: dict[int, tuple[ConnectionPool, list[int]]] = {}
        for number, call in enumerate(calls):
            pool = self.servers.pool(call.key)
            found.setdefault(id(pool), (pool, []))[1].append(number)
        return found.values()

    def _attempt(self, call: Call | Command, write: bool, first: Broken | ResponseError | None = None) -> Any:
        """Run a call to its end. ``first``: what became of a first attempt."""
        behind = self.behind if write else None
        way = _Way(self, call, write)
        if first is not None:
            way.go_on(first)
        while True:
            whole = b"".join((_ASKING if way.asking else b"", way.data, b"" if behind is None else behind.command))
            try:
                pool = way.target or self.servers.pool(call.key)
                answers = self.connections.exchange(pool, whole, 1 + way.asking + (behind is not None))
            except Broken as failure:
                way.go_on(failure)
                continue
            except (RedisError, RedisClusterException) as error:  # from redis-py's list of nodes
                raise translate(error) from error
            answer = answers[way.asking]
            if not isinstance(answer, ResponseError):
                if behind is not None:
                    _check(behind, answers[-1])
                return answer
            way.go_on(answer)


class _Way:
    """How the next attempt at a call is to be made: ``target`` has been named by a server, ``asking`` is how it wants to be asked."""

    def __init__(self, line: Line, call: Call | Command, write: bool) -> None:
        self._line = line
        self._call = call
        self._write = write
        self._deadline = monotonic() + line.wait
        self._broken = self._redirected = False
        self.data = call.by_digest()
        self.target: ConnectionPool | None = None
        self.asking = False

    def go_on(self, hindrance: Broken | ResponseError) -> None:
        """Take notice of what an attempt met with, or raise it: where there is no other way, or where the call may have been executed.

        Raises:
            StoreError: it is not to be attempted again.

        """
        if isinstance(hindrance, Broken):
            self._reconnect(hindrance)
        elif isinstance(hindrance, NoScriptError):
            self.data = self._call.by_text()
        else:
            self._redirect(hindrance)

    def _reconnect(self, failure: Broken) -> None:
        demoted = isinstance(failure.error.__context__, ReadOnlyError)  # as redis-py tells it behind Sentinel
        executed = self._write and not demoted and (failure.sent or self._line.behind is not None)
        if executed or (monotonic() > self._deadline if demoted else self._broken):
            raise translate(failure.error, "unknown" if executed else "failed") from failure.error
        if demoted:
            sleep(PAUSE)  # until the sentinels have told each other
        self._broken = not demoted
        self._line.connections.forget()
        self._find(None)
        self.asking = False

    def _redirect(self, answer: ResponseError) -> None:
        if monotonic() > self._deadline or not isinstance(answer, AskError | TryAgainError | ClusterDownError):
            raise translate(answer, "unknown" if self._write else "failed") from answer
        redirect = answer if isinstance(answer, AskError) else None  # MovedError is one, too
        if self._redirected or redirect is None:
            sleep(PAUSE)  # until the nodes have told each other: before that, two may name each other
        self._redirected = True
        self.asking = redirect is not None and not isinstance(answer, MovedError)
        self._find(redirect)

    def _find(self, error: AskError | None) -> None:
        try:
            self.target = self._line.servers.moved(error)
        except (RedisError, RedisClusterException) as failure:
            raise translate(failure) from failure


_ASKING = command(b"ASKING")
_UNASKED = ResponseError("not asked yet")


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
