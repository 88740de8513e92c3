"""A store that a failover is made of: one that is open, or one that is opened when it is first needed."""

from collections.abc import Callable
from functools import partial
from threading import Lock

from recollect.errors import StoreError
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
        self._failures = 0
        self._failure = StoreError("")
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
        known = self._failures
        with self._lock:
            if self._store is None:
                if self._failures > known:  # while this one waited: to try again would make all callers wait for each other
                    raise type(self._failure)(str(self._failure)) from self._failure
                self._store = self._opened()
            return self._store

    def _opened(self) -> Store:
        try:
            return store_of(self._open() if self._open is not None else None)[0]
        except StoreError as error:
            self._failures, self._failure = self._failures + 1, error
            raise

    def close(self) -> None:
        """Close the store, if it was opened here."""
        with self._lock:
            if self._open is not None and self._store is not None:
                self._store.close()
