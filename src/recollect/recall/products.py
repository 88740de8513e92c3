"""A query times the numbers of many vectors: in whole numbers where onnxruntime is installed, otherwise in floating point."""

from functools import cache
from platform import machine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

BASE = 127
MIDDLE = 64
"""A number of the query is kept as two digits, ``BASE * (high - MIDDLE) + low - MIDDLE``, each from 1 to 127.

So two products of bytes fit in 16 bits, which processors without an own instruction for it ask for.
"""
STEPS = BASE * (MIDDLE - 1) + MIDDLE - 1
"""The largest number of a query in these digits: beside the vectors' own, its rounding (a hundredth of theirs) plays no part."""
AT_ONCE = 2
"""Blocks that are gone through twice, once for each digit, before the next ones."""
ROWS = 64
"""Numbers of each vector of a block that are made floating at a time."""

GRAPH = (
    b'\x08\x08:\xe8\x01\n!\n\x04high\n\x07numbers\x12\x01a"\rMatMulInteger\n \n\x03low\n\x07numbers\x12\x01b"\rMatMulInteger'
    b'\n\x11\n\x01a\n\x04base\x12\x01c"\x03Mul\n\x0e\n\x01c\n\x01b\x12\x01d"\x03Add\x12\x03dot*\x0b\x10\x06*\x01\x7fB\x04base'
    b"Z\x17\n\x04high\x12\x0f\n\r\x08\x02\x12\t\n\x02\x08\x01\n\x03\x12\x01wZ\x16\n\x03low\x12\x0f\n\r\x08\x02\x12\t\n\x02\x08\x01\n\x03\x12\x01w"
    b"Z \n\x07numbers\x12\x15\n\x13\x08\x03\x12\x0f\n\x03\x12\x01k\n\x03\x12\x01w\n\x03\x12\x01n"
    b"b\x19\n\x01d\x12\x14\n\x12\x08\x06\x12\x0e\n\x03\x12\x01k\n\x02\x08\x01\n\x03\x12\x01nB\x04\n\x00\x10\r"
)
"""An ONNX graph: ``BASE * (high @ numbers) + low @ numbers``, of whole numbers. A test builds the same one."""


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


def whole(blocks: "NDArray[Any]", sums: "NDArray[Any]", query: "NDArray[Any]") -> "NDArray[Any] | None":
    """Return the products of vectors with a query, (vectors,), float32; None where they cannot be had so.

    Args:
        blocks: (blocks, numbers, vectors), int8, from -127 to 127.
        sums: what the numbers of each vector add up to, int32.
        query: (numbers,), float32.

    """
    import numpy as np

    session = _session()
    most = np.abs(query).max()
    if session is None or not most or not len(sums):
        return None
    steps = min(STEPS, (2**31 - 1) // (127 * len(query)))  # more, and a sum might not fit in 32 bits
    numbers = np.rint(query * (steps / most)).astype(np.int32)
    high = (numbers + MIDDLE - 1) // BASE
    low = numbers - BASE * high
    digits = {"high": (high + MIDDLE).astype(np.uint8)[None], "low": (low + MIDDLE).astype(np.uint8)[None]}
    found = np.empty((len(blocks), 1, blocks.shape[2]), np.int32)
    for start in range(0, len(blocks), AT_ONCE):
        found[start : start + AT_ONCE] = session.run(None, digits | {"numbers": blocks[start : start + AT_ONCE]})[0]
    products = found.reshape(-1)[: len(sums)]
    products -= sums * np.int32((BASE + 1) * MIDDLE)
    exact: NDArray[Any] = products.astype(np.float32)
    exact *= most / steps
    return exact


def floating(blocks: "NDArray[Any]", count: int, query: "NDArray[Any]") -> "NDArray[Any]":
    """Return the same of the first ``count`` vectors, in floating point."""
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
