"""The vector store of a memory: asked within a time limit, left alone for a while when it fails, and never trusted with whose a row is."""

from collections.abc import Callable, Sequence

from recollect.core.guarded import LIMIT, Guarded
from recollect.model import Owner
from recollect.recall.vector_index import Near, Row, as_vector_index, foreign

REMOVALS = 500
"""Messages that are removed at a time."""

PATIENCE = 60.0
"""Seconds that adding or removing a batch of messages may take."""


class Feeding(Guarded):
    """Asks a vector index, from threads of its own. It never raises what that raises.

    Args:
        given: a ``VectorIndex``.
        limit: seconds that a search may take.

    Raises:
        Invalid: what was given is no vector index.

    """

    def __init__(self, given: object, limit: float = LIMIT) -> None:
        super().__init__("vector store", limit)
        self._index = as_vector_index(given)

    @property
    def name(self) -> str:
        """The vector index's name."""
        return self._index.name

    @property
    def failed(self) -> str:
        """How it failed last; empty if it works."""
        return self._failed

    def search(self, owner: Owner, text: str, count: int, *, anyway: bool = False) -> list[Near] | None:
        """Return the owner's pieces most like a text; None where the vector store does not tell within the time limit.

        ``anyway``: even if it failed a moment ago.
        """
        if self.rests and not anyway:
            return None
        found = self.within(self._limit, lambda: self._index.search(owner, text, count))
        if found is None:
            return None
        strange = foreign(found, owner)
        if strange:
            from logging import getLogger

            getLogger("recollect").error(
                "The vector store %s returned %d rows of others to a search of one user's, which were dropped: check how it is filtered.",
                self.name,
                len(strange),
            )
        return [one for one in found if one.owner == owner]

    def add(self, owner: Owner, rows: Sequence[Row], *, at_once: bool = False) -> bool:
        """Have messages embedded and kept. Returns whether that went well. ``at_once``: within a query's limit."""
        return not rows or (not self.rests and self._done(lambda: self._index.add(owner, rows), at_once))

    def remove(self, owner: Owner, positions: Sequence[int], *, at_once: bool = False, anyway: bool = False) -> bool:
        """Have messages removed. Returns whether that went well. ``anyway``: even if the vector store failed a moment ago."""
        return not positions or ((anyway or not self.rests) and self._done(lambda: self._index.remove(owner, positions), at_once))

    def empty(self, owner: Owner, last: int) -> bool:
        """Remove all that is there of an owner whose ledger ends at a position, and look whether anything is left. Returns whether it is gone."""
        batches = (range(start, min(start + REMOVALS, last + 1)) for start in range(1, last + 1, REMOVALS))
        if not all(self.remove(owner, batch, anyway=True) for batch in batches):
            return False
        removed: set[int] = set()
        while True:  # ends: each round finds what none before has found
            near = self.search(owner, "hello", REMOVALS, anyway=True)
            if near is None:
                return False
            left = {one.position for one in near} - removed
            if not left:
                return True
            if not self.remove(owner, sorted(left), anyway=True):
                return False
            removed |= left

    def lacking(self, owner: Owner, positions: Sequence[int]) -> list[int] | None:
        """Return which messages are not there; None where the vector store does not tell."""
        return None if self.rests else self.within(self._limit, lambda: self._index.lacking(owner, positions))

    def _done(self, call: Callable[[], None], at_once: bool) -> bool:
        def done() -> bool:
            call()
            return True

        return self.within(self._limit if at_once else PATIENCE, done) is True
