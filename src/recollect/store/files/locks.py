"""Locks between processes: a file that is locked while its folder is read or written."""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recollect.errors import Busy
from recollect.store.files import disk


@contextmanager
def locked(path: Path, *, exclusive: bool, make: bool, deadline: float) -> Iterator[bool]:
    """Hold the lock file at a path, and yield True; yield False if its folder is not there and ``make`` is not set.

    Raises:
        Busy: others held the lock until ``deadline``, in seconds of ``time.monotonic``.

    """
    files: list[int] = []
    try:
        yield _acquire(path, exclusive, make, deadline, files)
    finally:
        while files:
            file = files.pop()
            try:
                disk.unlock(file)
            finally:
                os.close(file)


def _acquire(path: Path, exclusive: bool, make: bool, deadline: float, files: list[int]) -> bool:
    """Lock the file, which is put into ``files`` before: whatever interrupts the caller, what is locked is known."""
    while True:
        try:
            files.append(disk.open_file(path, os.O_CREAT | (os.O_RDWR if exclusive else os.O_RDONLY)))
        except FileNotFoundError:
            if not make:
                return False
            disk.make_folder(path.parent)
            continue
        _wait(files[-1], exclusive, deadline)
        if _stands(files[-1], path):
            return True
        os.close(files.pop())


def _wait(file: int, exclusive: bool, deadline: float) -> None:
    """Wait with short random sleeps, so that no process keeps losing the race."""
    while not disk.lock(file, exclusive=exclusive):
        if time.monotonic() >= deadline:
            raise Busy("others held the files for longer than the bounded wait; try again")
        time.sleep(random.uniform(0.0002, 0.004))


def _stands(file: int, path: Path) -> bool:
    """Tell whether a locked file is still the one at the path: its folder may have been erased while it was waited for."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False
