"""Threads that belong to one memory."""

from collections.abc import Callable
from os import getpid
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

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
        self._executor: ThreadPoolExecutor | None = None
        self._under_way: set[Future[Any]] = set()
        self._process = 0

    def submit(self, call: Callable[[], T]) -> "Future[T] | None":
        """Have a call made in a thread; None once the interpreter ends."""
        with self._lock:
            if self._executor is None or self._process != getpid():
                from concurrent.futures import ThreadPoolExecutor

                self._executor, self._process, self._under_way = ThreadPoolExecutor(self._workers, self._name), getpid(), set()
            try:
                future = self._executor.submit(call)
            except RuntimeError:
                return None
            self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future

    def close(self, limit: float) -> None:
        """End the threads: calls under way are waited for, for some seconds at most, and those that wait for a thread are not made."""
        with self._lock:
            executor, self._executor = self._executor, None
            under_way = list(self._under_way)
        if executor is not None and self._process == getpid():
            from concurrent.futures import wait

            executor.shutdown(wait=False, cancel_futures=True)
            executor.shutdown(wait=not wait(under_way, timeout=limit).not_done)
