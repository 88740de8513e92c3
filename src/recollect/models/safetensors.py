"""Reading tensors from a safetensors file: a length, a JSON header, and the numbers."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from recollect.errors import Invalid

if TYPE_CHECKING:
    from numpy.typing import NDArray

LENGTH = 8
"""Bytes of the length at the start."""
LONGEST_HEADER = 16 << 20
"""Bytes of a header that are read; that of MiniLM has ten thousand."""
WIDTHS = {"F32": 4, "F16": 2}
"""The types of numbers that are read, and their bytes."""


class _Tensor(Struct, frozen=True):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


def tensors(path: Path) -> "dict[str, NDArray[Any]]":
    """Return the tensors of a file by name, as float32; those that hold no fractions are left out.

    Raises:
        Invalid: the file is no safetensors file, or is cut short.

    """
    import numpy as np

    data = path.read_bytes()
    start = LENGTH + int.from_bytes(data[:LENGTH], "little")
    if not LENGTH < start <= min(len(data), LONGEST_HEADER):
        raise Invalid(f"{path.name} is no safetensors file")
    try:
        header = msgspec.json.decode(data[LENGTH:start], type=dict[str, msgspec.Raw])
        named = {name: msgspec.json.decode(raw, type=_Tensor) for name, raw in header.items() if name != "__metadata__"}
    except msgspec.DecodeError as error:
        raise Invalid(f"{path.name} is no safetensors file: {error}") from error
    found: dict[str, NDArray[Any]] = {}
    for name, tensor in named.items():
        if tensor.dtype not in WIDTHS:
            continue
        first, end = tensor.data_offsets
        if not 0 <= first <= end <= len(data) - start or math.prod(tensor.shape) * WIDTHS[tensor.dtype] != end - first:
            raise Invalid(f"{path.name} is cut short or damaged at {name}")
        kind = np.dtype(f"<f{WIDTHS[tensor.dtype]}")
        found[name] = np.frombuffer(data, kind, math.prod(tensor.shape), start + first).reshape(tensor.shape).astype(np.float32)
    return found
