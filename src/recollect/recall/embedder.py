"""From texts to vectors: what an embedder is, and what is taken for one."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from recollect.errors import Invalid

if TYPE_CHECKING:
    from numpy.typing import NDArray

Numbers = Sequence[float]
"""A vector; an array of numpy's is one as well."""
Call = Callable[[Sequence[str]], Sequence[Numbers]]
"""From texts to as many vectors, all of one length."""

LONGEST_NAME = 200
"""Characters of an embedder's name that are kept."""
MODEL_NAMES = ("model", "model_name", "model_id", "deployment")
"""Where embedders of other houses tell which model they ask."""


class Embedder(Protocol):
    """Turns texts into vectors. LangChain's ``Embeddings`` are embedders as they are.

    It may be called by two threads at once. It may fail or be slow: recall goes on by words alone meanwhile.
    An attribute ``name`` tells which model it is. Vectors are kept under that name, and are made anew when it changes.
    """

    def embed_documents(self, texts: list[str], /) -> Any:
        """Return a vector for each text."""
        ...

    def embed_query(self, text: str, /) -> Any:
        """Return the vector of a query, of the same length."""
        ...


class _Called:
    """A plain function as an embedder."""

    def __init__(self, call: Call, name: str) -> None:
        self._call = call
        self.name = name

    def embed_documents(self, texts: list[str]) -> Sequence[Numbers]:
        return self._call(texts)

    def embed_query(self, text: str) -> Numbers:
        found = self._call([text])
        if len(found) != 1:
            raise Invalid(f"{self.name} gave {len(found)} vectors for one text")
        return found[0]


def as_embedder(given: object) -> Embedder:
    """Return what was given as an embedder: one already, such as LangChain's, or a function from texts to vectors that has a name.

    Raises:
        Invalid: it is neither; the message says what to give.

    """
    from inspect import iscoroutinefunction

    documents, query = getattr(given, "embed_documents", None), getattr(given, "embed_query", None)
    if callable(documents) and callable(query) and not isinstance(given, type):
        if iscoroutinefunction(documents) or iscoroutinefunction(query):
            raise Invalid("the embedder's methods are coroutines; give one whose embed_documents and embed_query return vectors")
        return given  # type: ignore[return-value]  # it has both methods
    if not callable(given) or isinstance(given, type):
        raise Invalid(
            f"{_shown(given)} is no embedder; give an object with embed_documents(texts) and embed_query(text), such as LangChain's Embeddings,"
            ' or a function from a list of texts to a list of vectors, or "auto", or None for none'
        )
    if iscoroutinefunction(given):
        raise Invalid("the embedder is a coroutine function; give one that returns vectors")
    name = getattr(given, "name", None) or getattr(given, "__qualname__", None)
    if not isinstance(name, str) or "<lambda>" in name:
        raise Invalid("the embedder has no name to keep its vectors under; set its attribute name to that of the model")
    module = getattr(given, "__module__", None)
    return _Called(given, name if hasattr(given, "name") or not module else f"{module}.{name}")


def name_of(embedder: Embedder) -> str:
    """Return the name that an embedder's vectors are kept under: its own, or its class with the model that it asks."""
    name = getattr(embedder, "name", None)
    if not isinstance(name, str) or not name:
        kind = type(embedder)
        models = (getattr(embedder, attribute, None) for attribute in MODEL_NAMES)
        model = next((found for found in models if isinstance(found, str) and found), "")
        name = f"{kind.__module__}.{kind.__qualname__}" + (f":{model}" if model else "")
    return name[:LONGEST_NAME]


def matrix(vectors: object, count: int) -> "NDArray[Any]":
    """Return an embedder's vectors as (count, numbers) float32, each of length 1.

    Raises:
        Invalid: they are not so many, not of one length, not numbers, or without a direction.

    """
    import numpy as np

    try:
        found = np.asarray(vectors, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise Invalid(f"the embedder gave no vectors of one length: {error}") from error
    if found.ndim != 2 or len(found) != count or not found.shape[1]:  # noqa: PLR2004  # rows and columns
        raise Invalid(f"the embedder gave numbers in the shape {found.shape} for {count} texts; wanted is a vector for each")
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise Invalid("the embedder gave a vector that is not finite, or is zero")
    return found / lengths  # type: ignore[no-any-return]


def _shown(given: object) -> str:
    return repr(given) if isinstance(given, str | int | float) else f"a {type(given).__name__}"
