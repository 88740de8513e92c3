"""A model so small that a test can make it: two layers of random weights, and a tokenizer of thirty words."""

import json
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from recollect.models.known import CONFIG, FILES, TOKENIZER, WEIGHTS, Known

WIDTH, LAYERS, WIDE, LONGEST = 32, 2, 64, 300
WORDS = ("the a of my sister lives in lisbon i was laid off job cat dog tea coffee green red blue hello there yes no we you it is on to").split()  # noqa: SIM905  # as a person writes words


def write(folder: Path) -> Known:
    """Write a model's files into a folder, and return what they must be."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / TOKENIZER))
    shape = {"model_type": "bert", "num_hidden_layers": LAYERS, "num_attention_heads": 4, "hidden_size": WIDTH, "hidden_act": "gelu"}
    (folder / CONFIG).write_text(json.dumps(shape | {"layer_norm_eps": 1e-12}))
    (folder / WEIGHTS).write_bytes(safetensors(weights(len(vocabulary))))
    return Known("minilm", "recollect-tiny-model", *(sha256((folder / name).read_bytes()).hexdigest() for name in FILES))


def weights(words: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    found: dict[str, np.ndarray] = {}

    def linear(name, inputs, outputs):
        found[f"{name}.weight"] = random.normal(0, 0.3, (outputs, inputs))
        found[f"{name}.bias"] = random.normal(0, 0.1, outputs)

    def norm(name):
        found[f"{name}.weight"] = random.normal(1, 0.1, WIDTH)
        found[f"{name}.bias"] = random.normal(0, 0.1, WIDTH)

    for name, rows in (("word", words), ("position", LONGEST), ("token_type", 2)):
        found[f"embeddings.{name}_embeddings.weight"] = random.normal(0, 1, (rows, WIDTH))
    norm("embeddings.LayerNorm")
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        for part in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            linear(f"{layer}.{part}", WIDTH, WIDTH)
        linear(f"{layer}.intermediate.dense", WIDTH, WIDE)
        linear(f"{layer}.output.dense", WIDE, WIDTH)
        norm(f"{layer}.attention.output.LayerNorm")
        norm(f"{layer}.output.LayerNorm")
    return {name: values.astype(np.float32) for name, values in found.items()}


def safetensors(tensors: dict[str, np.ndarray]) -> bytes:
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, values in (("embeddings.position_ids", np.arange(4)), *tensors.items()):
        kind = {"f": "F", "i": "I"}[values.dtype.kind] + str(8 * values.dtype.itemsize)
        header[name] = {"dtype": kind, "shape": values.shape, "data_offsets": [len(data), len(data) + values.nbytes]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def wheel(folder: Path, model: Known, target: Path) -> Path:
    """Put a model's files into a wheel, as its package has them."""
    name = model.package.replace("-", "_")
    path = target / f"{name}-1.0-py3-none-any.whl"
    with ZipFile(path, "w") as archive:
        for file in FILES:
            archive.write(folder / file, f"{name}/model/{file}")
        archive.writestr(f"{name}/model/pooling/{CONFIG}", "{}")
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {model.package}\nVersion: 1.0\n")
        archive.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return path
