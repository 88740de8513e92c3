"""The vectors of one user's messages: a matrix in memory, searched exactly."""

import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import msgspec
from msgspec import Struct

from recollect.errors import Damaged, Invalid
from recollect.recall.numbers import Numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 2
SPARE = 64
"""Places for vectors that are made at least."""
RUNS = 64
"""Scores of which only the best is looked at for a first idea of the best of all."""
STEPS = 127
"""A number of a vector is kept as so many steps of its largest."""


class _Head(Struct, frozen=True):
    format: int
    name: str
    width: int
    count: int


class Vectors:
    """Vectors under the name of their model, one byte a number. A message has one, or one for each of its pieces.

    One thread at a time may use it: whoever shares one, locks it.

    Args:
        name: the model's.

    """

    def __init__(self, name: str) -> None:
        import numpy as np

        self.name = name
        self._count = 0
        self._positions = np.empty(0, np.int64)
        self._numbers = Numbers(0)
        self._scales = np.empty(0, np.float32)
        self._messages: Messages | None = None

    @property
    def size(self) -> int:
        """The bytes that the vectors take in memory."""
        return self._positions.nbytes + self._numbers.size + self._scales.nbytes

    def __len__(self) -> int:
        """Count the vectors."""
        return self._count

    @property
    def positions(self) -> list[int]:
        """Where the messages stand that have a vector, each once, in order."""
        return list(dict.fromkeys(self._positions[: self._count].tolist()))

    def add(self, positions: Sequence[int], vectors: "NDArray[Any]") -> None:
        """Take vectors in.

        Args:
            positions: where each one's message stands in the ledger; that of a message in pieces as often as it has pieces.
            vectors: (positions, numbers), float32, of length 1.

        Raises:
            Invalid: they are longer or shorter than those that are there.

        """
        import numpy as np

        if not len(positions):
            return
        if self._count and vectors.shape[1] != self._numbers.width:
            raise Invalid(f"{self.name} gives vectors of {vectors.shape[1]} numbers, and gave some of {self._numbers.width}")
        known = set(self._positions[: self._count].tolist()) if self._count and min(positions) <= self._positions[self._count - 1] else set()
        if known:
            self.remove([position for position in positions if position in known])
        start, end = self._count, self._count + len(positions)
        self._make_room(end)
        if not start:
            self._numbers = Numbers(vectors.shape[1])
        steps = np.abs(vectors).max(axis=1) / STEPS
        self._positions[start:end] = positions
        self._numbers.add(np.rint(vectors / steps[:, None]).astype(np.int8))
        self._scales[start:end] = steps
        self._count, self._messages = end, None
        if (np.diff(self._positions[max(0, start - 1) : end]) < 0).any():
            self._select(np.argsort(self._positions[:end], kind="stable"))

    def remove(self, positions: Collection[int]) -> None:
        """Forget messages, those that are there."""
        import numpy as np

        self._select(np.flatnonzero(~np.isin(self._positions[: self._count], list(positions))))

    def keep(self, positions: Collection[int]) -> None:
        """Forget all messages but these."""
        import numpy as np

        self._select(np.flatnonzero(np.isin(self._positions[: self._count], list(positions))))

    def lacking(self, positions: Iterable[int]) -> list[int]:
        """Return which of some messages have no vector, in the order given."""
        known = set(self._positions[: self._count].tolist())
        return [position for position in positions if position not in known]

    def about(self, query: "NDArray[Any]") -> "Likeness":
        """Begin to compare the vectors with a query: (numbers,), float32, of length 1. Returns what they say about it.

        That waits for the comparison when it is asked. Vectors may be added and removed before: it is of those that are there now.

        Raises:
            Invalid: it is of another length.

        """
        import numpy as np

        if self._count and query.shape != (self._numbers.width,):
            raise Invalid(f"{self.name} gives queries {query.shape} numbers, and gave messages {self._numbers.width}")
        if self._messages is None:
            self._messages = _messages(self._positions[: self._count])
        positions, starts = self._messages
        products, scales = self._numbers.dot(query), self._scales[: self._count]

        def cosines() -> "NDArray[Any]":
            scores = products() * scales
            return scores if starts is None else np.maximum.reduceat(scores, starts)

        return Likeness(positions, cosines)

    def dump(self) -> bytes:
        """Return the vectors as bytes, for ``load``."""
        head = msgspec.json.encode(_Head(FORMAT, self.name, self._numbers.width, self._count))
        parts = (_little(one[: self._count]).tobytes() for one in (self._positions, self._scales))
        return b"".join((len(head).to_bytes(4, "little"), head, *parts, *self._numbers.dump()))

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Return the vectors that ``dump`` wrote.

        Raises:
            Damaged: the bytes are no such vectors: make new ones.

        """
        import numpy as np

        start = 4 + int.from_bytes(data[:4], "little")
        try:
            head = msgspec.json.decode(data[4:start], type=_Head)
        except msgspec.DecodeError as error:
            raise Damaged("These bytes are no vectors; make them again from the ledger.") from error
        if head.format != FORMAT or head.width < 0 or head.count < 0 or len(data) != start + head.count * (12 + head.width):
            raise Damaged("These are no vectors of this version; make them again from the ledger.")
        found = cls(head.name)
        found._count = head.count
        found._positions = np.frombuffer(data, "<i8", head.count, start).astype(np.int64)
        found._scales = np.frombuffer(data, "<f4", head.count, start + 8 * head.count).astype(np.float32)
        found._numbers = Numbers.load(data, start + 12 * head.count, head.width, head.count)
        return found

    def _make_room(self, count: int) -> None:
        import numpy as np

        if count <= len(self._positions):
            return
        room = max(SPARE, count + count // 4)
        positions, scales = np.empty(room, np.int64), np.empty(room, np.float32)
        positions[: self._count], scales[: self._count] = self._positions[: self._count], self._scales[: self._count]
        self._positions, self._scales = positions, scales

    def _select(self, rows: "NDArray[Any]") -> None:
        if len(rows) == self._count and (rows[:-1] < rows[1:]).all():
            return
        self._positions, self._numbers, self._scales = self._positions[rows], self._numbers.selected(rows), self._scales[rows]
        self._count, self._messages = len(rows), None


Messages = tuple["NDArray[Any]", "NDArray[Any] | None"]
"""The positions of messages, each once, and where the pieces of each one begin; None if all are in one piece."""


def _messages(positions: "NDArray[Any]") -> Messages:
    """Return the messages whose pieces stand at some positions, in order."""
    import numpy as np

    if (positions[1:] != positions[:-1]).all():
        return positions, None
    starts = np.flatnonzero(np.diff(positions, prepend=-1))
    return positions[starts], starts


class Likeness:
    """How like a query each message is: the cosine of its vector, or of its best piece's. A ``Dense``."""

    def __init__(self, positions: "NDArray[Any]", scored: "Callable[[], NDArray[Any]]") -> None:
        self._positions = positions
        self._scored = scored

    @cached_property
    def _scores(self) -> "NDArray[Any]":
        return self._scored()

    @property
    def typical(self) -> float:
        """How like the query a message is on average."""
        return float(self._scores.mean()) if len(self._scores) else 0.0

    def nearest(self, count: int) -> list[int]:
        """Return the positions of the messages most like the query, the best first."""
        import numpy as np

        scores, least = self._scores, -np.inf
        if len(scores) > RUNS * count:  # as many runs hold one that is no worse: so do all that are among the best
            best = scores[: len(scores) // RUNS * RUNS].reshape(RUNS, -1).max(axis=0)
            least = np.partition(best, -count)[-count]
        some = np.flatnonzero(scores >= least)
        order = np.argsort(-scores[some], kind="stable")[:count]
        found: list[int] = self._positions[some[order]].tolist()
        return found

    def similarities(self, positions: Sequence[int]) -> list[float | None]:
        """Return how like the query each message is; None where it has no vector."""
        import numpy as np

        if not len(self._positions):
            return [None] * len(positions)
        wanted = np.asarray(positions, np.int64)
        places = np.minimum(np.searchsorted(self._positions, wanted), len(self._positions) - 1)
        there = (self._positions[places] == wanted).tolist()
        return [score if known else None for score, known in zip(self._scores[places].tolist(), there, strict=True)]


def _little(array: "NDArray[Any]") -> "NDArray[Any]":
    return array if sys.byteorder == "little" else array.byteswap()
