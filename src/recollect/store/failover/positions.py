"""Where positions come from: the primary's own, those of another database that holds a copy, and those of an outage.

Positions of different origin never meet: whoever holds one from before a transition cannot take another entry for that one.
"""

from collections.abc import Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from recollect.errors import Conflict, StoreError
from recollect.model import Document, Entry, SessionState

BORROWED = 1 << 51
"""A fallback that is no replica has positions of its own: they are served with this added."""

PROVISIONAL = 1 << 52
"""Positions from here up to 2^53 are those of operations that wait in a spool, each spool in a range of its own."""

RANGES = 1 << 20
"""Of so many ranges a spool chooses one at random."""

RANGE = 1 << 32
"""The positions of a spool, over its whole life."""

BEYOND = 1 << 53
"""No position of any origin is as high."""

T = TypeVar("T", Entry, Document)


def is_provisional(position: int) -> bool:
    """Tell whether a position is from an outage, and no longer holds when the primary is back: what was read may lag, or wait in the spool."""
    return BORROWED <= position < BEYOND


def placed(item: T, offset: int) -> T:
    """Return an entry or document of a copy, with its position so much higher."""
    return replace(item, position=item.position + offset) if offset else item


def placed_state(state: SessionState, offset: int) -> SessionState:
    """Return a session's state in a copy, with its positions so much higher; 0 stays 0."""
    if not offset:
        return state
    position, activity, revision = (value and value + offset for value in (state.position, state.activity, state.revision))
    return replace(state, position=position, activity=activity, revision=revision)


class Foreign(Struct, frozen=True):
    """Positions that mean nothing to the primary: those from ``first`` on."""

    first: int

    def lower(self, position: int) -> int:
        """Return what the primary is to read beyond: everything, where the position is from an outage that is over."""
        return 0 if self._has(position) else position

    def upper(self, position: int | None) -> int | None:
        """Return what the primary is to read below.

        Raises:
            StoreError: the position is from an outage that is over.

        """
        if position is not None and self._has(position):
            raise StoreError(f"position {position} is from an outage that is over; read again from the end, without it")
        return position

    def leave_out(self, positions: Sequence[int]) -> list[int]:
        """Return those that the primary can know."""
        return [position for position in positions if not self._has(position)]

    def known(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Return entries that the primary can know by their positions.

        Raises:
            Conflict: some were read in an outage that is over.

        """
        for entry in entries:
            if self._has(entry.position):
                raise Conflict(f"message {entry.id!r} was read in an outage that is over; read it again, and try again", entry.position)
        return entries

    def _has(self, position: int) -> bool:
        return self.first <= position < BEYOND
