"""Files as they are read: piece by piece, and never trusted."""

import json
import os
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import msgspec

from recollect.errors import Invalid, NotFound, RecollectError, StoreError
from recollect.transfer.archive import MAGIC, conversations
from recollect.transfer.report import Refusal

LONGEST = 64 << 20
"""The most bytes of one line, or of one item of a JSON list."""


class Source:
    """A file that is imported.

    Args:
        path: where it is.
        session: the session that messages go to, where the file does not say it.
        table: the table to read, if it is a database.

    ``done`` of ``total`` tells how far it has been read: bytes, or rows of a table. ``now`` stands for the times that the
    file does not tell.

    """

    def __init__(self, path: str | os.PathLike[str], session: str | None, table: str) -> None:
        self.path = Path(path)
        self.session = session
        self.table = table
        self.now = datetime.now(UTC)
        self.done = 0
        try:
            self._outer = self.path.open("rb")
        except FileNotFoundError as error:
            raise NotFound(f"there is no file {str(path)!r}; check the path") from error
        except IsADirectoryError as error:
            raise Invalid(f"{str(path)!r} is a folder; give one of the files in it") from error
        except (OSError, ValueError) as error:
            raise StoreError(f"{str(path)!r} cannot be opened: {error}") from error
        self.file: IO[bytes] = self._outer
        self.total = os.fstat(self._outer.fileno()).st_size
        try:
            if self._outer.seekable() and self._take(self._outer.read, len(MAGIC)) == MAGIC:
                self.file, self.total = conversations(self._outer, self.path)
        except RecollectError:
            self._outer.close()
            raise

    def rewind(self) -> bytes:
        """Go to the start of the text, behind a byte order mark, and return the first few bytes from there."""
        self._seek(0)
        head = self.read(64)
        if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            raise Invalid(f"{str(self.path)!r} is in UTF-16; save it as UTF-8, and import that")
        start = len(BOM_UTF8) if head.startswith(BOM_UTF8) else 0
        self._seek(start)
        self.done = 0
        return head[start:]

    def _seek(self, place: int) -> None:
        try:
            self.file.seek(place)
        except OSError as error:
            raise StoreError(f"{str(self.path)!r} cannot be read from its start: {error}; save it as a file first") from error

    def read(self, size: int) -> bytes:
        """Return up to so many bytes; none at the end."""
        return self._take(self.file.read, size)

    def lines(self) -> Iterator[tuple[int, bytes] | Refusal]:
        """Yield the lines that hold something, with their numbers from 1; a line above LONGEST is refused."""
        self.rewind()
        number = 0
        while raw := self._take(self.file.readline, LONGEST + 1):
            number += 1
            if len(raw) > LONGEST:
                while raw and not raw.endswith(b"\n"):
                    raw = self._take(self.file.readline, LONGEST + 1)
                yield Refusal(number, f"the line is longer than {LONGEST >> 20} MiB; split it")
            elif stripped := raw.strip():
                yield number, stripped

    def _take(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            piece = read(size)
        except OSError as error:
            raise StoreError(f"{str(self.path)!r} cannot be read: {error}") from error
        self.done += len(piece)
        return piece

    def __enter__(self) -> Self:
        """Return the source, to be closed at the end of the block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the file."""
        self.file.close()
        self._outer.close()


def parse(raw: bytes, what: str) -> Any:
    """Return the value of a JSON text. ``what`` is how an error calls it.

    Lone surrogates and NaN pass, although JSON in UTF-8 has neither: so that the one message that holds them is refused
    when it is encoded, and not the whole conversation around it.

    Raises:
        Invalid: the text is no JSON.

    """
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _parse_loosely(raw, what)


def _parse_loosely(raw: bytes, what: str) -> Any:
    try:
        return json.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise Invalid(f"{what} is not UTF-8: {error.reason} at byte {error.start}") from error
    except RecursionError as error:
        raise Invalid(f"{what} is nested too deep to be read") from error
    except ValueError as error:
        raise Invalid(f"{what} is not JSON: {error}") from error
