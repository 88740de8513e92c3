"""Which way a call goes: to the primary, or round it."""

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from recollect.errors import Busy, StoreError
from recollect.model import Owner
from recollect.store.failover.breaker import Breaker
from recollect.store.failover.replay import Replay
from recollect.store.failover.spool import Spool
from recollect.store.failover.state import Down, means_outage
from recollect.store.protocol import Store

T = TypeVar("T")

PROBE = Owner("", "tenant", "")
PROBED = "recollect.failover"
"""The health check deletes the session of this name, which nobody has: it takes the way of a write, and changes nothing."""

SLICE = 0.02
"""Seconds that a call spends on replaying what others left behind."""

LOOK = 1.0
"""Seconds between two looks for that."""

_logger = logging.getLogger("recollect")


class Routing:
    """Knows whether the primary answers, and brings to it what waits, before anybody goes there.

    Args:
        primary: gives the primary.
        spool: what waits.
        breaker: when to ask again.
        patience: seconds that a call waits for the replay of what its owner has waiting.

    """

    def __init__(self, primary: Callable[[], Store], spool: Spool, breaker: Breaker, patience: float) -> None:
        self._primary = primary
        self._spool = spool
        self._breaker = breaker
        self._patience = patience
        self.replayed = Replay(spool, primary)
        self._stuck: dict[Owner | None, float] = {}
        self._left = spool.left()
        self._looking = Lock()
        self._next_look = 0.0

    def ready(self, owner: Owner) -> bool:
        """Tell whether the primary answers, and has all that was acknowledged of an owner; replay it if that is quickly done."""
        if not self._answers():
            return False
        return not self._spool.extent(owner).last or self._drain(owner, time.monotonic() + self._patience)

    def ready_for_all(self) -> bool:
        """Tell it of all owners."""
        return self._answers() and (not self._spool.any() or self.replay(self._patience))

    def ask(self, call: Callable[[Store], T], *, repeatable: bool) -> T:
        """Call the primary. If it fails, though it answers a health check, the call is repeated once.

        Args:
            call: what is asked.
            repeatable: whether that may be done where it is not known what became of the first time.

        Raises:
            Down: the primary does not answer.

        """
        try:
            return call(self._primary())
        except StoreError as error:
            if not means_outage(error):
                raise
            if self._breaker.open or not self.check(error):
                raise Down(str(error), error.outcome) from error
            if isinstance(error, Busy) or (error.outcome == "unknown" and not repeatable):
                raise
            first = error
        try:
            return call(self._primary())
        except StoreError as error:
            if first.outcome == "unknown":  # that this one failed tells nothing of the first
                raise first from error
            raise

    def check(self, cause: StoreError | None = None) -> bool:
        """Ask the primary whether it answers. ``cause``: the failure that raised the question."""
        try:
            self._primary().delete_session(PROBE, PROBED)
        except StoreError as error:
            if means_outage(error):
                if self._breaker.fail(cause or error, check=True):
                    _logger.warning("the primary does not answer; reads go to the fallback, writes to the spool: %s", cause or error)
                return False
        if self._breaker.succeed():
            _logger.warning("the primary answers again; what waits in the spool is replayed")
        return True

    def replay(self, seconds: float | None = None) -> bool:
        """Bring all that waits to the primary, the oldest first. Returns whether nothing waits any more.

        Args:
            seconds: when to stop; None to go on until it is done or the primary fails.

        """
        deadline = float("inf") if seconds is None else time.monotonic() + seconds
        whole = True
        for owner in self._spool.owners():
            whole = self._drain(owner, deadline) and whole
            if self._breaker.open or time.monotonic() > deadline:
                return False
        if whole and not self._spool.any():
            self._spool.overwrite()
        return whole

    def look_after(self) -> None:
        """Replay a little of what others have left behind, now and then."""
        if time.monotonic() < self._next_look or not self._looking.acquire(blocking=False):
            return
        try:
            if not self._spool.any() or self.replay(SLICE):
                self._next_look = time.monotonic() + LOOK
        except StoreError as error:  # the caller's own work is done, and acknowledged
            self._next_look = time.monotonic() + LOOK
            _logger.warning("the spool cannot be looked after: %s", error)
        finally:
            self._looking.release()

    def _answers(self) -> bool:
        """Tell whether the primary is to be asked. One caller makes the check that is due; also after another process has replayed something."""
        if not self._breaker.open:
            return True
        left = self._spool.left()
        if (self._breaker.due or left != self._left) and self._breaker.claim():
            try:
                self._left = left
                return self.check()
            finally:
                self._breaker.release()
        return not self._breaker.open

    def _drain(self, owner: Owner | None, deadline: float) -> bool:
        if time.monotonic() < self._stuck.get(owner, 0.0):
            return False
        try:
            done = self.replayed.run(owner, deadline)
        except StoreError as error:
            if not means_outage(error) or self.check(error):  # the fault lies in what waits, or in its owner's ledger
                self._stuck[owner] = time.monotonic() + LOOK
                _logger.warning("an owner's operations in the spool cannot be replayed, and wait; it is tried again: %s", error)
            return False
        self._stuck.pop(owner, None)
        return done
