"""What a memory is made of when it is opened. It is imported then, so that ``import recollect`` stays small."""

from typing import NamedTuple

from recollect.core.embedding import Embedding
from recollect.core.engine import Engine
from recollect.core.feeding import Feeding
from recollect.core.indexes import Indexes
from recollect.core.knowledge import Knowledge
from recollect.core.living import Living
from recollect.core.secret import Secrets, tenant_of
from recollect.core.tails import Tails
from recollect.core.tombstones import ERASING, Tombstones
from recollect.core.vectors import guard
from recollect.errors import StoreError
from recollect.runtime import Runtime
from recollect.store import Store


class Opened(NamedTuple):
    """An engine, and what it embeds with, to be closed with it."""

    engine: Engine
    embedding: Embedding | Feeding


def opened(store: Store, tenant: str, runtime: Runtime, embedder: object, vectors: object, cache_bytes: int, index_bytes: int) -> Opened:
    """Return an engine over a store, and go on with the tenant's erasures that were cut off.

    Raises:
        Invalid: the embedder, or what keeps the vectors, is none.
        MissingExtra: an embedder was given, and numpy is not installed.

    """
    embedding = guard(embedder, vectors)
    engine = engine_over(store, runtime, embedding, cache_bytes, index_bytes)
    if _cut_off(store, tenant):
        from recollect.core.erasing import resume

        resume(engine, tenant)
    return Opened(engine, embedding)


def engine_over(store: Store, runtime: Runtime, embedding: Embedding | Feeding, cache_bytes: int, index_bytes: int) -> Engine:
    """Return an engine that writes to nobody who was erased."""
    secrets = Secrets(store)
    tombstones = Tombstones(store, secrets)
    living = Living(store, tombstones)
    knowledge = Knowledge(living)
    indexes = Indexes(store, index_bytes, knowledge, embedding)
    return Engine(living, Tails(store, cache_bytes), indexes, knowledge, runtime, secrets, tombstones)


def _cut_off(store: Store, tenant: str) -> bool:
    """Tell whether there are erasures that did not end. Where the store does not answer, a later opening asks again."""
    try:
        return bool(store.documents(tenant_of(tenant), ERASING, limit=1))
    except StoreError:
        return False
