"""A query times the numbers of many vectors: in whole numbers where onnxruntime is installed, otherwise in floating point."""

from collections.abc import Callable
from functools import cache, lru_cache, partial
from os import getpid
from platform import machine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

BASE = 127
MIDDLE = 64
"""A number of the query is kept as two digits, ``BASE * (high - MIDDLE) + low - MIDDLE``, each from 1 to 127.

So two products of bytes fit in 16 bits, which processors without an own instruction for it ask for.
"""
STEPS = BASE * (MIDDLE - 1) + MIDDLE - 1
"""The largest number of a query in these digits: beside the vectors' own, its rounding (a hundredth of theirs) plays no part."""
MANY = 64
"""Blocks beyond which a second thread multiplies, too: it brings nothing for fewer, as it has to wait for the interpreter."""
BITES = 32
"""Parts that so many blocks are taken in."""
HELPING = 3
"""Parts that the second thread takes at a time."""
ROWS = 64
"""Numbers of each vector of a block that are made floating at a time."""

GRAPH = (
    b'\x08\x08:\xe5\x02\n\xdb\x01\n\x07numbers\x12\x08products"\x04Scan*\xa7\x01\n\x04body2\x9b\x01\n\x1f\n\x04high\n\x05block\x12\x01a"\rMat'
    b'MulInteger\n\x1e\n\x03low\n\x05block\x12\x01b"\rMatMulInteger\n\x11\n\x01a\n\x04base\x12\x01c"\x03Mul\n\x0e\n\x01c\n\x01b\x12\x01d"\x03'
    b"Add\x12\x04bodyZ\x19\n\x05block\x12\x10\n\x0e\x08\x03\x12\n\n\x03\x12\x01w\n\x03\x12\x01nb\x14\n\x01d\x12\x0f\n\r\x08\x06\x12\t\n\x02"
    b"\x08\x01\n\x03\x12\x01n\xa0\x01\x05*\x16\n\x0fnum_scan_inputs\x18\x01\xa0\x01\x02\x12\x03dot*\x0b\x10\x06*\x01\x7fB\x04baseZ\x17\n\x04h"
    b"igh\x12\x0f\n\r\x08\x02\x12\t\n\x02\x08\x01\n\x03\x12\x01wZ\x16\n\x03low\x12\x0f\n\r\x08\x02\x12\t\n\x02\x08\x01\n\x03\x12\x01wZ \n\x07"
    b"numbers\x12\x15\n\x13\x08\x03\x12\x0f\n\x03\x12\x01k\n\x03\x12\x01w\n\x03\x12\x01nb \n\x08products\x12\x14\n\x12\x08\x06\x12\x0e\n\x03"
    b"\x12\x01k\n\x02\x08\x01\n\x03\x12\x01nB\x04\n\x00\x10\r"
)
"""An ONNX graph: ``BASE * (high @ block) + low @ block`` in whole numbers, for one block after another. A test builds the same one."""


def products(blocks: "NDArray[Any]", sums: "NDArray[Any]", query: "NDArray[Any]") -> "Callable[[], NDArray[Any]]":
    """Begin to multiply, and return what waits for the products of vectors with a query: (vectors,), float32.

    What is given may grow meanwhile: the vectors that are there now stay as they are.

    Args:
        blocks: (blocks, numbers, vectors), int8, from -127 to 127.
        sums: what the numbers of each vector add up to, int32.
        query: (numbers,), float32.

    """
    session = _session()
    if session is None or not len(sums) or not query.any():
        return partial(_floating, blocks, len(sums), query)
    return _Whole(session, blocks, sums, query).result


@cache
def _session() -> "InferenceSession | None":
    """Return the graph, ready to run; None where it cannot, or (elsewhere than on x86-64) may be slower than floating point."""
    if machine().lower() not in {"x86_64", "amd64"}:
        return None
    try:
        import onnxruntime
    except ImportError:
        return None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # none of its own, which a fork would not take along
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(GRAPH, options, providers=["CPUExecutionProvider"])


class _Whole:
    """Products in whole numbers. Where there are many, a thread beside begins at once."""

    def __init__(self, session: "InferenceSession", blocks: "NDArray[Any]", sums: "NDArray[Any]", query: "NDArray[Any]") -> None:
        import numpy as np

        steps = min(STEPS, (2**31 - 1) // (BASE * len(query)))  # more, and a sum might not fit in 32 bits
        self._step = np.abs(query).max() / steps
        numbers = np.rint(query / self._step).astype(np.int32)
        high = (numbers + MIDDLE - 1) // BASE
        low = numbers - BASE * high
        self._digits = {"high": (high + MIDDLE).astype(np.uint8)[None], "low": (low + MIDDLE).astype(np.uint8)[None]}
        self._session, self._blocks, self._sums = session, blocks, sums
        self._bite = -(-len(blocks) // BITES) if len(blocks) > MANY else len(blocks)
        self._found: list[NDArray[Any] | None] = [None] * -(-len(blocks) // self._bite)
        self._first, self._last = 0, len(self._found)
        if len(blocks) > MANY:
            _beside(getpid()).submit(self._help)

    def _help(self) -> None:
        """Multiply from the end on, until the other thread is near."""
        while self._first < self._last:
            end = self._last
            self._last = start = max(self._first, end - HELPING)
            bites = self._multiplied(start, end)
            self._found[start:end] = [bites[at : at + self._bite] for at in range(0, len(bites), self._bite)]

    def _multiplied(self, start: int, end: int) -> "NDArray[Any]":
        blocks = self._blocks[start * self._bite : end * self._bite]
        found: NDArray[Any] = self._session.run(None, self._digits | {"numbers": blocks})[0]
        return found

    def result(self) -> "NDArray[Any]":
        """Return all products. What the helping thread has not got ready is multiplied here: it may wait for a processor, and is not waited for."""
        import numpy as np

        for bite, known in enumerate(self._found):
            self._first = bite + 1
            if known is None:
                self._found[bite] = self._multiplied(bite, bite + 1)
        whole = np.concatenate([one for one in self._found if one is not None]).reshape(-1)[: len(self._sums)]
        whole -= self._sums * np.int32((BASE + 1) * MIDDLE)
        found: NDArray[Any] = whole.astype(np.float32)
        found *= self._step
        return found


@lru_cache(maxsize=1)
def _beside(process: int) -> "ThreadPoolExecutor":  # noqa: ARG001  # a fork takes a pool along, and not its thread
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(1, "recollect-vectors")


def _floating(blocks: "NDArray[Any]", count: int, query: "NDArray[Any]") -> "NDArray[Any]":
    """Return the products of the first ``count`` vectors in floating point."""
    import numpy as np

    found = np.zeros(count, np.float32)
    room = np.empty(ROWS * blocks.shape[2], np.float32)
    for number, block in enumerate(blocks):
        sums = found[number * blocks.shape[2] :][: blocks.shape[2]]
        for start in range(0, len(query), ROWS):
            some = query[start : start + ROWS]
            part = room[: len(some) * len(sums)].reshape(len(some), len(sums))
            np.copyto(part, block[start : start + ROWS, : len(sums)])
            sums += some @ part
    return found
