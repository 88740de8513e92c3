"""SQLite: one file, for many threads and processes of one machine."""

from recollect.store.sqlite.store import SQLiteStore

__all__ = ["SQLiteStore"]
