"""What was derived of a ledger: files beside its log, which may be missing, torn or damaged without any harm."""

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal
from zlib import crc32

from msgspec import DecodeError, Struct
from msgspec.json import decode

from recollect.model import Saved
from recollect.store.files import disk
from recollect.store.files.lines import seal, unseal

_START = "derived-"


class _Header(Struct, frozen=True, tag_field="type", tag="derived"):
    """The first line. Behind it stand the parts, of these ``sizes``; ``checksum`` is their CRC-32 as a whole."""

    format: Literal[1]
    name: str
    position: int
    sizes: tuple[int, ...]
    checksum: int


def write_derived(folder: Path, name: str, position: int, parts: Sequence[bytes]) -> None:
    """Write a derived document, in the place of the one of this name; without parts, remove that one. The owner's lock is held."""
    path = _path(folder, name)
    if not parts:
        disk.remove(path)
        return
    header = seal(_Header(1, name, position, tuple(len(part) for part in parts), _checksum(parts)))
    fresh = path.with_suffix(".new")
    file = disk.open_file(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        offset = 0
        for data in (header, *parts):
            disk.write(file, data, offset)
            offset += len(data)
    except OSError:
        disk.remove(fresh)
        raise
    finally:
        os.close(file)
    disk.rename(fresh, path)


def read_derived(folder: Path, name: str) -> Saved | None:
    """Return a derived document; None if there is none, or it is not what was written."""
    try:
        with _path(folder, name).open("rb") as file:
            header, rest = _header(file.readline()), file.read()
    except FileNotFoundError:
        return None
    if header is None or (header.name, sum(header.sizes), header.checksum) != (name, len(rest), crc32(rest)):
        return None
    return Saved(header.position, tuple(_split(rest, header.sizes)))


def position_of(folder: Path, name: str) -> int | None:
    """Return up to where the ledger was read for a derived document; None if there is none."""
    try:
        with _path(folder, name).open("rb") as file:
            header = _header(file.readline())
    except FileNotFoundError:
        return None
    return None if header is None else header.position


def remove_derived(folder: Path) -> None:
    """Remove all derived documents, and what a killed process has left of one, for good."""
    found = [path for path in folder.iterdir() if path.name.startswith(_START)]
    for path in found:
        disk.remove(path)
    if found:
        disk.sync_folder(folder)


def _header(line: bytes) -> _Header | None:
    try:
        return decode(unseal(line) or b"", type=_Header)
    except (DecodeError, UnicodeDecodeError):
        return None


def _path(folder: Path, name: str) -> Path:
    return folder / f"{_START}{sha256(name.encode()).hexdigest()[:32]}"


def _checksum(parts: Sequence[bytes]) -> int:
    value = 0
    for part in parts:
        value = crc32(part, value)
    return value


def _split(data: bytes, sizes: Sequence[int]) -> Iterator[bytes]:
    start = 0
    for size in sizes:
        yield data[start : start + size]
        start += size
