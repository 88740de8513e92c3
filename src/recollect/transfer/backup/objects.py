"""Where a backup lives: named objects in a folder or a bucket."""

from collections.abc import Sequence
from typing import Protocol

from recollect.errors import Invalid

FORMS = "a folder, or s3://bucket/prefix"


class Objects(Protocol):
    """Named bytes that are written whole or not at all, and read back as they were written.

    Names are paths of ASCII letters, digits, dots, dashes and slashes. Methods may be called by many threads at once.
    Errors leave as ``StoreError``; one that another attempt may mend has been tried a bounded number of times before.
    """

    def create(self, name: str, data: bytes) -> bool:
        """Write an object that is not there yet. Returns whether it was written: not, where there is one of this name."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Write an object, also in the place of another."""
        ...

    def get(self, name: str) -> bytes | None:
        """Return an object; None where there is none."""
        ...

    def names(self, folder: str) -> list[str]:
        """Return the names of the objects whose names begin with ``folder/``, in order."""
        ...

    def remove(self, names: Sequence[str]) -> None:
        """Remove objects, those that are there."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


def open_objects(place: str, *, make: bool = False) -> Objects:
    """Open the folder or the bucket that is named. ``make``: a folder is made where it is new.

    Raises:
        Invalid: the name is of no known form.
        MissingExtra: boto3 is not installed.
        StoreError: there is no such folder or bucket.

    """
    if not isinstance(place, str) or not place:
        raise Invalid(f"a backup lives in {FORMS}")
    if place.startswith("s3://"):
        from recollect.transfer.backup.s3 import Bucket

        return Bucket.of(place)
    if "://" in place and not place.startswith("file:///"):
        raise Invalid(f"a backup lives in {FORMS}; a copy in a database is made by: recollect copy")
    from recollect.transfer.backup.folder import Folder

    return Folder.of(place, make=make)
