"""Code that is not ours, and may fail or be slow: called within a time limit, and left alone for a while when it fails."""

import re
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Literal, TypeVar

from msgspec import Struct

from recollect.core.pool import Pool

T = TypeVar("T")

LIMIT = 1.0
"""Seconds that what a query waits for may take; recall goes by words alone then."""
PAUSE = 10.0
"""Seconds for which what failed is left alone."""
THREADS = 8
"""Calls that are made at once."""

_SECRET = re.compile(r"(?<=://)[^/@\s]+(?=@)|(?<=[?&])[^\s&]+(?=&|\s|$)|\b(?=[\w-]*\d)[\w-]{20,}")
"""Who asks, in an address; what is asked, behind one; and long words with digits, as keys are."""

State = Literal["ready", "none", "failing", "off"]


class EmbedderStatus(Struct, frozen=True):
    """What recall goes by beside words: an embedder, or a vector store with an embedder of its own.

    Args:
        state: ``ready``; ``none`` where there is no model; ``failing`` where it failed or was too slow lately, so that
            recall goes by words alone; ``off`` where ``embedder=None`` was given.
        name: the name that vectors are kept under, where there is an embedder; that of the vector store, where there is one.
        reason: what to do where there is none, or how it failed last.
        failures: how often it failed or was too slow.
        waiting: messages, of the users in memory, that have no vector yet.

    """

    state: State
    name: str | None = None
    reason: str = ""
    failures: int = 0
    waiting: int = 0

    def __str__(self) -> str:
        """Return it in a line, for a person."""
        if self.state == "ready":
            return f"words and {self.name}"
        return f"words alone: {self.reason}" if self.name is None else f"words alone, {self.name} is failing: {self.reason}"


class Guarded:
    """Makes calls in threads of its own. What they cannot give is None: it never raises what they raise.

    Args:
        kind: what is called, for the log.
        limit: seconds that a call may take which a query waits for.

    """

    def __init__(self, kind: str, limit: float) -> None:
        self._kind = kind
        self._limit = limit
        self._lock = Lock()
        self._asking = Pool(THREADS, "recollect-embedder")
        self._background = Pool(1, "recollect-embedding")
        self._closed = False
        self._failures = 0
        self._failed = ""
        self._rests_until = 0.0

    @property
    def name(self) -> str | None:
        """The name of what is called, if there is one."""
        return self._kind

    @property
    def rests(self) -> bool:
        """Whether it failed a moment ago, and is left alone."""
        return monotonic() < self._rests_until

    def status(self, waiting: int = 0) -> EmbedderStatus:
        """Return how it stands."""
        return EmbedderStatus("failing" if self._failed else "ready", self.name, self._failed, self._failures, waiting)

    def within(self, limit: float, call: Callable[[], T]) -> T | None:
        """Return a call's result, made in a thread; None if it fails, or takes longer."""
        from concurrent.futures import CancelledError

        future = None if self._closed else self._asking.submit(call)
        if future is None:
            return None
        try:
            error = future.exception(timeout=limit)
        except TimeoutError:
            self.note(f"no answer within {limit:g} s")
            return None
        except CancelledError:  # the memory was closed
            return None
        if error is not None:
            self.note(told(error))
            return None
        self._failed = ""
        return future.result()

    def note(self, reason: str) -> None:
        """Take note that it failed, and leave it alone for a while."""
        with self._lock:
            first, self._failed = not self._failed, reason
            self._failures += 1
            self._rests_until = monotonic() + PAUSE
        if first:
            import logging

            logging.getLogger("recollect").warning("The %s %s fails (%s): recall goes by words alone meanwhile.", self._kind, self.name, reason)

    def run(self, work: Callable[[], None]) -> None:
        """Have something done in the background, one thing behind the other."""
        if not self._closed:
            self._background.submit(work)

    def close(self) -> None:
        """End the threads. A call under way is waited for as long as a query's may take."""
        self._closed = True
        self._asking.close(self._limit)
        self._background.close(self._limit)


def told(error: BaseException) -> str:
    """Return an error of foreign code in a line, without what may be a password, a key or a token."""
    return _SECRET.sub("…", f"{type(error).__name__}: {error}".splitlines()[0][:300])
