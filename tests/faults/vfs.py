"""SQLite's view of a disk, recorded."""

import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import apsw

from .accounts import Step
from .disk import ROOT, Event, Named, Sized, Synced, Unnamed, Wrote, found_in

_numbers = count(1_000_000)
_JOURNALS = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL


class Recorder(apsw.VFS):
    """A VFS that passes all on to the system's, and sets down what happens to the files of one folder (without subfolders).

    SQLite's own VFS syncs the folder at the first sync of a journal or write-ahead log, and when it deletes with ``syncdir``:
    so does this one. Syncs are set down, and spared the real disk.
    """

    def __init__(self, folder: Path) -> None:
        self.name = f"recorder-{next(_numbers)}"
        self.events: list[Event | Step] = []
        self.breath = sys.maxsize
        self.disk, self.nodes = found_in(folder)
        super().__init__(self.name, "")

    def breathe(self) -> None:
        """Come before each change of the disk. A process whose breath is spent changes nothing any more, as if it had been killed."""
        if self.breath <= 0:
            raise apsw.exception_for(apsw.SQLITE_IOERR)
        self.breath -= 1

    def make(self, name: str) -> int:
        """Give a name to a new node."""
        node = self.nodes[name] = next(_numbers)
        self.events.append(Named(ROOT, name, node))
        return node

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        """Open a file, making it where it is absent."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        absent = path is not None and not Path(path).exists()
        file = _RecordedFile(self, path, name, flags)
        if absent:
            self.make(Path(path).name)
        return file

    def xDelete(self, path: str, syncdir: bool) -> None:  # noqa: N802
        """Delete a file."""
        self.breathe()
        super().xDelete(path, syncdir)
        del self.nodes[Path(path).name]
        self.events.append(Unnamed(ROOT, Path(path).name))
        if syncdir:
            self.events.append(Synced(ROOT))


class _RecordedFile(apsw.VFSFile):
    def __init__(self, recorder: Recorder, path: str | None, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._recorder = recorder
        self._name = None if path is None else Path(path).name
        self._folder_sync_due = bool(flags[0] & apsw.SQLITE_OPEN_CREATE and flags[0] & _JOURNALS)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802
        self._recorder.breathe()
        super().xWrite(data, offset)
        self._record(lambda node: Wrote(node, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._recorder.breathe()
        super().xTruncate(size)
        self._record(lambda node: Sized(node, size))

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._recorder.breathe()
        self._record(Synced)
        if self._folder_sync_due:
            self._recorder.events.append(Synced(ROOT))
            self._folder_sync_due = False

    def _record(self, event: Callable[[int], Event]) -> None:
        if self._name is not None:  # a temporary file has no name, and no life after the process
            self._recorder.events.append(event(self._recorder.nodes[self._name]))
