"""Python's view of a disk, recorded: the calls of ``os`` that change one folder, whoever makes them."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import RLock
from typing import Any
from unittest.mock import patch

from .accounts import Step
from .disk import Event, Moved, Named, Sized, Synced, Unnamed, Wrote, found_in

_NAMES = ("open", "close", "pwrite", "write", "ftruncate", "fsync", "fdatasync", "mkdir", "replace", "rename", "unlink", "rmdir")


class CallRecorder:
    """Passes all calls on, and sets down what happens below a folder. Syncs are set down, and spared the real disk."""

    def __init__(self, folder: Path) -> None:
        self.events: list[Event | Step] = []
        self.breath = sys.maxsize
        self.disk, self._nodes = found_in(folder)
        self._root = folder
        self._files: dict[int, int] = {}
        self._numbers = count(1_000_000)
        self._os = {name: getattr(os, name) for name in _NAMES}
        self._lock = RLock()  # a call and its event belong together

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record for the length of the block."""
        with patch.multiple(os, **{name: getattr(self, f"_{name}") for name in _NAMES}):
            yield

    def _breathe(self, concerned: bool) -> None:
        """Come before each change of the disk. A process whose breath is spent changes nothing any more, as if it had been killed."""
        if concerned:
            if self.breath <= 0:
                raise OSError(errno.EIO, "the process is to be dead")
            self.breath -= 1

    def _open(self, path: Any, flags: int, *rest: Any, **named: Any) -> int:
        with self._lock:
            place = self._place(path)
            self._breathe(place is not None and place not in self._nodes)
            file: int = self._os["open"](path, flags, *rest, **named)
            if place is None:
                return file
            if place not in self._nodes:
                self._name(place, contains=False)
            node = self._files[file] = self._nodes[place]
            if flags & os.O_TRUNC:
                self.events.append(Sized(node, 0))
            return file

    def _close(self, file: int) -> None:
        with self._lock:
            self._files.pop(file, None)
            self._os["close"](file)

    def _pwrite(self, file: int, data: Any, offset: int) -> int:
        with self._lock:
            self._breathe(file in self._files)
            written: int = self._os["pwrite"](file, data, offset)
            if file in self._files:
                self.events.append(Wrote(self._files[file], offset, bytes(memoryview(data)[:written])))
            return written

    def _write(self, file: int, data: Any) -> int:
        if file in self._files:
            raise AssertionError("the file store writes at offsets; teach the recorder os.write")
        written: int = self._os["write"](file, data)
        return written

    def _ftruncate(self, file: int, size: int) -> None:
        with self._lock:
            self._breathe(file in self._files)
            self._os["ftruncate"](file, size)
            if file in self._files:
                self.events.append(Sized(self._files[file], size))

    def _fsync(self, file: int) -> None:
        with self._lock:
            self._breathe(file in self._files)
            if file in self._files:
                self.events.append(Synced(self._files[file]))
            else:
                self._os["fsync"](file)

    _fdatasync = _fsync

    def _mkdir(self, path: Any, *rest: Any, **named: Any) -> None:
        with self._lock:
            self._breathe(self._place(path) is not None)
            self._os["mkdir"](path, *rest, **named)
            if (place := self._place(path)) is not None:
                self._name(place, contains=True)

    def _replace(self, path: Any, to: Any) -> None:
        with self._lock:
            here, there = self._place(path), self._place(to)
            self._breathe(here is not None)
            self._os["replace"](path, to)
            if here is None or there is None:
                return
            self.events.append(Moved(*self._split(here), *self._split(there)))
            for place in [place for place in self._nodes if place == here or place.startswith(f"{here}/")]:
                self._nodes[there + place.removeprefix(here)] = self._nodes.pop(place)

    _rename = _replace

    def _unlink(self, path: Any, *rest: Any, **named: Any) -> None:
        self._remove("unlink", path, *rest, **named)

    def _rmdir(self, path: Any, *rest: Any, **named: Any) -> None:
        self._remove("rmdir", path, *rest, **named)

    def _remove(self, call: str, path: Any, *rest: Any, **named: Any) -> None:
        with self._lock:
            self._breathe(self._place(path) in self._nodes)
            self._os[call](path, *rest, **named)
            if (place := self._place(path)) is not None:
                self.events.append(Unnamed(*self._split(place)))
                del self._nodes[place]

    def _place(self, path: Any) -> str | None:
        """Return a path within the folder; None for one without."""
        full = Path(os.fsdecode(path)) if not isinstance(path, int) else None
        if full is None or not full.is_relative_to(self._root):
            return None
        return full.relative_to(self._root).as_posix()

    def _name(self, place: str, *, contains: bool) -> None:
        self._nodes[place] = next(self._numbers)
        self.events.append(Named(*self._split(place), self._nodes[place], contains))

    def _split(self, place: str) -> tuple[int, str]:
        path = Path(place)
        return self._nodes[path.parent.as_posix()], path.name
