"""A disk whose power can fail: what has been synced survives, and of the rest whatever chance lets through.

A recording is a list of events. Bytes live in nodes (files, by number), names in folders. A sync of a node makes its bytes and its
size durable; only a sync of the folder makes a name durable that was given, changed or taken. Sectors of 512 bytes are written whole
or not at all, in any order; bytes that a write does not touch stay as they are.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random

from msgspec import Struct

SECTOR = 512


ROOT = 0
"""The node of the folder that holds all others."""


class Named(Struct, frozen=True):
    """A node was given a name in a folder, which is a node as well. ``contains``: whether it is a folder itself."""

    folder: int
    name: str
    node: int
    contains: bool = False


class Wrote(Struct, frozen=True):
    """Bytes were written into a node."""

    node: int
    offset: int
    data: bytes


class Sized(Struct, frozen=True):
    """A node was cut off, or made longer by zeros."""

    node: int
    size: int


class Moved(Struct, frozen=True):
    """A name was changed, over whatever had the new one."""

    folder: int
    name: str
    to_folder: int
    to_name: str


class Unnamed(Struct, frozen=True):
    """A name was taken away."""

    folder: int
    name: str


class Synced(Struct, frozen=True):
    """A node was synced: the bytes and the size of a file, or the names in a folder."""

    node: int


Event = Named | Wrote | Sized | Moved | Unnamed | Synced
Names = dict[tuple[int, str], int]
Chance = Callable[[], bool]


class Disk:
    """What of a recording is durable, and what is still on its way."""

    def __init__(self) -> None:
        self._bytes: dict[int, bytearray] = {}
        self._writes: dict[int, list[Wrote | Sized]] = {}
        self._folders = {ROOT}
        self._names: Names = {}
        self._renames: list[Named | Moved | Unnamed] = []

    def apply(self, event: Event) -> None:
        """Go on by one event."""
        match event:
            case Wrote() | Sized():
                self._writes.setdefault(event.node, []).append(event)
            case Synced():
                self._sync(event.node)
            case _:
                self._renames.append(event)
                if isinstance(event, Named) and event.contains:
                    self._folders.add(event.node)

    def is_folder(self, node: int) -> bool:
        """Tell whether a node is a folder."""
        return node in self._folders

    def sync(self) -> None:
        """Make all durable, as a system does that is shut down in order."""
        for node in [*self._folders, *self._writes]:
            self._sync(node)

    def image(self, rng: Random) -> dict[str, bytes | None]:
        """Return what is found after a power cut at this moment: bytes by path, None for folders."""
        chance = _luck(rng)
        names = dict(self._names)
        fate = rng.choice(("first", "any"))
        for rename in self._renames:
            if chance():
                _rename(names, rename)
            elif fate == "first":  # names are often kept in a journal, which loses its end
                break
        found: dict[str, bytes | None] = {}
        self._explore(ROOT, "", names, lambda node: self._content(node, rng, chance), found)
        return found

    def _sync(self, node: int) -> None:
        if node in self._folders:
            here = [rename for rename in self._renames if node in _folders_of(rename)]
            self._renames = [rename for rename in self._renames if rename not in here]
            for rename in here:
                _rename(self._names, rename)
        else:
            content = self._bytes.setdefault(node, bytearray())
            for write in self._writes.pop(node, ()):
                _write(content, write)

    def _explore(self, folder: int, path: str, names: Names, content: Callable[[int], bytes], found: dict[str, bytes | None]) -> None:
        for (place, name), node in names.items():
            if place != folder:
                continue
            found[path + name] = None if node in self._folders else content(node)
            if node in self._folders:
                self._explore(node, f"{path}{name}/", names, content, found)

    def _content(self, node: int, rng: Random, chance: Chance) -> bytes:
        content = bytearray(self._bytes.get(node, b""))
        fate = rng.choice(("whole", "torn", "first"))
        for write in self._writes.get(node, ()):
            if isinstance(write, Sized) or fate == "whole":
                if chance():
                    _write(content, write)
            elif fate == "torn":
                _tear(content, write, rng, chance)
            elif not chance():  # the first writes, and a part of one more
                _tear(content, write, rng, lambda: rng.random() < 0.5)
                break
            else:
                _write(content, write)
        return bytes(content)


def found_in(folder: Path) -> tuple[Disk, dict[str, int]]:
    """Return a disk on which all that a folder holds is durable, and the nodes by path; the folder's own is at ``"."``."""
    disk, nodes = Disk(), {".": ROOT}
    for number, path in enumerate(sorted(folder.rglob("*")), ROOT + 1):
        name = path.relative_to(folder)
        nodes[name.as_posix()] = number
        disk.apply(Named(nodes[name.parent.as_posix()], name.name, number, path.is_dir()))
        if path.is_file():
            disk.apply(Wrote(number, 0, path.read_bytes()))
    disk.sync()
    return disk, nodes


def spread(image: dict[str, bytes | None], folder: Path) -> None:
    """Write an image into an empty folder."""
    for path, content in sorted(image.items()):
        if content is None:
            (folder / path).mkdir(exist_ok=True)
        else:
            (folder / path).write_bytes(content)


def _luck(rng: Random) -> Chance:
    """Return what decides over each thing that is not durable: nothing survives, nearly all, or any part."""
    odds = rng.choice((0.0, 0.1, 0.5, 0.9, 1.0, rng.random()))
    return lambda: rng.random() < odds


def _write(content: bytearray, write: Wrote | Sized) -> None:
    if isinstance(write, Sized):
        del content[write.size :]
        content.extend(bytes(write.size - len(content)))
    else:
        content.extend(bytes(max(0, write.offset - len(content))))
        content[write.offset : write.offset + len(write.data)] = write.data


def _tear(content: bytearray, write: Wrote, rng: Random, chance: Chance) -> None:
    """Write some sectors of a write. The file may have got its new size without the bytes: zeros, or what the disk held before."""
    end = write.offset + len(write.data)
    if end > len(content) and rng.random() < 0.5:
        grown = end - len(content)
        content.extend(bytes(grown) if rng.random() < 0.5 else rng.randbytes(grown))
    start = write.offset
    while start < end:
        stop = min((start // SECTOR + 1) * SECTOR, end)
        if chance():
            _write(content, Wrote(write.node, start, write.data[start - write.offset : stop - write.offset]))
        start = stop


def _rename(names: Names, rename: Named | Moved | Unnamed) -> None:
    at = rename.folder, rename.name
    match rename:
        case Named():
            names[at] = rename.node
        case Moved() if at in names:
            names[rename.to_folder, rename.to_name] = names.pop(at)
        case Unnamed():
            names.pop(at, None)


def _folders_of(rename: Named | Moved | Unnamed) -> set[int]:
    return {rename.folder, rename.to_folder} if isinstance(rename, Moved) else {rename.folder}
