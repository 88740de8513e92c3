"""What the system's errors mean to a caller."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from recollect.errors import Outcome, RecollectError, StorageFull, StoreError

_RIGHTS = (StoreError, "the files cannot be used; check the rights on them and on their folder")
_FULL = (StorageFull, "no space is left, or a limit on file sizes or on the user's space was met; free some space and repeat the call")
_DESCRIPTORS = (StoreError, "too many files are open; close some, or raise the limit (ulimit -n), and repeat the call")
_NO_FOLDER = (StoreError, "a file stands where a folder is needed; check the path")
_MEANINGS: dict[int, tuple[type[StoreError], str]] = {
    errno.ENOSPC: _FULL,
    errno.EFBIG: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: (StoreError, "the file system is mounted for reading only; mount it for writing"),
    errno.EMFILE: _DESCRIPTORS,
    errno.ENFILE: _DESCRIPTORS,
    errno.ENOTDIR: _NO_FOLDER,
    errno.EEXIST: _NO_FOLDER,
    errno.ENOENT: (StoreError, "the folder is gone; was it moved or removed?"),
    errno.ENAMETOOLONG: (StoreError, "the path is too long for the file system; choose a shorter one"),
    errno.ENOLCK: (StoreError, "the file system has no locks to give; choose another one"),
    errno.EOPNOTSUPP: (StoreError, "the file system knows no locks; choose another one"),
    errno.EIO: (StoreError, "the disk failed; check it"),
}


@contextmanager
def translated(outcome: Outcome = "failed") -> Iterator[None]:
    """Raise our errors for the system's. ``outcome``: what has become of the call if one occurs."""
    try:
        yield
    except RecollectError:  # Busy is an OSError as well
        raise
    except OSError as error:
        ours, advice = _MEANINGS.get(error.errno or 0, (StoreError, "the file system failed"))
        raise ours(f"{advice} (the system says: {error})", outcome) from error
