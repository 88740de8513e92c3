"""The highest position of all erased ledgers: new ones begin beyond it, so that no position is used again."""

import os
from pathlib import Path

from msgspec import DecodeError, Struct
from msgspec.json import decode

from recollect.errors import Damaged
from recollect.store.files import disk
from recollect.store.files.lines import seal, unseal
from recollect.store.files.locks import locked


class _Watermark(Struct, frozen=True, tag_field="type", tag="watermark"):
    position: int


def read_watermark(root: Path) -> int:
    """Return the watermark of a store; 0 before the first erasure."""
    path = root / "watermark"
    try:
        body = unseal(path.read_bytes())
    except FileNotFoundError:
        return 0
    try:
        return decode(body or b"", type=_Watermark).position
    except (DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"{path} is not what was written; restore it from a backup") from error


def raise_watermark(root: Path, position: int, deadline: float) -> None:
    """Raise the watermark of a store to a position, for good."""
    with locked(root / "watermark.lock", exclusive=True, make=True, deadline=deadline):
        if position > read_watermark(root):
            _write(root, position)
        disk.sync_folder(root)  # in any case: who wrote it may have been killed before


def _write(root: Path, position: int) -> None:
    fresh = root / "watermark.new"
    file = disk.open_file(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        disk.write(file, seal(_Watermark(position)), 0)
        disk.sync(file)
    finally:
        os.close(file)
    disk.rename(fresh, root / "watermark")
