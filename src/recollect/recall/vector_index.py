"""Vectors that are kept elsewhere: what stands in for the matrix, and embeds by itself."""

from collections.abc import Collection, Container, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from recollect.errors import Invalid
from recollect.model import Owner


class Row(Struct, frozen=True):
    """A message or a fact to be kept, in pieces that are embedded each by itself. A fact has the session ""."""

    position: int
    session: str
    pieces: tuple[str, ...]


class Near(Struct, frozen=True):
    """A piece that was found: of whom, of which message, and how like the query it is; more is more alike, on any scale."""

    owner: Owner
    position: int
    session: str
    score: float


class VectorIndex(Protocol):
    """Keeps vectors of the messages of many owners. It may be called by several threads, may fail, and may be slow.

    ``name`` tells a person which one it is.
    """

    name: str

    def add(self, owner: Owner, rows: Sequence[Row], /) -> None:
        """Embed and keep rows. What is there already with the same text is left as it is, and not embedded again."""
        ...

    def remove(self, owner: Owner, positions: Sequence[int], /) -> None:
        """Remove messages, those that are there."""
        ...

    def lacking(self, owner: Owner, positions: Sequence[int], /) -> list[int]:
        """Return which messages are not there; all, where it cannot tell."""
        ...

    def search(self, owner: Owner, text: str, count: int, /) -> Sequence[Near]:
        """Return the pieces most like a text among this owner's, at most ``count``; fewer only if there are no more."""
        ...


def as_vector_index(given: object) -> VectorIndex:
    """Return what was given, if it keeps vectors.

    Raises:
        Invalid: it does not; the message says what to give.

    """
    named = isinstance(getattr(given, "name", None), str)
    if named and not isinstance(given, type) and all(callable(getattr(given, one, None)) for one in ("add", "remove", "lacking", "search")):
        return given  # type: ignore[return-value]  # it has what is asked for
    raise Invalid(f"vectors is a {type(given).__name__}; give a recollect.adapters.langchain.VectorIndex over a LangChain vector store")


class Nearest:
    """What the best of an owner's vectors say about a query. A ``Dense``.

    Args:
        found: how like the query the best messages are, by position.
        known: the messages that have vectors.
        whole: whether all of these were found.

    """

    def __init__(self, found: Mapping[int, float], known: Container[int], *, whole: bool) -> None:
        self._found = found
        self._known = known
        scores = found.values()
        self._typical = 0.0 if not scores else sum(scores) / len(scores) if whole else min(scores)

    @property
    def typical(self) -> float:
        """How like the query a message is on average; where only the best are known, the least of these: the others are not above it."""
        return self._typical

    def nearest(self, count: int) -> list[int]:
        """Return the positions of the messages most like the query, the best first."""
        return sorted(self._found, key=self._found.__getitem__, reverse=True)[:count]

    def similarities(self, positions: Sequence[int]) -> list[float | None]:
        """Return how like the query each message is: those that were not found as a typical one; None where it has no vector."""
        typical, known = self._typical, self._known
        return [self._found.get(position, typical if position in known else None) for position in positions]


def best_of(near: Sequence[Near]) -> dict[int, float]:
    """Return each message's best score, by position."""
    found: dict[int, float] = {}
    for one in near:
        found[one.position] = max(one.score, found.get(one.position, one.score))
    return found


def foreign(near: Sequence[Near], owner: Owner) -> Collection[Near]:
    """Return what is not this owner's."""
    return [one for one in near if one.owner != owner]
