"""How long a store may be used: until it is closed, and in the process that opened it."""

import os
from threading import Lock

from recollect.errors import StoreError


class Lifetime:
    """Begins when it is made. It may be asked by many threads at once."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._lock = Lock()
        self._over = False

    def check(self) -> None:
        """Raise StoreError where the store may not be used any more."""
        if self._over:
            raise StoreError("the store is closed; open it again")
        if self._process != os.getpid():
            raise StoreError("the store was opened before a fork; open it again in this process")

    def end(self) -> bool:
        """End it. Returns whether the caller is to let go of what the store holds: the first one is, in the process that opened it."""
        with self._lock:
            first, self._over = not self._over, True
        return first and self._process == os.getpid()
