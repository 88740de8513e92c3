"""The stores that keep data on a disk, by the names that the commands know them by."""

from pathlib import Path
from random import Random
from typing import Any

import apsw

from recollect.store import Store
from recollect.store.files import FileStore, log
from recollect.store.sqlite import SQLiteStore

KINDS = ("sqlite", "files")


def open_kind(kind: str, folder: Path, **options: Any) -> Store:
    """Open the store of a kind that lives in a folder."""
    return SQLiteStore(folder / "memory.db", **options) if kind == "sqlite" else FileStore(folder / "files", **options)


def open_restless(kind: str, folder: Path, rng: Random, **options: Any) -> Store:
    """Open a store that often tidies up: by checkpoints after few pages, by compaction after few bytes. Other stores of the process do so, too."""
    store = open_kind(kind, folder, **options)
    if isinstance(store, SQLiteStore):
        store._commits.connection.pragma("wal_autocheckpoint", rng.choice((4, 40, 1000)))
    log.DEAD_BYTES = rng.choice((100, 1000, 1 << 20))
    return store


def check_integrity(kind: str, folder: Path) -> None:
    """Let SQLite check its file, around the store; a file store checks every line that it reads by itself."""
    if kind == "sqlite":
        with apsw.Connection(str(folder / "memory.db")) as connection:
            found = connection.pragma("integrity_check")
        connection.close()
        if found != "ok":
            raise AssertionError(f"integrity_check: {found}")
