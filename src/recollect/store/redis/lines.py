"""Talking to servers: which connection, what was sent, what became of it.

redis-py's own ways of calling are not used: they repeat a command whose answer was lost, and a compare-and-set that has
happened would then be told as a false Conflict. Here a command is repeated only if it surely was not executed, or only reads.
"""

from collections.abc import Iterable, Sequence
from time import monotonic, sleep
from typing import Any

from msgspec import Struct
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
from redis import ConnectionPool

PAUSE = 0.02
"""Seconds between two attempts at what a cluster is just moving."""


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
        self._wait = wait

    def call(self, call: Call | Command, *, write: bool = False) -> Any:
        """Run a script or a command, and return its answer. ``write``: it may change something."""
        return self._attempt(call, write)

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

    def quick(self, commands: Sequence[Command]) -> list[Any] | None:
        """Run some commands that only read, on keys of one server, behind each other. Return None where that takes more than one attempt."""
        try:
            data = b"".join([one.by_digest() for one in commands])
            answers = self.connections.exchange(self.servers.pool(commands[0].key), data, len(commands))
        except (Broken, RedisError, RedisClusterException):
            return None
        return None if any(isinstance(answer, ResponseError) for answer in answers) else answers

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
            (answer,) = self.connections.exchange(self.servers.all()[number], data, 1)
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
                answers = self.connections.exchange(pool, whole, 1 + asking + (behind is not None))
            except Broken as failure:
                broken += 1
                demoted = isinstance(failure.error.__context__, ReadOnlyError)  # as redis-py tells it behind Sentinel
                executed = write and not demoted and (failure.sent or behind is not None)
                if broken > 1 or executed:
                    raise translate(failure.error, "unknown" if executed else "failed") from failure.error
                self.connections.forget()
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
