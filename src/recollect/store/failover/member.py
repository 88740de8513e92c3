"""A store that a failover is made of: one that is open, or one that is opened when it is first needed."""

from collections.abc import Callable
from threading import Lock

from recollect.store.protocol import Store
from recollect.store.url import store_of

Source = str | Store | Callable[[], Store]
"""A URL, an open store, or a function that opens one."""


class Member:
    """Gives a store. A URL or a function is opened at the first call: a database that is down then is met by the next one."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = Lock()
        self._opened = not isinstance(source, str) and not (callable(source) and not hasattr(source, "append"))
        self._store: Store | None = store_of(source)[0] if self._opened else None
        self._ours = not self._opened

    def __call__(self) -> Store:
        """Return the store.

        Raises:
            StoreError: it cannot be opened.

        """
        if self._store is not None:
            return self._store
        with self._lock:
            if self._store is None:
                self._store = store_of(self._source if isinstance(self._source, str) else self._source())[0]  # type: ignore[operator]
            return self._store

    def close(self) -> None:
        """Close the store, if it was opened here."""
        with self._lock:
            if self._ours and self._store is not None:
                self._store.close()
