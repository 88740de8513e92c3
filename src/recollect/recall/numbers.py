"""The numbers of many vectors, one byte each, laid out so that a query is compared with thousands of them at a time."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from recollect.recall.products import products

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 4096
"""Vectors of a block: so many of 384 numbers stay in a processor's cache."""
SPARE = 64
"""Places are made for a multiple of so many vectors."""


class Numbers:
    """Vectors of whole numbers from -127 to 127, in blocks (numbers, vectors): the first number of each vector of a block, then the second."""

    def __init__(self, width: int) -> None:
        import numpy as np

        self.width = width
        self._count = 0
        self._blocks = np.empty((1, width, 0), np.int8)
        self._sums = np.empty(0, np.int32)

    def __len__(self) -> int:
        """Count the vectors."""
        return self._count

    @property
    def size(self) -> int:
        """The bytes that they take in memory."""
        return self._blocks.nbytes + self._sums.nbytes

    def add(self, vectors: "NDArray[Any]") -> None:
        """Take vectors in, behind those that are there: (vectors, numbers)."""
        start, end = self._count, self._count + len(vectors)
        if end > len(self._sums):
            self._make_room(end, end + end // 8)
        self._sums[start:end] = vectors.sum(axis=1, dtype=self._sums.dtype)
        columns = self._blocks.shape[2]
        while start < end:
            block, place = divmod(start, columns)
            some = vectors[start - end :][: columns - place]
            self._blocks[block, :, place : place + len(some)] = some.T
            start += len(some)
        self._count = end

    def selected(self, rows: "NDArray[Any]") -> "Numbers":
        """Return the vectors that stand in some places, in that order."""
        import numpy as np

        found = Numbers(self.width)
        found._make_room(len(rows), len(rows))
        found._count = len(rows)
        found._sums[: len(rows)] = self._sums[rows]
        sources, places = divmod(rows, max(1, self._blocks.shape[2]))
        for start in range(0, len(rows), BLOCK):
            source, place = sources[start : start + BLOCK], places[start : start + BLOCK]
            block = found._blocks[start // BLOCK]
            for one in np.unique(source):
                here = np.flatnonzero(source == one)
                consecutive = here[-1] - here[0] == len(here) - 1
                block[:, slice(here[0], here[-1] + 1) if consecutive else here] = np.take(self._blocks[one], place[here], axis=1)
        return found

    def dot(self, query: "NDArray[Any]") -> "Callable[[], NDArray[Any]]":
        """Begin to multiply each vector with a query, and return what waits for the products: (vectors,), float32.

        Vectors may be added meanwhile.

        Args:
            query: (numbers,), float32.

        """
        used = self._blocks[: -(-self._count // max(1, self._blocks.shape[2]))]
        return products(used, self._sums[: self._count], query)

    def dump(self) -> tuple[bytes, bytes]:
        """Return the numbers as bytes, for ``load``: the full blocks, and the last one without the places that are free."""
        full, rest = divmod(self._count, BLOCK)
        last = self._blocks[full, :, :rest].tobytes() if rest else b""
        return self._blocks[:full].tobytes(), last

    @classmethod
    def load(cls, data: bytes, start: int, width: int, count: int) -> Self:
        """Return the numbers that ``dump`` wrote, from some byte on: there are ``width * count`` of them."""
        import numpy as np

        found = cls(width)
        found._make_room(count, count)
        found._count = count
        full, rest = divmod(count, BLOCK)
        if full:
            found._blocks[:full] = np.frombuffer(data, np.int8, full * width * BLOCK, start).reshape(full, width, BLOCK)
        if rest:
            found._blocks[full, :, :rest] = np.frombuffer(data, np.int8, rest * width, start + full * width * BLOCK).reshape(width, rest)
        for block, sums in zip(found._blocks, (found._sums[at : at + BLOCK] for at in range(0, count, BLOCK)), strict=False):
            sums[:] = block[:, : len(sums)].sum(axis=0, dtype=np.int32)
        return found

    def _make_room(self, count: int, room: int) -> None:
        """Make places for so many vectors, and for no more than there is room for, about."""
        import numpy as np

        if count <= BLOCK:
            blocks = np.empty((1, self.width, min(BLOCK, -(-room // SPARE) * SPARE)), np.int8)
        else:
            blocks = np.empty((-(-room // BLOCK), self.width, BLOCK), np.int8)
        sums = np.empty(blocks.shape[0] * blocks.shape[2], np.int32)
        if self._count:
            old = self._blocks[: -(-self._count // self._blocks.shape[2])]
            blocks[: len(old), :, : old.shape[2]] = old
            sums[: self._count] = self._sums[: self._count]
        self._blocks, self._sums = blocks, sums
