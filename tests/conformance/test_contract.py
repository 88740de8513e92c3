"""Every store keeps what the protocol says."""

from pathlib import Path

from conformance.kinds import KINDS
from recollect.store.protocol import Clock, Store
from recollect.testing import StoreContract


class TestSQLite(StoreContract):
    def open_store(self, place: Path, clock: Clock) -> Store:
        return KINDS["sqlite"].open(place, clock)

    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        return KINDS["sqlite"].raw(store, place)


class TestFiles(StoreContract):
    def open_store(self, place: Path, clock: Clock) -> Store:
        return KINDS["files"].open(place, clock)

    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        return KINDS["files"].raw(store, place)


class TestPostgreSQL(StoreContract):
    def open_store(self, place: Path, clock: Clock) -> Store:
        return KINDS["postgresql"].open(place, clock)

    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        return KINDS["postgresql"].raw(store, place)


class TestMySQL(StoreContract):
    def open_store(self, place: Path, clock: Clock) -> Store:
        return KINDS["mysql"].open(place, clock)

    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        return KINDS["mysql"].raw(store, place)


class TestRedis(StoreContract):
    def open_store(self, place: Path, clock: Clock) -> Store:
        return KINDS["redis"].open(place, clock)

    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        return KINDS["redis"].raw(store, place)


class TestMemory(StoreContract):
    persistent = False

    def open_store(self, place: Path, clock: Clock) -> Store:
        return KINDS["memory"].open(place, clock)

    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        return KINDS["memory"].raw(store, place)


def test_no_test_of_the_contract_hides_another() -> None:
    parts = [part for part in StoreContract.__mro__ if part.__module__.startswith("recollect.testing.")]
    names = [name for part in parts for name in vars(part) if name.startswith("test_")]
    assert len(names) > 90
    assert sorted(names) == sorted(set(names))


def test_a_store_needs_its_hooks() -> None:
    assert StoreContract.__abstractmethods__ == {"open_store", "raw_bodies"}
