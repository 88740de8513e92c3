"""Anchors: heads of chains that are kept elsewhere, so that what is cut off a chain's end is missed."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import Decoder, Encoder

from recollect.errors import Invalid, NotFound, StoreError
from recollect.privacy.audit.key import Key

PURPOSE = b"recollect audit anchor 1\n"
"""What stands in front of an anchor under its MAC."""


class Anchor(Struct, frozen=True):
    """That a chain had a record of this number and MAC. ``at`` is in microseconds since 1970 (UTC); ``seal`` is the MAC over all the rest."""

    tenant: str
    chain: str
    number: int
    mac: str
    at: int
    seal: str = ""


Anchoring = str | os.PathLike[str] | Callable[[Anchor], object]
"""The path of a file to which anchors are added, a line each; or what is called with each."""

_encoder = Encoder()
_decoder = Decoder(Anchor)


def sealed(anchor: Anchor, key: Key) -> Anchor:
    """Return an anchor with its seal."""
    return Anchor(anchor.tenant, anchor.chain, anchor.number, anchor.mac, anchor.at, key.mac(PURPOSE, _said(anchor)))


def holds(anchor: Anchor, keys: Iterable[Key]) -> bool:
    """Tell whether one of the keys made the anchor's seal."""
    return any(key.checks(anchor.seal, PURPOSE, _said(anchor)) for key in keys)


def to(where: Anchoring) -> Callable[[Anchor], object]:
    """Return what keeps an anchor.

    Raises:
        Invalid: it is no path of a file, and cannot be called.
        NotFound: the file's folder does not exist.

    """
    if callable(where):
        return where
    if not isinstance(where, str | os.PathLike) or not os.fspath(where) or Path(where).is_dir():
        raise Invalid(f"the anchor is {where!r}; give the path of a file, or a function that takes an Anchor")
    if not Path(where).parent.is_dir():
        raise NotFound(f"the folder of the anchors' file {os.fspath(where)!r} does not exist; make it first")
    return _File(Path(where)).keep


class Line(Struct, frozen=True):
    """A line of a file of anchors; without an anchor, it is none."""

    number: int
    anchor: Anchor | None


def read(path: str | os.PathLike[str]) -> Iterator[Line]:
    """Yield the lines of a file of anchors.

    Raises:
        NotFound: there is no such file.
        StoreError: it cannot be read.

    """
    try:
        with Path(path).open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield Line(number, _parsed(line))
    except FileNotFoundError as error:
        raise NotFound(f"there is no file of anchors {os.fspath(path)!r}; give the one that Audit(anchor=…) was given") from error
    except OSError as error:
        raise StoreError(f"the anchors in {os.fspath(path)!r} cannot be read: {error.strerror or error}") from error


class _File:
    """A file that only grows."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, anchor: Anchor) -> None:
        """Add a line, durable when the call returns."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                cut_off = size and os.pread(descriptor, 1, size - 1) != b"\n"  # a line of which a full disk took a part
                line = b"\n" * cut_off + _encoder.encode(anchor) + b"\n"
                if os.write(descriptor, line) != len(line):
                    raise StoreError(f"the anchors' file {os.fspath(self._path)!r} took a part of a line only; is its disk full?")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StoreError(f"the anchors' file {os.fspath(self._path)!r} cannot be written: {error.strerror or error}") from error


def _said(anchor: Anchor) -> bytes:
    return _encoder.encode((anchor.tenant, anchor.chain, anchor.number, anchor.mac, anchor.at))


def _parsed(line: bytes) -> Anchor | None:
    try:
        return _decoder.decode(line)
    except (DecodeError, ValidationError, UnicodeDecodeError):
        return None
