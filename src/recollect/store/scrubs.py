"""What a store can do about the bytes that a removal leaves beside the data."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class Scrubs(Protocol):
    """A store that clears what removals leave behind, as far as it can, and tells what it cannot. An optional power."""

    def scrub(self) -> Sequence[str]:
        """Overwrite or drop what removed data left in logs and free space, and return where some may remain, with what to do about it."""
        ...
