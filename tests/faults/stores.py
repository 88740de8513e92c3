"""The stores that keep data on a disk, by the names that the commands know them by."""

from pathlib import Path

import apsw

from recollect.store import Store

KINDS = ("sqlite", "files")


def open_kind(kind: str, folder: Path) -> Store:
    """Open the store of a kind that lives in a folder."""
    if kind == "sqlite":
        from recollect.store.sqlite import SQLiteStore

        return SQLiteStore(folder / "memory.db")
    from recollect.store.files import FileStore

    return FileStore(folder / "files")


def check_integrity(kind: str, folder: Path) -> None:
    """Let SQLite check its file, around the store; a file store checks every line that it reads by itself."""
    if kind == "sqlite":
        with apsw.Connection(str(folder / "memory.db")) as connection:
            found = connection.pragma("integrity_check")
        connection.close()
        if found != "ok":
            raise AssertionError(f"integrity_check: {found}")
