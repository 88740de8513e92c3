"""The two ways that a call may go: to the primary, or to what stands in for it in an outage."""

from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from recollect.errors import RecollectError, StoreError
from recollect.model import Owner
from recollect.store.failover.outage import Outage
from recollect.store.failover.overlay import Overlay
from recollect.store.failover.routing import Routing
from recollect.store.failover.state import Down, Moved
from recollect.store.failover.writing import Propose
from recollect.store.protocol import Store

T = TypeVar("T")

ROUNDS = 5
"""How often a call changes its way, while primary and spool come and go."""


class Ways:
    """Takes each call to its end. ``reads`` and ``writes`` count those that did not go to the primary."""

    def __init__(self, routing: Routing, outage: Outage) -> None:
        self._routing = routing
        self._outage = outage
        self._counted: Counter[str] = Counter()
        self._lock = Lock()

    @property
    def reads(self) -> int:
        """How many calls were served in an outage."""
        return self._counted["reads"]

    @property
    def writes(self) -> int:
        """How many writes were spooled."""
        return self._counted["writes"]

    def write(self, owner: Owner, call: Callable[[Store], int], propose: Propose, *, repeatable: bool = True) -> int:
        """Write to the primary, or to the spool. ``repeatable``: the call may be made again where its outcome is unknown."""
        unknown: Down | None = None
        for _ in range(ROUNDS):
            if self._routing.ready(owner):
                try:
                    value = self._routing.ask(call, repeatable=repeatable)
                except Down as down:
                    unknown = unknown or (down if down.outcome == "unknown" else None)
                else:
                    self._routing.look_after()
                    return value
            try:
                value = self._outage.write(owner, propose, tried=unknown is not None)
            except Moved:
                continue
            except RecollectError as error:
                if unknown is not None:  # the primary may have done it, and this one would say that nothing was written
                    raise StoreError(str(unknown), "unknown") from error
                raise
            self._count("writes")
            return value
        raise StoreError("the primary comes and goes; repeat the call", "failed" if unknown is None else "unknown")

    def read(self, owner: Owner, call: Callable[[Store], T], look: Callable[[Overlay, int], T]) -> T:
        """Read of one owner from the primary, or from the fallback with what was spooled on top."""
        return self._either(lambda: self._routing.ready(owner), call, lambda: self._outage.read(owner, look))

    def read_all(self, call: Callable[[Store], T], otherwise: Callable[[], T]) -> T:
        """Ask the primary about all owners, or do otherwise."""
        return self._either(self._routing.ready_for_all, call, otherwise)

    def _either(self, ready: Callable[[], bool], call: Callable[[Store], T], otherwise: Callable[[], T]) -> T:
        for _ in range(ROUNDS):
            if ready():
                try:
                    value = self._routing.ask(call, repeatable=True)
                except Down:
                    pass
                else:
                    self._routing.look_after()
                    return value
            try:
                value = otherwise()
            except Moved:
                continue
            self._count("reads")
            return value
        raise StoreError("the primary comes and goes; repeat the call")

    def _count(self, kind: str) -> None:
        with self._lock:
            self._counted[kind] += 1
