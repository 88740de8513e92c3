"""The logs whose ledgers are held in memory."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from time import monotonic

from recollect.errors import Busy
from recollect.model import Owner
from recollect.store.files.log import Log

MOST = 250_000
"""The sessions, entries and documents of all the ledgers that are held, the last used one apart. Each takes about 400 bytes."""


class Cache:
    """The logs used last, as many as there is room for. One that is let go while it is in use stays right: the lock file keeps order."""

    def __init__(self, make: Callable[[Owner], Log]) -> None:
        self._make = make
        self._lock = Lock()
        self._logs: OrderedDict[Owner, tuple[Log, int]] = OrderedDict()
        self._total = 0

    @contextmanager
    def lend(self, owner: Owner, deadline: float) -> Iterator[Log]:
        """Let one thread at a time use an owner's log."""
        with self._lock:
            log, weight = self._logs.get(owner) or (self._make(owner), 0)
            self._logs[owner] = log, weight
            self._logs.move_to_end(owner)
        try:
            if not log.mutex.acquire(timeout=max(deadline - monotonic(), 0)):
                raise Busy("other threads held the ledger for longer than the bounded wait; try again")
            try:
                yield log
            finally:
                self._weigh(owner, log)
        finally:
            with suppress(RuntimeError):  # another thread holds it
                log.mutex.release()

    def clear(self) -> None:
        """Let go of all."""
        with self._lock:
            self._logs.clear()
            self._total = 0

    def _weigh(self, owner: Owner, log: Log) -> None:
        """Count an owner's log as the last used one, and let go of others where there is no room."""
        with self._lock:
            _, former = self._logs.pop(owner, (log, 0))
            self._total -= former
            if log.ledger is None:
                return
            self._logs[owner] = log, len(log.ledger)
            self._total += len(log.ledger)
            while self._total > MOST and len(self._logs) > 1:
                _, (_, weight) = self._logs.popitem(last=False)
                self._total -= weight
