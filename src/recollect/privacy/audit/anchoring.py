"""When anchors are written: after so many records, so many seconds, and at the end."""

from collections.abc import Callable
from logging import getLogger
from threading import Lock, Timer
from time import monotonic

from recollect.privacy.audit.anchors import Anchor


class Anchored:
    """Keeps anchors, each chain's latest, and tries again later where that fails: the records themselves are durable without.

    Args:
        keep: takes an anchor.
        every: how many records may stand without one.
        seconds: for how long.

    """

    def __init__(self, keep: Callable[[Anchor], object], every: int, seconds: float) -> None:
        self._keep = keep
        self._every = every
        self._seconds = seconds
        self._lock = Lock()
        self._waiting: dict[str, Callable[[], Anchor]] = {}
        self._count = 0
        self._rest = 0.0
        self._timer: Timer | None = None

    def moved(self, chain: str, anchor: Callable[[], Anchor], records: int) -> None:
        """Take note that a chain has so many more records, and of what makes its anchor."""
        with self._lock:
            self._waiting[chain] = anchor
            self._count += records
            if self._timer is None:
                self._timer = Timer(self._seconds, self._on_time)
                self._timer.daemon = True
                self._timer.start()

    def if_due(self) -> None:
        """Write what is waiting if there are as many records as one anchor may stand for."""
        if self._count >= self._every and monotonic() >= self._rest:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting, in the caller's thread, while nobody else waits for that."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            waiting, self._waiting, self._count = self._waiting, {}, 0
        try:
            while waiting:
                chain = next(iter(waiting))
                self._keep(waiting[chain]())
                del waiting[chain]
        except Exception as error:  # noqa: BLE001  # the edge to an application's own function: whatever it raises, the records stand
            getLogger("recollect").warning("an anchor of the audit could not be kept, and is tried again later: %s", error)
            with self._lock:
                self._rest = monotonic() + self._seconds
                self._waiting = {**waiting, **self._waiting}
                self._count = max(self._count, self._every)

    def _on_time(self) -> None:
        with self._lock:
            self._timer = None
        self.flush()
