"""The archive of a user: what it holds, and how it is read and checked."""

import os
from datetime import datetime
from hashlib import sha256
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812  # the library's name says nothing by itself

import msgspec
from msgspec import Struct, field

from recollect.errors import Damaged, Invalid, NewerFormat, RecollectError

FORMAT = "recollect.user"
VERSION = 1
MAGIC = b"PK\x03\x04"
"""What a zip archive begins with."""

MANIFEST, CONVERSATIONS, STATE, ATTACHMENTS, SCHEMA, README = (
    "manifest.json",
    "conversations.jsonl",
    "state.jsonl",
    "attachments.json",
    "schema.json",
    "README.txt",
)
LARGEST_MANIFEST = 64 << 20
PIECE = 1 << 20


class File(Struct, frozen=True):
    """A file of the archive."""

    name: str
    bytes: int
    sha256: str


class Manifest(Struct, frozen=True):
    """What an archive holds. ``documents`` counts all of the user's ledger, in both files of lines."""

    format: str
    version: int
    created: datetime
    tenant: str
    user: str
    sessions: int
    messages: int
    documents: int
    attachments: int
    files: list[File] = field(default_factory=list)


def conversations(file: IO[bytes], path: str | os.PathLike[str]) -> tuple[IO[bytes], int]:
    """Return the conversations within an archive, to be read from their start, and their bytes. All of the archive is checked before.

    Raises:
        Invalid: it is a zip archive of something else.
        NewerFormat: it was written by a newer Recollect.
        Damaged: a file of it is missing, was added, or is not what was written.

    """
    try:
        archive = ZipFile(file)
        if any(one.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for one in archive.infolist()):
            raise Damaged(f"{os.fspath(path)!r} is packed in a way that no export is; export the user again")
        manifest = _manifest(archive, path)
        for one in manifest.files:
            _check(archive, one, path)
        extra = set(archive.namelist()) - {one.name for one in manifest.files} - {MANIFEST}
        if extra:
            raise Damaged(f"{os.fspath(path)!r} holds files that its manifest does not know, such as {min(extra)!r}; export the user again")
        return archive.open(CONVERSATIONS), archive.getinfo(CONVERSATIONS).file_size
    except RecollectError:
        raise
    except (BadZipFile, EOFError, KeyError, OSError, RuntimeError, ValueError, ZlibError) as error:
        raise Damaged(f"{os.fspath(path)!r} is cut off or damaged ({error}); export the user again") from error


def _manifest(archive: ZipFile, path: str | os.PathLike[str]) -> Manifest:
    if MANIFEST not in archive.namelist():
        raise Invalid(f"{os.fspath(path)!r} is a zip archive, and no export of a user; unpack it, and import the files in it")
    if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise Damaged(f"{os.fspath(path)!r} has a manifest of more than {LARGEST_MANIFEST >> 20} MiB; export the user again")
    try:
        manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"{os.fspath(path)!r} has a manifest that cannot be read ({error}); export the user again") from error
    if manifest.format != FORMAT:
        raise Invalid(f"{os.fspath(path)!r} is no export of a user; unpack it, and import the files in it")
    if manifest.version > VERSION:
        text = f"{os.fspath(path)!r} has version {manifest.version} of the archive's format, and this Recollect reads up to {VERSION}"
        raise NewerFormat(f"{text}; upgrade it with: pip install -U recollect")
    return manifest


def _check(archive: ZipFile, one: File, path: str | os.PathLike[str]) -> None:
    if archive.getinfo(one.name).file_size != one.bytes or _sum(archive.open(one.name)) != one.sha256:
        raise Damaged(f"{os.fspath(path)!r}: {one.name} is not what was written; export the user again")


def _sum(file: IO[bytes]) -> str:
    total = sha256()
    with file:
        while piece := file.read(PIECE):
            total.update(piece)
    return total.hexdigest()
