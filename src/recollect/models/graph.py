"""A BERT encoder as an ONNX graph, from tokens to vectors, in the fused operators that onnxruntime has for it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from recollect.models.bert import Bert, Layer, Linear, Norm

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import ModelProto, NodeProto, TensorProto

IDS, MASK, VECTORS = "ids", "mask", "vectors"
"""The graph's inputs, (texts, tokens) as int32, and its output, (texts, width) as float32, each vector of length 1."""

OPSET, FUSED, FORMAT = 17, 1, 8
"""Versions of the operators, of onnxruntime's own, and of the file."""
FUSED_DOMAIN = "com.microsoft"


def graph(model: Bert) -> "ModelProto":
    """Return the graph of an encoder. The table of words is in whole numbers already, each row with a scale of its own."""
    from onnx import TensorProto, helper

    writer = _Writer(model.shape.layer_norm_eps, model.shape.heads)
    hidden = writer.words(model)
    for number, layer in enumerate(model.layers):
        hidden = writer.layer(f"layer{number}", hidden, layer)
    writer.pooled(hidden)
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, ["texts", "tokens"]) for name in (IDS, MASK)]
    outputs = [helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, ["texts", model.shape.width])]
    whole = helper.make_graph(writer.nodes, "embedding", inputs, outputs, writer.constants)
    versions = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED_DOMAIN, FUSED)]
    return helper.make_model(whole, opset_imports=versions, ir_version=FORMAT, producer_name="recollect")


class _Writer:
    """Writes nodes and constants. A value is known by its name."""

    def __init__(self, eps: float, heads: int) -> None:
        self._eps = eps
        self._heads = heads
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def words(self, model: Bert) -> str:
        """Write the vectors of tokens at their places."""
        import numpy as np

        scales = np.maximum(np.abs(model.words).max(axis=1, keepdims=True) / 127, np.finfo(np.float32).tiny)
        rows = self._constant("words", np.rint(model.words / scales).astype(np.int8))
        row = self._node("Gather", [rows, IDS], axis=0)
        scale = self._node("Gather", [self._constant("word_scales", scales.astype(np.float32)), IDS], axis=0)
        words = self._node("Mul", [self._node("Cast", [row], to=1), scale])
        length = self._node("Slice", [self._node("Shape", [IDS]), self._numbers("one", 1), self._numbers("two", 2)])
        places = self._node("Slice", [self._constant("places", model.places), self._numbers("zero", 0), length])
        weight, bias = self._norm("words.norm", model.norm)
        return self._node("LayerNormalization", [self._node("Add", [words, places]), weight, bias], axis=-1, epsilon=self._eps)

    def layer(self, name: str, hidden: str, layer: Layer) -> str:
        """Write one layer."""
        weight, bias = self._linear(f"{name}.attention", layer.attention)
        mixed = self._fused("Attention", [hidden, weight, bias, MASK], num_heads=self._heads)
        hidden = self._added(f"{name}.mixed", mixed, hidden, layer.mixed, layer.after_attention)
        weight, bias = self._linear(f"{name}.widened", layer.widened)
        wide = self._fused("BiasGelu", [self._node("MatMul", [hidden, weight]), bias])
        return self._added(f"{name}.narrowed", wide, hidden, layer.narrowed, layer.after)

    def pooled(self, hidden: str) -> None:
        """Write the mean over each text's tokens, of length 1."""
        mask = self._node("Unsqueeze", [self._node("Cast", [MASK], to=1), self._numbers("last", -1)])
        total = self._node("ReduceSum", [self._node("Mul", [hidden, mask]), self._numbers("tokens", 1)], keepdims=0)
        length = self._node("ReduceL2", [total], axes=[-1], keepdims=1)
        self._node("Div", [total, length], output=VECTORS)

    def _added(self, name: str, values: str, beside: str, linear: Linear, norm: Norm) -> str:
        """Write a linear map whose result is added to what stands beside it, and made normal."""
        weight, bias = self._linear(name, linear)
        scale, shift = self._norm(f"{name}.norm", norm)
        mapped = self._node("MatMul", [values, weight])
        return self._fused("SkipLayerNormalization", [mapped, beside, scale, shift, bias], epsilon=self._eps)

    def _linear(self, name: str, linear: Linear) -> tuple[str, str]:
        return self._constant(f"{name}.weight", linear.weight), self._constant(f"{name}.bias", linear.bias)

    def _norm(self, name: str, norm: Norm) -> tuple[str, str]:
        return self._constant(f"{name}.weight", norm.weight), self._constant(f"{name}.bias", norm.bias)

    def _constant(self, name: str, values: "NDArray[Any]") -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def _numbers(self, name: str, *values: int) -> str:
        import numpy as np

        return self._constant(name, np.array(values, np.int64))

    def _fused(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        return self._node(kind, inputs, domain=FUSED_DOMAIN, **attributes)

    def _node(self, kind: str, inputs: Sequence[str], output: str | None = None, **attributes: Any) -> str:
        from onnx import helper

        output = output or f"{kind}.{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output
