"""A backup in a folder."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import EDQUOT, ENOSPC
from pathlib import Path
from time import time

from recollect.errors import NotFound, StorageFull, StoreError
from recollect.store.files import disk
from recollect.store.url import parts_of

HALF = ".half-"
"""What the name of a file begins with that is being written."""

LONG = 86400
"""Seconds after which nobody is writing such a file any more."""


class Folder:
    """Objects as files. Each is written beside its place, synced, and given its name: so none is ever seen half."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, place: str, *, make: bool) -> "Folder":
        """Open a folder by its path or its file:/// URL."""
        path = Path(parts_of(place)[1] if place.startswith("file:///") else place)
        with _told(path):
            if make:
                path.mkdir(0o700, parents=True, exist_ok=True)
                _clear(path)
            elif not path.is_dir():
                raise NotFound(f"there is no folder {path}; check the path of the backup")
        return cls(path)

    def create(self, name: str, data: bytes) -> bool:
        """See Objects.create."""
        with _told(self._path / name), self._written(name, data) as half:
            try:
                (self._path / name).hardlink_to(half)
            except FileExistsError:
                return False
            finally:
                disk.remove(half)
            disk.sync_folder((self._path / name).parent)
            return True

    def put(self, name: str, data: bytes) -> None:
        """See Objects.put."""
        with _told(self._path / name), self._written(name, data) as half:
            disk.rename(half, self._path / name)
            disk.sync_folder((self._path / name).parent)

    def get(self, name: str) -> bytes | None:
        """See Objects.get."""
        with _told(self._path / name), suppress(FileNotFoundError):
            return (self._path / name).read_bytes()
        return None

    def names(self, folder: str) -> list[str]:
        """See Objects.names."""
        with _told(self._path / folder), suppress(FileNotFoundError):
            return sorted(f"{folder}/{file.name}" for file in (self._path / folder).iterdir() if not file.name.startswith(HALF))
        return []

    def remove(self, names: Sequence[str]) -> None:
        """See Objects.remove."""
        with _told(self._path):
            for name in names:
                disk.remove(self._path / name)

    def close(self) -> None:
        """See Objects.close."""

    @contextmanager
    def _written(self, name: str, data: bytes) -> Iterator[Path]:
        """Write a file that has no name of an object yet; whoever is in the block gives it one, or removes it."""
        folder = (self._path / name).parent
        disk.make_folder(folder)
        half = folder / f"{HALF}{os.urandom(8).hex()}"
        try:
            file = disk.open_file(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            try:
                disk.write(file, data, 0)
                disk.sync(file)
            finally:
                os.close(file)
            yield half
        except BaseException:
            disk.remove(half)
            raise


def _clear(path: Path) -> None:
    """Remove what writers have left that were killed long ago; one that is at work now is left alone."""
    for file in (*path.glob(f"{HALF}*"), *path.glob(f"*/{HALF}*")):
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < time() - LONG:
                disk.remove(file)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise StorageFull(f"no space is left for {path}; free some, and repeat the call") from error
        raise StoreError(f"{path}: {error.strerror or error}", "unknown") from error
