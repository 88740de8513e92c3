"""The calls that change a disk. All writing of the file store goes through here."""

import os
import sys
from contextlib import suppress
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, fcntl, flock
from pathlib import Path

if sys.platform == "darwin":
    from fcntl import F_FULLFSYNC


def make_folder(path: Path) -> None:
    """Make a folder that only the user may enter, if it is not there."""
    path.mkdir(0o700, exist_ok=True)


def open_file(path: Path, flags: int) -> int:
    """Open a file, making one that only the user may read if ``O_CREAT`` is set, and return its descriptor."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def write(file: int, data: bytes, offset: int) -> None:
    """Write all of the data at an offset."""
    view = memoryview(data)
    while view:
        count = os.pwrite(file, view, offset)
        view, offset = view[count:], offset + count


def truncate(file: int, size: int) -> None:
    """Cut a file off."""
    os.ftruncate(file, size)


def sync(file: int) -> None:
    """Wait until the disk has what was written to a file, and its size."""
    if sys.platform == "darwin":
        fcntl(file, F_FULLFSYNC)
    else:
        os.fsync(file)


def sync_folder(path: Path) -> None:
    """Wait until the disk has the names in a folder."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(folder)
    finally:
        os.close(folder)


def rename(source: Path, target: Path) -> None:
    """Give a file or folder another name, in the place of a file that has it."""
    source.replace(target)


def remove(path: Path) -> None:
    """Remove a file, if it is there."""
    path.unlink(missing_ok=True)


def remove_folder(path: Path) -> None:
    """Remove a folder of files, if it is there. Another process may be doing the same."""
    with suppress(FileNotFoundError):
        for file in path.iterdir():
            remove(file)
        path.rmdir()


def lock(file: int, *, exclusive: bool) -> bool:
    """Lock an open file against the other openings of it, here and in other processes. Return whether it could be had at once."""
    try:
        flock(file, (LOCK_EX if exclusive else LOCK_SH) | LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unlock(file: int) -> None:
    """Let go of a lock, also for a process that was forked meanwhile and has inherited the opening."""
    flock(file, LOCK_UN)
