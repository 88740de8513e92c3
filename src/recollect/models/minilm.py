"""An installed model that turns texts into vectors, on this machine's processor."""

from collections.abc import Callable, Iterator, Sequence
from os import getpid
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from recollect.errors import MissingExtra, NotFound
from recollect.models.graph import IDS, MASK, VECTORS
from recollect.models.known import MINILM
from recollect.models.shelf import Manifest, Shelf

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

LONGEST = 256
"""Tokens of a text that are read."""
BATCH = 16
"""Texts of about one length that are run at once, at the most."""
TOKENS = 1024
"""Tokens that are run at once at the most, which bounds the memory that it takes."""
THREADS = 2
"""Batches that are run at once: each for itself in one thread, which takes a third of the processor time of one batch in two."""


class _Loaded(NamedTuple):
    tokenizer: "Tokenizer"
    session: "InferenceSession"
    process: int


class MiniLM:
    """all-MiniLM-L6-v2 as an embedder, loaded at the first text. Any number of threads may use one.

    Args:
        shelf: where it is installed; the user's own shelf unless given.

    Raises:
        NotFound: it is not installed.

    """

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._shelf = shelf or Shelf()
        found = self._shelf.manifest(MINILM.name)
        if found is None:
            raise NotFound("MiniLM is not installed: recollect model install minilm")
        self._manifest: Manifest = found
        self._lock = Lock()
        self._loaded: _Loaded | None = None

    @property
    def name(self) -> str:
        """The name that its vectors are kept under."""
        return self._manifest.vectors

    def embed_documents(self, texts: Sequence[str]) -> "NDArray[Any]":
        """Return a vector of length 1 for each text: (texts, 384), float32.

        Raises:
            Damaged: the installed files are not what was installed.
            MissingExtra: the packages that run it are not installed.

        """
        import numpy as np

        tokenizer, session, _ = self._ready()
        tokens = [found.ids for found in tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(tokens), self._manifest.width), np.float32)
        order = sorted(range(len(tokens)), key=lambda text: len(tokens[text]), reverse=True)

        def run(batch: list[int]) -> None:
            longest = len(tokens[batch[0]])
            ids, mask = np.zeros((len(batch), longest), np.int32), np.zeros((len(batch), longest), np.int32)
            for row, text in enumerate(batch):
                ids[row, : len(tokens[text])] = tokens[text]
                mask[row, : len(tokens[text])] = 1
            vectors[batch] = session.run([VECTORS], {IDS: ids, MASK: mask})[0]

        _each(run, list(_batches(order, [len(found) for found in tokens])))
        return vectors

    def embed_query(self, text: str) -> "NDArray[Any]":
        """Return the vector of one text: (384,)."""
        return self.embed_documents([text])[0]  # type: ignore[no-any-return]

    def _ready(self) -> _Loaded:
        with self._lock:
            if self._loaded is None or self._loaded.process != getpid():  # a fork takes the session along, and not its threads
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> _Loaded:
        try:
            from tokenizers import Tokenizer

            from recollect.models.session import session
        except ImportError as error:
            raise MissingExtra("MiniLM runs on onnxruntime and tokenizers: pip install 'recollect[semantic]'") from error
        tokenizer = Tokenizer.from_buffer(self._shelf.read(self._manifest, ".json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(LONGEST)
        return _Loaded(tokenizer, session(self._shelf.read(self._manifest, ".onnx")), getpid())


def _batches(order: list[int], lengths: list[int]) -> Iterator[list[int]]:
    """Yield texts, the longest first, as many at a time as are to be run at once."""
    start = 0
    while start < len(order):
        count = max(1, min(BATCH, TOKENS // lengths[order[start]]))
        yield order[start : start + count]
        start += count


def _each(run: Callable[[list[int]], None], batches: list[list[int]]) -> None:
    if len(batches) <= 1:
        for batch in batches:
            run(batch)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(THREADS, "recollect-minilm") as threads:
        under_way = []
        for batch in batches:
            try:
                under_way.append(threads.submit(run, batch))
            except RuntimeError:  # the interpreter ends, and takes no more
                run(batch)
        for one in under_way:
            one.result()
