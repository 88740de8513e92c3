"""What vectors say about one query."""

from collections.abc import Sequence
from typing import Protocol


class Dense(Protocol):
    """How like one query messages are, on any scale where more is more alike. Positions are those of the owner's ledger."""

    @property
    def typical(self) -> float:
        """How like the query a message is that has nothing to do with it: the average message's likeness, for one."""
        ...

    def nearest(self, count: int) -> Sequence[int]:
        """Return the positions of the messages most like the query, at most ``count``."""
        ...

    def similarities(self, positions: Sequence[int]) -> Sequence[float | None]:
        """Return how like the query each message is; None where it has no vector."""
        ...
