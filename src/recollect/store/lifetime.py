"""How long a store may be used: until it is closed, and in the process that opened it."""

import os
from threading import Lock

from recollect.errors import StoreError

CLOSED = "the store is closed; open it again"

_forks = 0
"""How often this process has come out of a fork: to ask the system for the process's number costs a call to it."""


def _forked() -> None:
    global _forks  # noqa: PLW0603  # a process has one such number
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


class Lifetime:
    """Begins when it is made. It may be asked by many threads at once. ``over`` tells whether it has been ended."""

    def __init__(self) -> None:
        self._forks = _forks
        self._lock = Lock()
        self.over = False

    def check(self) -> None:
        """Raise StoreError where the store may not be used any more."""
        if self.over:
            raise StoreError(CLOSED)
        if self._forks != _forks:
            raise StoreError("the store was opened before a fork; open it again in this process")

    def end(self) -> bool:
        """End it. Returns whether the caller is to let go of what the store holds: the first one is, in the process that opened it."""
        with self._lock:
            first, self.over = not self.over, True
        return first and self._forks == _forks
