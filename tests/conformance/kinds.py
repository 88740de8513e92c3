"""The stores that Recollect ships, as the conformance tests open them and read around them."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from recollect.store.events import DocumentWritten, EntryAdded
from recollect.store.memory import MemoryStore
from recollect.store.protocol import Clock, Store
from recollect.store.sqlite import SQLiteStore


class Kind(NamedTuple):
    """How a store is opened at a place, how its bodies are read without it, and whether it outlives its closing."""

    open: Callable[[Path, Clock], Store]
    raw: Callable[[Store, Path], list[bytes]]
    persistent: bool = True


def raw_sqlite(_: Store, place: Path) -> list[bytes]:
    """Read an SQLite file with Python's own driver."""
    with closing(sqlite3.connect(place / "ledger.db")) as db:
        return [
            bytes(row[0])
            for table in ("recollect_entry", "recollect_document")
            for row in db.execute(f"SELECT body FROM {table} WHERE body IS NOT NULL")
        ]


def raw_memory(store: Store, _: Path) -> list[bytes]:
    """Read the events that a store in memory holds on to."""
    assert isinstance(store, MemoryStore)
    events = [event for ledger in store._ledgers.values() for event in ledger.story()]
    return [event.item.body for event in events if isinstance(event, EntryAdded | DocumentWritten) and event.item.body is not None]


KINDS = {
    "sqlite": Kind(lambda place, clock: SQLiteStore(place / "ledger.db", clock=clock), raw_sqlite),
    "sqlite, exclusive": Kind(lambda place, clock: SQLiteStore(place / "ledger.db", clock=clock, exclusive=True), raw_sqlite),
    "memory": Kind(lambda _, clock: MemoryStore(clock=clock), raw_memory, persistent=False),
}
