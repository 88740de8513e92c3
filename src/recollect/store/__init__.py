"""Where bytes live: the protocol, one file or folder for each database, and ``open_store(url)``."""

from recollect.store.protocol import Store
from recollect.store.url import open_store, store_of

__all__ = ["Store", "open_store", "store_of"]
