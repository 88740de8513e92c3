"""Files: a folder for each owner, with an append-only log of JSON lines."""

from recollect.store.files.store import FileStore

__all__ = ["FileStore"]
