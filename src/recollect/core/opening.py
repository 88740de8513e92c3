"""What a memory is made of when it is opened. It is imported then, so that ``import recollect`` stays small."""

from typing import TYPE_CHECKING, NamedTuple

from recollect.core.embedding import Embedding
from recollect.core.engine import Engine
from recollect.core.feeding import Feeding
from recollect.core.indexes import Indexes
from recollect.core.knowledge import Knowledge
from recollect.core.living import Living
from recollect.core.restoring import apply_tombstones, check_whole
from recollect.core.secret import Secrets, tenant_of
from recollect.core.tails import Tails
from recollect.core.tombstones import ERASING, Tombstones
from recollect.core.vectors import guard
from recollect.errors import Locked, RecollectError, StoreError
from recollect.model import Owner
from recollect.runtime import Runtime
from recollect.store import Store, store_of

if TYPE_CHECKING:
    from recollect.privacy.audit import Audit
    from recollect.privacy.keys import Keyring
    from recollect.privacy.redaction import Redaction

SEALING = "recollect.sealing"
"""The collection of what tells that a memory is sealed: see privacy.sealing."""


class Opened(NamedTuple):
    """A store, whether it is closed with the memory, an engine over it, and what it embeds with, to be closed with it."""

    store: Store
    owned: bool
    engine: Engine
    embedding: Embedding | Feeding


def opened(
    store: str | Store,
    tenant: str,
    runtime: Runtime,
    embedder: object,
    vectors: object,
    cache_bytes: int,
    index_bytes: int,
    redact: "Redaction | None" = None,
    audit: "Audit | None" = None,
    keys: "Keyring | None" = None,
) -> Opened:
    """Return a store, sealed where there are keys, and an engine over it, and go on with the tenant's erasures that were cut off.

    Raises:
        Invalid: the URL names no store, keys were given and the memory is not sealed, or another argument is none of its kind.
        Locked: the memory is sealed, and no keys were given, or others.
        MissingExtra: an embedder was given, and numpy is not installed.
        StoreError: a backup is being restored into it.

    """
    found, owned = store_of(store)
    try:
        unchecked = check_whole(found, tenant)
        over = _sealed(found, tenant, keys)
        if unchecked:
            apply_tombstones(over, tenant)
        embedding = guard(embedder, vectors)
        engine = engine_over(over, runtime, embedding, cache_bytes, index_bytes, redact)
        if audit is not None:
            from recollect.core.trail import Trail

            engine = engine._replace(audit=Trail(over, tenant, audit, engine.secrets))
        if _cut_off(over, tenant):
            from recollect.core.erasing import resume

            resume(engine, tenant)
    except RecollectError:
        if owned:
            found.close()
        raise
    return Opened(over, owned, engine, embedding)


def _sealed(store: Store, tenant: str, keys: "Keyring | None") -> Store:
    if keys is None:
        marked = store.documents(tenant_of(tenant), SEALING, limit=1)
        if marked and not hasattr(store, "keyring"):
            raise Locked("the memory is sealed: open it with the keys that it was sealed with (keys=…, or --keys and RECOLLECT_KEK)")
        return store
    from recollect.privacy.sealing.state import sealed

    return sealed(store, tenant, keys)


def engine_over(
    store: Store, runtime: Runtime, embedding: Embedding | Feeding, cache_bytes: int, index_bytes: int, redact: "Redaction | None" = None
) -> Engine:
    """Return an engine that writes to nobody who was erased, and nothing that the rules find."""
    secrets = Secrets(store)
    tombstones = Tombstones(store, secrets)
    _keep_out(store, tombstones)
    living = Living(store, tombstones)
    knowledge = Knowledge(living)
    indexes = Indexes(store, index_bytes, knowledge, embedding)
    engine = Engine(living, Tails(store, cache_bytes), indexes, knowledge, runtime, secrets, tombstones)
    if redact is None:
        return engine
    from recollect.core.redacting import Redacting

    return engine._replace(redacting=Redacting(living, redact))


def _keep_out(store: object, tombstones: Tombstones) -> None:
    """Have no replay of a failover bring back who was erased, or remove what is held."""
    keyring = getattr(store, "keyring", None)
    while store is not None:
        if hasattr(store, "keep_out") and hasattr(store, "hold_back"):
            store.keep_out(lambda primary, owner: tombstones.over(primary).has(owner))
            store.hold_back(lambda primary, owner, session: _is_held(primary, keyring, owner, session))
        store = getattr(store, "inner", None)


def _is_held(store: Store, keyring: "Keyring | None", owner: Owner, session: str | None) -> bool:
    """Tell whether something is under a legal hold in a store beneath, such as the primary of a failover."""
    from recollect.core.holding import held_in

    if keyring is not None:
        from recollect.privacy.sealing import Sealed

        store = Sealed(store, keyring, mixed=True)
    return held_in(store, Secrets(store), owner, session) is not None


def _cut_off(store: Store, tenant: str) -> bool:
    """Tell whether there are erasures that did not end. Where the store does not answer, a later opening asks again."""
    try:
        return bool(store.documents(tenant_of(tenant), ERASING, limit=1))
    except StoreError:
        return False
