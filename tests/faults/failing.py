"""Calls of the disk that fail when told to: those of SQLite's own VFS, and those of Python's ``os``."""

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest.mock import patch

import apsw

_numbers = count()


class Failure:
    """Which call fails, when, how often, and with which error of the system's."""

    def __init__(self) -> None:
        self.failed = 0
        self._call = ""
        self._calls_left = 0
        self._failures_left = 0
        self._errno = 0

    def arm(self, call: str, after: int, times: int, errno: int) -> None:
        """Let so many calls (``write``, ``sync``, ``truncate``, ``read``, ``rename``) pass, and then so many fail."""
        self._call, self._calls_left, self._failures_left, self._errno = call, after, times, errno

    def mend(self) -> None:
        """Let all calls pass again."""
        self._failures_left = 0

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let all calls pass for the length of the block."""
        call, self._call = self._call, ""
        yield
        self._call = call

    def errno(self, call: str) -> int:
        """Return the error that this call must fail with; 0 if it is to pass."""
        if call != self._call or not self._failures_left:
            return 0
        if self._calls_left:
            self._calls_left -= 1
            return 0
        self._failures_left -= 1
        self.failed += 1
        return self._errno


_SIZE, _OFFSET, _BUFFER = ctypes.c_ssize_t, ctypes.c_int64, ctypes.c_void_p
_SYSTEM_CALLS: dict[str, tuple[str, type[ctypes._CFuncPtr]]] = {
    "write": ("write", ctypes.CFUNCTYPE(_SIZE, ctypes.c_int, _BUFFER, ctypes.c_size_t, use_errno=True)),
    "pwrite64": ("write", ctypes.CFUNCTYPE(_SIZE, ctypes.c_int, _BUFFER, ctypes.c_size_t, _OFFSET, use_errno=True)),
    "read": ("read", ctypes.CFUNCTYPE(_SIZE, ctypes.c_int, _BUFFER, ctypes.c_size_t, use_errno=True)),
    "pread64": ("read", ctypes.CFUNCTYPE(_SIZE, ctypes.c_int, _BUFFER, ctypes.c_size_t, _OFFSET, use_errno=True)),
    "ftruncate": ("truncate", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, _OFFSET, use_errno=True)),
}


class _SyncVFS(apsw.VFS):
    """SQLite's own VFS, whose syncs may fail: those are no system calls that SQLite lets one replace."""

    def __init__(self, failure: Failure) -> None:
        self.name = f"failing-{next(_numbers)}"
        self.failure = failure
        super().__init__(self.name, "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _SyncFile(self.failure, name, flags)


class _SyncFile(apsw.VFSFile):
    def __init__(self, failure: Failure, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._failure = failure

    def xSync(self, flags: int) -> None:  # noqa: N802
        if self._failure.errno("sync"):
            raise apsw.exception_for(apsw.SQLITE_IOERR_FSYNC)
        super().xSync(flags)


@contextmanager
def failing_sqlite(failure: Failure, *, syncs: bool) -> Iterator[str | None]:
    """Put SQLite's own VFS on system calls that may fail, or yield the name of a VFS whose syncs may fail.

    Not both: apsw raises what a VFS of its own met in a checkpoint, which SQLite itself takes no offence at.
    """
    vfs = _SyncVFS(failure)
    if syncs:
        yield vfs.name
        return
    kept = []
    for name, (call, kind) in _SYSTEM_CALLS.items():
        pointer = vfs.xGetSystemCall(name)
        if pointer:
            replacement = kind(_may_fail(failure, call, kind(pointer)))
            kept.append(replacement)
            vfs.xSetSystemCall(name, ctypes.cast(replacement, ctypes.c_void_p).value or 0)
    try:
        yield None
    finally:
        vfs.xSetSystemCall(None, 0)


def _may_fail(failure: Failure, call: str, original: Callable[..., int]) -> Callable[..., int]:
    def run(*arguments: int) -> int:
        errno = failure.errno(call)
        if errno:
            ctypes.set_errno(errno)
            return -1
        return original(*arguments)

    return run


_OS_CALLS = {"pwrite": "write", "write": "write", "fsync": "sync", "ftruncate": "truncate", "pread": "read", "replace": "rename", "open": "open"}


@contextmanager
def failing_os(failure: Failure) -> Iterator[None]:
    """Put Python's ``os`` on calls that may fail."""

    def may_fail(call: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            errno = failure.errno(call)
            if errno:
                raise OSError(errno, os.strerror(errno))
            return original(*arguments, **named)

        return run

    with patch.multiple(os, **{name: may_fail(call, getattr(os, name)) for name, call in _OS_CALLS.items()}):
        yield
