"""A store that a failover is made of: one that is open, or one that is opened when it is first needed."""

from collections.abc import Callable
from functools import partial
from threading import Lock

from recollect.store.protocol import Store
from recollect.store.url import open_store, store_of

Source = str | Store | Callable[[], Store]
"""A URL, an open store, or a function that opens one."""


class Member:
    """Gives a store. A URL or a function is opened at the first call: a database that is down then is met by the next one."""

    def __init__(self, source: Source) -> None:
        self._lock = Lock()
        self._open: Callable[[], Store] | None = None
        self._store: Store | None = None
        if isinstance(source, str):
            self._open = partial(open_store, source)
        elif callable(source) and (isinstance(source, type) or not hasattr(source, "append")):
            self._open = source
        else:
            self._store = store_of(source)[0]

    def __call__(self) -> Store:
        """Return the store.

        Raises:
            StoreError: it cannot be opened.

        """
        if self._store is not None:
            return self._store
        with self._lock:
            if self._store is None:
                self._store = store_of(self._open() if self._open is not None else None)[0]
            return self._store

    def close(self) -> None:
        """Close the store, if it was opened here."""
        with self._lock:
            if self._open is not None and self._store is not None:
                self._store.close()
