"""From an encoder's weights to a small graph, checked at each step against plain numpy."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from recollect.errors import Invalid
from recollect.models.bert import Bert, embedded
from recollect.models.graph import IDS, MASK, VECTORS, graph
from recollect.models.session import session

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT, CLOSE = 0.999, 0.97
"""The cosine with numpy's vectors that the graph must have on every text, before and after its weights are made small."""
TEXTS, TOKENS = 8, 24
"""Made-up texts that are compared."""


def small(model: Bert) -> bytes:
    """Return the graph with its weights in whole numbers, one scale for each column, as an ONNX file.

    Seven bits are used of eight: processors without VNNI instructions would clip sums of eight, and vectors are to be the same everywhere.

    Raises:
        Invalid: the graph does not compute what the weights say.

    """
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata

    whole = graph(model)
    _compare(model, whole.SerializeToString(), EXACT)
    add_pre_process_metadata(whole)  # the graph is written as the quantiser likes it, which would otherwise say so in the log
    with TemporaryDirectory(prefix="recollect-model-") as folder:
        path = Path(folder) / "small.onnx"
        quantize_dynamic(
            whole,
            path,
            op_types_to_quantize=["Attention", "MatMul"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": TensorProto.FLOAT},  # onnx knows no types behind onnxruntime's own operators
        )
        data = path.read_bytes()
    _compare(model, data, CLOSE)
    return data


def _compare(model: Bert, data: bytes, least: float) -> None:
    ids, mask = _texts(model)
    found = session(data).run([VECTORS], {IDS: ids, MASK: mask})[0]
    apart = embedded(model, ids, mask) - found
    alike = 1 - float((apart * apart).sum(axis=1).max()) / 2  # of vectors of length 1, this is the cosine
    if not alike >= least:
        raise Invalid(f"the graph does not compute what the weights say: cosine {alike:.4f}, and {least} is wanted; update onnx and onnxruntime")


def _texts(model: Bert) -> "tuple[NDArray[Any], NDArray[Any]]":
    """Return made-up texts of many lengths, as tokens and masks."""
    import numpy as np

    random = np.random.default_rng(0)
    longest = min(TOKENS, len(model.places))
    ids = random.integers(0, len(model.words), (TEXTS, longest), dtype=np.int32)
    lengths = np.linspace(1, longest, TEXTS).astype(int)
    return ids, (np.arange(longest) < lengths[:, None]).astype(np.int32)
