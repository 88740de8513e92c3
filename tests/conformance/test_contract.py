"""Every store keeps what the protocol says."""

from pathlib import Path

from kinds import KINDS

from recollect.store.protocol import Clock, Store
from recollect.testing import StoreContract


class TestSQLite(StoreContract):
    def open_store(self, place: Path, clock: Clock) -> Store:
        return KINDS["sqlite"].open(place, clock)

    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        return KINDS["sqlite"].raw(store, place)
