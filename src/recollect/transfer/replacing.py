"""Files that are written whole, or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

from recollect.errors import Invalid, NotFound, RecollectError, StorageFull, StoreError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Give a file to write to, which takes the path's name once the block has ended well and everything is on the disk.

    Until then it stands beside, under a name of its own; when the block fails, it is removed. Only its owner may read it.
    """
    target = Path(path)
    if target.is_dir():
        raise Invalid(f"{str(path)!r} is a folder; give the name of a file in it")
    try:
        descriptor, name = mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)
        _sync(target.parent)
    except RecollectError:
        raise
    except FileNotFoundError as error:
        raise NotFound(f"the folder of {str(path)!r} does not exist; make it first") from error
    except (OSError, ValueError) as error:
        full = isinstance(error, OSError) and error.errno in {ENOSPC, EDQUOT, EFBIG}
        raise (StorageFull if full else StoreError)(f"{str(path)!r} cannot be written: {error}") from error


def _sync(folder: Path) -> None:
    """Make the new name durable."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
