"""Where installed models stand: a folder of the user's, with one folder for each."""

import os
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

import msgspec
from msgspec import Struct

from recollect.errors import Damaged, NewerFormat

FOLDER = "RECOLLECT_MODELS"
"""The environment's variable that names another folder."""
MANIFEST = "manifest.json"
FORMAT = 1


class Manifest(Struct, frozen=True):
    """What stands beside an installed model: its name and version, what it was made of, and its files with their SHA-256."""

    name: str
    version: int
    weights: str
    width: int
    installed: datetime
    files: dict[str, str]
    format: int = FORMAT

    @property
    def vectors(self) -> str:
        """The name that vectors of this model are kept under."""
        return f"{self.name}-{self.version}-{self.weights[:8]}"


class Shelf:
    """The folder of installed models: the user's own, unless given."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or _users()

    def manifest(self, name: str) -> Manifest | None:
        """Return what is known of an installed model; None if it is not installed.

        Raises:
            Damaged: it is not readable; install the model again.
            NewerFormat: a newer Recollect has installed it.

        """
        path = self.folder / name / MANIFEST
        try:
            found = msgspec.json.decode(path.read_bytes(), type=Manifest)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except msgspec.DecodeError as error:
            raise Damaged(f"{path} is damaged; install the model again: recollect model install {name}") from error
        if found.format > FORMAT:
            raise NewerFormat(f"{path} was written by a newer Recollect; upgrade this one, or install the model again")
        return found

    def names(self) -> list[str]:
        """Return the names of the installed models, in order."""
        return sorted(path.parent.name for path in self.folder.glob(f"*/{MANIFEST}"))

    def read(self, manifest: Manifest, kind: str) -> bytes:
        """Return one file of an installed model.

        Raises:
            Damaged: it is gone, or is not what was installed.

        """
        for name, digest in manifest.files.items():
            if Path(name).suffix == kind:
                path = self.folder / manifest.name / name
                data = path.read_bytes() if path.exists() else b""
                if sha256(data).hexdigest() == digest:
                    return data
                raise Damaged(f"{path} is not what was installed; install the model again: recollect model install {manifest.name}")
        raise Damaged(f"{manifest.name} has no {kind} file; install the model again: recollect model install {manifest.name}")

    def put(self, name: str, version: int, weights: str, width: int, files: dict[str, bytes]) -> Manifest:
        """Keep a model, in the place of the one of its name. Whoever loads it meanwhile gets the one or the other, whole.

        The files' names tell what is in them; the manifest that names them is put in its place last.
        """
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        named = {}
        for file, data in files.items():
            digest = sha256(data).hexdigest()
            path = folder / file
            path = path.with_stem(f"{path.stem}-{digest[:8]}")
            named[path.name] = digest
            _write(path, data)
        manifest = Manifest(name, version, weights, width, datetime.now(UTC), named)
        _write(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
        for path in folder.iterdir():
            if path.name not in named and path.name != MANIFEST:
                path.unlink(missing_ok=True)
        return manifest

    def remove(self, name: str) -> bool:
        """Remove an installed model. Returns whether there was one."""
        folder = self.folder / name
        found = (folder / MANIFEST).exists()
        (folder / MANIFEST).unlink(missing_ok=True)
        rmtree(folder, ignore_errors=True)
        return found


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _users() -> Path:
    """Return the folder for what a program can fetch again, as this platform has it."""
    told = os.environ.get(FOLDER)
    if told:
        return Path(told)
    home = Path.home()
    if sys.platform == "win32":
        cache = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        cache = home / "Library" / "Caches"
    else:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return cache / "recollect" / "models"
