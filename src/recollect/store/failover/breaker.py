"""A circuit breaker: whether the primary is asked at all."""

import time
from threading import Lock


class Breaker:
    """Closed, the primary is used. Open, it is not, but for a health check after each pause; the pauses grow.

    Args:
        pause: seconds from a failure to the first check; doubled with each check that fails.
        longest: seconds between two checks, at the most.

    """

    def __init__(self, pause: float, longest: float) -> None:
        self._pause = pause
        self._longest = max(longest, pause)
        self._lock = Lock()
        self._checking = Lock()
        self._failures = 0
        self._next = 0.0
        self.since: float | None = None
        self.error: str | None = None

    @property
    def open(self) -> bool:
        """Whether the primary is taken to be down."""
        return self._failures > 0

    @property
    def due(self) -> bool:
        """Whether it is time for a check."""
        return self.open and time.monotonic() >= self._next

    def claim(self) -> bool:
        """Take the right to check, which one thread has at a time; it is given back by ``release``."""
        return self._checking.acquire(blocking=False)

    def release(self) -> None:
        """Let others check."""
        self._checking.release()

    def fail(self, error: Exception, *, check: bool = False) -> bool:
        """Note that the primary does not answer a call, or a check. Returns whether that is news."""
        with self._lock:
            if self.open and not check:  # a call that was under way: many threads hear of one outage
                return False
            self._failures += 1
            self._next = time.monotonic() + min(self._pause * 2.0 ** min(self._failures - 1, 30), self._longest)
            self.error = str(error)
            if self._failures > 1:
                return False
            self.since = time.time()
            return True

    def succeed(self) -> bool:
        """Note that the primary answers. Returns whether that is news."""
        with self._lock:
            news, self._failures = self._failures > 0, 0
            self.since = self.error = None
            return news
