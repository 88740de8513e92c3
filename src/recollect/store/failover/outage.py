"""The store in an outage: reads of the copy and the spool, writes to the spool."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from heapq import nlargest
from threading import Lock
from typing import TypeVar

from recollect.errors import RecollectError
from recollect.model import Owner, SessionState
from recollect.store.failover import reading
from recollect.store.failover.copy import Copy
from recollect.store.failover.operations import Expire
from recollect.store.failover.overlay import Overlay
from recollect.store.failover.spool import Spool
from recollect.store.failover.writing import Propose
from recollect.store.protocol import Clock

T = TypeVar("T")


class Outage:
    """The operations of Store, without the primary. Positions that writes return are provisional; see positions.

    All of them raise ``Moved`` where what they have shown before has just gone to the primary: ask that.
    """

    def __init__(self, copy: Copy, spool: Spool, clock: Clock) -> None:
        self._copy = copy
        self._spool = spool
        self._clock = clock
        self._lock = Lock()
        self._overlays: dict[Owner, Overlay] = {}

    def write(self, owner: Owner, propose: Propose, *, tried: bool) -> int:
        """Check a write, keep it in the spool, and return what its caller gets. ``tried``: the primary may have done it already."""
        with self._overlay(owner) as overlay:
            while True:
                extent = overlay.catch_up()
                now = self._clock()
                proposal = propose(overlay, now)
                if proposal.operation is None:
                    return proposal.result
                row = self._spool.add(owner, proposal.operation, now, behind=extent, tried=tried)
                if row is not None:
                    value = overlay.take(row)
                    return proposal.result if value is None else value

    def read(self, owner: Owner, look: Callable[[Overlay, int], T]) -> T:
        """Return what ``look`` finds of an owner at this time, in microseconds since 1970."""
        with self._overlay(owner) as overlay:
            overlay.catch_up()
            return look(overlay, self._clock())

    def expire(self) -> list[tuple[Owner, str]]:
        """Leave a note to do it; what is over is hidden anyway. Returns nothing: nothing was removed yet."""
        if not self._spool.waiting(None, 1):
            self._spool.add(None, Expire(), self._clock(), behind=None, tried=False)
        return []

    def owners(self, tenant: str, after: Owner | None, limit: int) -> list[Owner]:
        """See Store.owners."""
        waiting = {owner for owner in self._waiting(tenant) if after is None or (owner.kind, owner.name) > (after.kind, after.name)}
        copied = set(self._copy.owners(tenant, after, limit + len(waiting)))
        found: list[Owner] = []
        for owner in sorted(copied | waiting):
            if len(found) >= limit:
                break
            if owner not in waiting or self.read(owner, partial(_has, copied=owner in copied)):
                found.append(owner)
        return found

    def recent(self, tenant: str, limit: int) -> list[tuple[Owner, SessionState]]:
        """See Store.recent."""
        found: list[tuple[Owner, SessionState]] = []
        written: dict[Owner, tuple[bool, set[str]]] = {}
        for owner in self._waiting(tenant):
            erased, names, states = self.read(
                owner, lambda overlay, now: (overlay.erased, set(overlay.sessions), reading.latest(overlay, limit, now))
            )
            written[owner] = erased, names
            found += [(owner, state) for state in states]
        found += self._untouched(tenant, limit, written)
        return nlargest(limit, found, key=lambda one: one[1].updated)

    def size(self) -> int:
        """See Store.size."""
        return self._copy.size()

    def _untouched(self, tenant: str, limit: int, written: dict[Owner, tuple[bool, set[str]]]) -> list[tuple[Owner, SessionState]]:
        """Return the copy's recent sessions but those that were written to or erased."""
        size = limit
        while True:
            page = self._copy.recent(tenant, size)
            kept = []
            for owner, state in page:
                erased, names = written.get(owner, (False, set()))
                if not erased and state.name not in names:
                    kept.append((owner, state))
            if len(kept) >= limit or len(page) < size:
                return kept
            size *= 2

    def _waiting(self, tenant: str) -> list[Owner]:
        return [owner for owner in self._spool.owners(tenant) if owner is not None]

    @contextmanager
    def _overlay(self, owner: Owner) -> Iterator[Overlay]:
        """Give the owner's overlay. It is kept as long as something of the owner waits."""
        with self._lock:
            overlay = self._overlays.get(owner) or Overlay(owner, self._copy, self._spool)
            self._overlays[owner] = overlay
        with overlay.lock:
            whole = False
            try:
                yield overlay
                whole = True
            except RecollectError:
                whole = True
                raise
            finally:
                if not whole:  # an interrupt: the overlay may know a part of an operation
                    overlay.reset()
                with self._lock:
                    if overlay.extent.last:
                        self._overlays[owner] = overlay
                    elif self._overlays.get(owner) is overlay:
                        del self._overlays[owner]


def _has(overlay: Overlay, _: int, *, copied: bool) -> bool:
    """Tell whether an owner has anything. ``copied``: the copy has it."""
    return overlay.made or (copied and not overlay.erased)
