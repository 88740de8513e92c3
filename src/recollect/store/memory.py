"""The ledgers in memory: for tests, and for what may be lost."""

from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import TypeVar, cast

from recollect.errors import StoreError
from recollect.model import Owner, Saved
from recollect.store.decisions import Decision
from recollect.store.events import Event, Kept, removes
from recollect.store.ledger import Ledger
from recollect.store.ledgers import Fetch, LedgerStore
from recollect.store.lifetime import CLOSED
from recollect.store.protocol import Clock, system_clock

T = TypeVar("T")


class MemoryStore(LedgerStore[Event]):
    """A store in this process's memory, shared by its threads, and gone with it.

    Args:
        clock: tells when a session has expired.

    """

    def __init__(self, *, clock: Clock = system_clock) -> None:
        super().__init__(clock)
        self._lock = Lock()
        self._ledgers: dict[Owner, Ledger[Event]] = {}
        self._saved: dict[Owner, dict[str, Saved]] = {}
        self._watermark = 0
        self._closed = False

    def erase(self, owner: Owner) -> bool:
        """See Store.erase. The watermark keeps the owner's positions from being used again, and leaves a gap."""
        with self._lock:
            self._check_open()
            ledger = self._ledgers.get(owner)
            if ledger is None:
                return False
            self._watermark = max(self._watermark, ledger.head + 1)
            self._saved.pop(owner, None)
            del self._ledgers[owner]
            return True

    def save(self, owner: Owner, name: str, position: int, parts: Sequence[bytes]) -> bool:
        """See Store.save."""
        with self._lock:
            self._check_open()
            ledger = self._ledgers.get(owner)
            former = self._saved.get(owner, {}).get(name)
            if ledger is None or not ledger.admits(position, None if former is None else former.position):
                return False
            if parts:
                self._saved.setdefault(owner, {})[name] = Saved(position, tuple(parts))
            else:
                self._saved.get(owner, {}).pop(name, None)
            return True

    def saved(self, owner: Owner, name: str) -> Saved | None:
        """See Store.saved."""
        with self._lock:
            self._check_open()
            return self._saved.get(owner, {}).get(name)

    def size(self) -> int:
        """Return the bytes of the bodies, and of what was derived."""
        with self._lock:
            self._check_open()
            events = (_fetch(kept.place) for ledger in self._ledgers.values() for kept in ledger.changes(0, len(ledger)))
            derived = sum(len(part) for found in self._saved.values() for saved in found.values() for part in saved.parts)
            return sum(len(event.item.body or b"") for event in events) + derived

    def close(self) -> None:
        """See Store.close. What the store holds is gone."""
        with self._lock:
            self._closed = True
            self._ledgers.clear()
            self._saved.clear()

    def _read(self, owner: Owner, look: Callable[[Ledger[Event], Fetch[Event]], T], absent: T) -> T:
        with self._lock:
            self._check_open()
            ledger = self._ledgers.get(owner)
            return absent if ledger is None else look(ledger, _fetch)

    def _write(self, owner: Owner, decide: Callable[[Ledger[Event], Fetch[Event]], Decision[T]], *, make: bool) -> T:
        with self._lock:
            self._check_open()
            ledger = self._ledgers.get(owner)
            if ledger is None:
                ledger = Ledger(self._watermark)
            events, value = decide(ledger, _fetch)
            if events and make:
                self._ledgers[owner] = ledger
            if removes(events):
                self._saved.pop(owner, None)
            for event in events:
                ledger.apply(event, event)
            return value

    def _owners(self, tenant: str | None) -> Iterable[Owner]:
        with self._lock:
            self._check_open()
            return [owner for owner in self._ledgers if tenant is None or owner.tenant == tenant]

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(CLOSED)


def _fetch(place: Event) -> Kept:
    return cast("Kept", place)  # what is set of a session stands in the ledger itself, and is never fetched
