"""A BERT encoder: its shape, its weights, and what it computes, in plain numpy. The graph that is run is checked against it."""

from collections.abc import Mapping
from math import erf, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Struct

from recollect.errors import Invalid

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Shape(Struct, frozen=True, rename={"layers": "num_hidden_layers", "heads": "num_attention_heads", "width": "hidden_size"}):
    """What ``config.json`` says of a model: layers, heads in each, numbers of a vector, and what keeps a variance from being zero."""

    model_type: str
    layers: int
    heads: int
    width: int
    layer_norm_eps: float = 1e-12
    hidden_act: str = "gelu"


def shape(path: Path) -> Shape:
    """Read a ``config.json``.

    Raises:
        Invalid: it is not that of a BERT encoder.

    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Shape)
    except msgspec.DecodeError as error:
        raise Invalid(f"{path.name} does not describe a BERT model: {error}") from error
    if found.model_type != "bert" or found.hidden_act != "gelu" or min(found.layers, found.heads) < 1 or found.width % found.heads:
        raise Invalid(f"{path.name} does not describe a BERT model with GELU")
    return found


class Norm(NamedTuple):
    """A layer normalisation: (width,) each."""

    weight: "NDArray[Any]"
    bias: "NDArray[Any]"


class Linear(NamedTuple):
    """A linear map: (inputs, outputs) and (outputs,)."""

    weight: "NDArray[Any]"
    bias: "NDArray[Any]"


class Layer(NamedTuple):
    """A layer: queries, keys and values in one map of (width, 3 width), and so on."""

    attention: Linear
    mixed: Linear
    after_attention: Norm
    widened: Linear
    narrowed: Linear
    after: Norm


class Bert(NamedTuple):
    """The whole encoder. ``words`` is (vocabulary, width); ``places`` is (longest text, width), with the type of the only segment in it."""

    shape: Shape
    words: "NDArray[Any]"
    places: "NDArray[Any]"
    norm: Norm
    layers: list[Layer]


def bert(shape: Shape, tensors: "Mapping[str, NDArray[Any]]") -> Bert:
    """Put the named tensors of a checkpoint in their places.

    Raises:
        Invalid: one is missing, or not of its size.

    """
    import numpy as np

    def linear(name: str) -> Linear:
        return Linear(np.ascontiguousarray(tensors[f"{name}.weight"].T), tensors[f"{name}.bias"])

    def norm(name: str) -> Norm:
        return Norm(tensors[f"{name}.weight"], tensors[f"{name}.bias"])

    def layer(name: str) -> Layer:
        three = [linear(f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
        together = Linear(np.concatenate([one.weight for one in three], axis=1), np.concatenate([one.bias for one in three]))
        return Layer(
            together,
            linear(f"{name}.attention.output.dense"),
            norm(f"{name}.attention.output.LayerNorm"),
            linear(f"{name}.intermediate.dense"),
            linear(f"{name}.output.dense"),
            norm(f"{name}.output.LayerNorm"),
        )

    try:
        words = tensors["embeddings.word_embeddings.weight"]
        places = tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
        layers = [layer(f"encoder.layer.{number}") for number in range(shape.layers)]
        found = Bert(shape, words, places, norm("embeddings.LayerNorm"), layers)
    except (KeyError, IndexError, ValueError) as error:
        raise Invalid(f"the weights are not those of the model that config.json describes: {error}") from error
    if words.shape[1] != shape.width or any(one.attention.weight.shape != (shape.width, 3 * shape.width) for one in layers):
        raise Invalid("the weights are not of the width that config.json says")
    return found


def embedded(model: Bert, ids: "NDArray[Any]", mask: "NDArray[Any]") -> "NDArray[Any]":
    """Return the vectors of texts, slowly: mean over each text's tokens, of length 1.

    Args:
        model: the encoder.
        ids: the texts' tokens, (texts, tokens).
        mask: 1 where there is a token, 0 where a text is over, of the same size.

    Returns:
        Vectors, (texts, width).

    """
    import numpy as np

    eps, heads = model.shape.layer_norm_eps, model.shape.heads
    hidden = _normed(model.words[ids] + model.places[: ids.shape[1]], model.norm, eps)
    unseen = np.where(mask, 0.0, -np.inf)[:, None, None, :]
    for layer in model.layers:
        together = _mapped(hidden, layer.attention).reshape(*ids.shape, 3, heads, -1)
        query, key, value = together.transpose(2, 0, 3, 1, 4)
        scores = query @ key.transpose(0, 1, 3, 2) / sqrt(query.shape[-1]) + unseen
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (weights / weights.sum(axis=-1, keepdims=True)) @ value
        hidden = _normed(hidden + _mapped(mixed.transpose(0, 2, 1, 3).reshape(hidden.shape), layer.mixed), layer.after_attention, eps)
        wide = _mapped(hidden, layer.widened)
        wide = wide * (1 + np.vectorize(erf, otypes=[np.float64])(wide / sqrt(2))) / 2
        hidden = _normed(hidden + _mapped(wide, layer.narrowed), layer.after, eps)
    mean = (hidden * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)  # type: ignore[no-any-return]


def _mapped(values: "NDArray[Any]", linear: Linear) -> "NDArray[Any]":
    return values @ linear.weight + linear.bias  # type: ignore[no-any-return]


def _normed(values: "NDArray[Any]", norm: Norm, eps: float) -> "NDArray[Any]":
    import numpy as np

    apart = values - values.mean(axis=-1, keepdims=True)
    return apart / np.sqrt((apart * apart).mean(axis=-1, keepdims=True) + eps) * norm.weight + norm.bias  # type: ignore[no-any-return]
