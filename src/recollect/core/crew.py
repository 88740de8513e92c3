"""Threads that make calls, and that no end of the interpreter waits for: a call may hang for ever."""

import atexit
from collections import deque
from collections.abc import Callable
from functools import cache
from os import getpid
from threading import Condition, Thread, current_thread
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")

LAST = 2.0
"""Seconds for which the calls that are under way are waited for when the interpreter ends. The threads of the library's executors it would join."""


class Crew:
    """Threads of one process, made as they are needed.

    Args:
        workers: how many, at most.
        name: what they are called.

    """

    def __init__(self, workers: int, name: str) -> None:
        self.process = getpid()
        self._workers = workers
        self._name = name
        self._news = Condition()
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._under_way: set[Future[Any]] = set()
        self._threads: list[Thread] = []
        self._idle = 0
        self._ended = False
        _crews().add(self)

    def submit(self, call: Callable[[], T]) -> "Future[T] | None":
        """Have a call made in a thread; None once the threads are ended."""
        from concurrent.futures import Future

        future: Future[T] = Future()
        with self._news:
            if self._ended:
                return None
            self._waiting.append((future, call))
            if len(self._waiting) > self._idle and len(self._threads) < self._workers:
                thread = Thread(target=self._work, name=f"{self._name}_{len(self._threads)}", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # the interpreter ends
                    self._waiting.pop()
                    return None
                self._threads.append(thread)
            self._news.notify()
        return future

    def end(self) -> set["Future[Any]"]:
        """Begin no call any more, and return those that are under way."""
        with self._news:
            self._ended = True
            waiting, self._waiting = self._waiting, deque()
            under_way = set(self._under_way)
            self._news.notify_all()
        for future, _ in waiting:
            future.cancel()
        return under_way

    def close(self, limit: float) -> None:
        """End the threads. Calls under way are waited for, for so many seconds at most."""
        from concurrent.futures import wait

        under_way = self.end()
        _crews().discard(self)
        if current_thread() not in self._threads and not wait(under_way, timeout=limit).not_done:
            for thread in self._threads:
                thread.join()

    def _work(self) -> None:
        while (task := self._next()) is not None:
            future, call = task
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:  # noqa: BLE001  # whoever asks the future is told
                    future.set_exception(error)
            with self._news:
                self._under_way.discard(future)
            del task, future, call  # what a call held is let go of before the next one

    def _next(self) -> tuple["Future[Any]", Callable[[], Any]] | None:
        with self._news:
            self._idle += 1
            self._news.wait_for(lambda: self._waiting or self._ended)
            self._idle -= 1
            if self._ended:
                return None
            task = self._waiting.popleft()
            self._under_way.add(task[0])
            return task


@cache
def _crews() -> WeakSet[Crew]:
    """Return the crews there are, which end with the interpreter."""
    crews: WeakSet[Crew] = WeakSet()
    atexit.register(_end, crews)
    return crews


def _end(crews: WeakSet[Crew]) -> None:
    """End the crews of this process. What is under way, such as saving vectors, has a moment left."""
    from concurrent.futures import wait

    wait({future for crew in list(crews) if crew.process == getpid() for future in crew.end()}, timeout=LAST)
