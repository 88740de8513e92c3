"""Installing a model: its files fetched and checked, its graph built, checked and made small, and put on the shelf."""

from importlib.util import find_spec

from recollect.errors import MissingExtra
from recollect.models.bert import bert, shape
from recollect.models.known import CONFIG, TOKENIZER, WEIGHTS, Known
from recollect.models.safetensors import tensors
from recollect.models.shelf import Manifest, Shelf
from recollect.models.shrinking import small
from recollect.models.sources import Report, files

RUNNING = ("numpy", "onnxruntime", "tokenizers")
"""The packages that a model runs on."""
BUILDING = (*RUNNING, "onnx")
"""Those that it is built with."""


def missing(packages: tuple[str, ...] = RUNNING) -> list[str]:
    """Return which of some packages are not there, without importing any."""
    return [name for name in packages if find_spec(name) is None]


def install(model: Known, shelf: Shelf, source: str | None = None, report: Report | None = None) -> Manifest:
    """Install a model, or install it again; see ``sources.files`` for where from.

    Raises:
        MissingExtra: the packages that build it are not installed.
        NotFound: the source has not got it.
        Invalid: a file is not the known one.

    """
    absent = missing(BUILDING)
    if absent:
        raise MissingExtra(
            f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} not installed, which models are built with: pip install 'recollect[semantic]'"
        )
    with files(model, source, report) as folder:
        encoder = bert(shape(folder / CONFIG), tensors(folder / WEIGHTS))
        graph = small(encoder)
        parts = {"model.onnx": graph, "tokenizer.json": (folder / TOKENIZER).read_bytes()}
        return shelf.put(model.name, model.version, model.weights, encoder.shape.width, parts)
