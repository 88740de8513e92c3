"""What recall goes by beside words: an embedder with vectors of ours, or a vector store."""

from recollect.core.embedding import Embedding
from recollect.core.feeding import Feeding
from recollect.errors import Invalid


def guard(embedder: object, vectors: object) -> Embedding | Feeding:
    """Return what guards an embedder, or a vector store where there is one.

    Raises:
        Invalid: it is neither, or both were given.
        MissingExtra: an embedder was given, and numpy is not installed.

    """
    if vectors is None:
        return Embedding(embedder)
    if embedder is not None and embedder != "auto":
        raise Invalid("there are an embedder and vectors; the vector store embeds by itself, so give it the embedder, and leave embedder out")
    return Feeding(vectors)
