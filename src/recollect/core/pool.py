"""Threads that belong to one memory."""

from collections.abc import Callable
from os import getpid
from threading import Lock
from typing import TYPE_CHECKING, TypeVar
from weakref import finalize

from recollect.core.crew import Crew

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


class Pool:
    """Threads that are made at the first call, and made anew behind a fork, which takes none along.

    Args:
        workers: how many, at most.
        name: what they are called.

    """

    def __init__(self, workers: int, name: str) -> None:
        self._workers = workers
        self._name = name
        self._lock = Lock()
        self._crew: Crew | None = None

    def submit(self, call: Callable[[], T]) -> "Future[T] | None":
        """Have a call made in a thread; None once the interpreter ends."""
        with self._lock:
            if self._crew is None or self._crew.process != getpid():
                self._crew = Crew(self._workers, self._name)
                finalize(self, self._crew.end).atexit = False  # a memory that nobody closed leaves no threads behind
            return self._crew.submit(call)

    def close(self, limit: float) -> None:
        """End the threads: calls under way are waited for, for some seconds at most, and those that wait for a thread are not made."""
        with self._lock:
            crew, self._crew = self._crew, None
        if crew is not None and crew.process == getpid():
            crew.close(limit)
