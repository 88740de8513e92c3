"""What a store can do about the bytes that a removal leaves beside the data."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class Scrubs(Protocol):
    """A store that clears what removals leave behind, as far as it can, and tells what it cannot. An optional power."""

    def scrub(self) -> Sequence[str]:
        """Overwrite or drop what removed data left in logs and free space, and return where some may remain, with what to do about it."""
        ...


@runtime_checkable
class Keeps(Protocol):
    """A store without Scrubs over a server that keeps removed bytes for a while where its administrator alone can clear them. An optional power."""

    def keeps(self) -> Sequence[str]:
        """Return where removed bytes stay, and until when, or what clears them."""
        ...
