"""The stores that Recollect ships, as the conformance tests open them and read around them."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

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


KINDS = {
    "sqlite": Kind(lambda place, clock: SQLiteStore(place / "ledger.db", clock=clock), raw_sqlite),
    "sqlite, exclusive": Kind(lambda place, clock: SQLiteStore(place / "ledger.db", clock=clock, exclusive=True), raw_sqlite),
}
