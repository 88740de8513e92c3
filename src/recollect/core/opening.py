"""What a memory is made of when it is opened. It is imported then, so that ``import recollect`` stays small."""

from typing import NamedTuple

from recollect.core.embedding import Embedding
from recollect.core.engine import Engine
from recollect.core.feeding import Feeding
from recollect.core.indexes import Indexes
from recollect.core.knowledge import Knowledge
from recollect.core.secret import Secrets
from recollect.core.tails import Tails
from recollect.core.vectors import guard
from recollect.runtime import Runtime
from recollect.store import Store


class Opened(NamedTuple):
    """An engine, and what it embeds with, to be closed with it."""

    engine: Engine
    embedding: Embedding | Feeding


def opened(store: Store, runtime: Runtime, embedder: object, vectors: object, cache_bytes: int, index_bytes: int) -> Opened:
    """Return an engine over a store.

    Raises:
        Invalid: the embedder, or what keeps the vectors, is none.
        MissingExtra: an embedder was given, and numpy is not installed.

    """
    knowledge, embedding = Knowledge(store), guard(embedder, vectors)
    indexes = Indexes(store, index_bytes, knowledge, embedding)
    return Opened(Engine(store, Tails(store, cache_bytes), indexes, knowledge, runtime, Secrets(store)), embedding)
