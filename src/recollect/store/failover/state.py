"""What is known of a failover at a moment, and how errors bear on it."""

from typing import Literal

from msgspec import Struct

from recollect.errors import Damaged, NewerFormat, Outcome, StorageFull, StoreError


class FailoverState(Struct, frozen=True):
    """How a failover stands.

    ``primary``: ``"up"``; ``"down"``; or ``"returning"``: it answers, and what waits is being replayed.
    ``since``: when it went down, in seconds since 1970; ``error``: what it said last.
    ``waiting``: operations in the spool that are still to be replayed, by any process; ``lag``: the age of the oldest in seconds.
    ``refused``: acknowledged operations that the primary did not take, see ``Failover.refused``.
    Since this process began: ``overtaken``: appends that were replayed though their session had moved on from where they
    expected it; ``degraded_reads`` and ``spooled_writes``: calls that were served without the primary.
    """

    primary: Literal["up", "down", "returning"]
    since: float | None
    error: str | None
    waiting: int
    lag: float
    refused: int
    overtaken: int
    degraded_reads: int
    spooled_writes: int


class Down(StoreError):
    """The primary did not answer a call. ``outcome`` tells what may have become of it."""

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(message, outcome)


class Moved(StoreError):
    """What was spooled has just gone to the primary. Ask that; repeat the call."""


def means_outage(error: StoreError) -> bool:
    """Tell whether an error may mean that the primary is down. That it is full, damaged or too new, it must be there to tell."""
    return not isinstance(error, StorageFull | Damaged | NewerFormat)
