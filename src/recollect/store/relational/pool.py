"""A pool of connections, without a thread of its own."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Semaphore
from typing import Generic, Protocol, TypeVar

from recollect.errors import Busy, Invalid, StoreError

C = TypeVar("C")

PAUSE = 0.1
"""Seconds between two attempts to connect to a server that takes no more connections, or is still starting."""

LONGEST = 86_400.0
"""Seconds that a wait can be at the most."""


def check_limits(pool: int, wait: float) -> None:
    """Raise Invalid if a pool of that size, or a wait of so many seconds, makes no sense."""
    if pool < 1:
        raise Invalid(f"a pool of {pool} connections cannot be used; give 1 or more")
    if not 0 <= wait <= LONGEST:
        raise Invalid(f"a wait of {wait} seconds cannot be kept; give 0 to {LONGEST:,.0f}")


class Connections(Protocol[C]):
    """Where connections come from."""

    def take(self) -> C:
        """Return a connection that is the caller's until it is given back or dropped."""
        ...

    def give(self, connection: C, /) -> None:
        """Take back a connection that is in order."""
        ...

    def drop(self, connection: C, /) -> None:
        """Take back a connection that is not."""
        ...

    def clear(self) -> None:
        """Close the idle connections."""
        ...

    def close(self) -> None:
        """Close all connections that are ours to close."""
        ...


@contextmanager
def first_of(connections: Connections[C]) -> Iterator[C]:
    """Lend the connection that prepares the database for a store. If that fails, it is dropped, and all are closed."""
    try:
        connection = connections.take()
        try:
            yield connection
        except BaseException:
            connections.drop(connection)
            raise
        connections.give(connection)
    except BaseException:
        connections.close()
        raise


class Pool(Generic[C]):
    """See Connections: at most ``size`` connections, made when they are needed, kept open for the next; the one that was used last is used first.

    Args:
        connect: makes a connection. It raises Busy where the server takes none at the moment: then it is called again, for a while.
        usable: tells, without asking the server, whether an idle connection can be used. The one that was idle for longest is closed, once
            it cannot, when another is given back.
        close: closes a connection; it raises nothing.
        size: how many connections are in use at once at the most.
        wait: the seconds for which a caller waits for a connection, before ``Busy`` is raised.

    """

    def __init__(self, connect: Callable[[], C], usable: Callable[[C], bool], close: Callable[[C], None], *, size: int, wait: float) -> None:
        self._connect = connect
        self._usable = usable
        self._close = close
        self._size = size
        self._wait = wait
        self._free = Semaphore(size)
        self._idle: deque[C] = deque()
        self._closed = False

    def take(self) -> C:
        """Return a connection that is the caller's until it is given back or dropped."""
        deadline = time.monotonic() + self._wait
        if not self._free.acquire(timeout=self._wait):
            text = f"all {self._size} connections were in use for {self._wait:g} seconds; try again, or allow more with pool=…"
            raise Busy(text)
        try:
            while self._idle:
                connection = self._pop()
                if connection is None:
                    break
                if self._usable(connection):
                    return connection
                self._close(connection)
            return self._open(deadline)
        except BaseException:
            self._free.release()
            raise

    def give(self, connection: C) -> None:
        """Take back a connection that is in order."""
        if self._closed:
            self._close(connection)
        else:
            self._idle.append(connection)
            if self._closed:
                self.clear()
            elif len(self._idle) > 1:
                self._look_at_the_oldest()
        self._free.release()

    def drop(self, connection: C) -> None:
        """Close a connection that is not in order, instead of giving it back."""
        try:
            self._close(connection)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close the idle connections, now, and the others as they are given back."""
        self._closed = True
        self.clear()

    def clear(self) -> None:
        """Close the idle connections."""
        while (connection := self._pop()) is not None:
            self._close(connection)

    def _look_at_the_oldest(self) -> None:
        try:
            oldest = self._idle.popleft()
        except IndexError:  # another thread was quicker
            return
        if self._usable(oldest):
            self._idle.appendleft(oldest)
            if self._closed:
                self.clear()
        else:
            self._close(oldest)

    def _pop(self) -> C | None:
        try:
            return self._idle.pop()
        except IndexError:  # another thread was quicker
            return None

    def _open(self, deadline: float) -> C:
        if self._closed:
            raise StoreError("the store is closed; open it again")
        while True:
            try:
                return self._connect()
            except Busy:
                if time.monotonic() + PAUSE > deadline:
                    raise
            time.sleep(PAUSE)
