"""The places where something of an owner may stand, and what an erasure does there."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from recollect.core.engine import Engine
from recollect.model import Owner
from recollect.model.receipt import Place
from recollect.store.protocol import Store
from recollect.store.scrubs import Keeps, Scrubs

PUT_OFF = "logs and free space were not cleared, as it was asked: erase the last one of many without scrub=False"
PLAIN = "backups and copies that were made before hold the user; back up again, so that a restore leaves the user out, and remove old ones"
SEALED = "what backups and copies hold of the user cannot be read, for want of the key; but names, ids and times stand there in plain"

if TYPE_CHECKING:
    from recollect.store.failover import Failover

LEDGER = "transcript, sessions, facts, documents, view state, saved indexes and vectors, message ids and labels of redaction"


def layers(store: object) -> Iterator[object]:
    """Yield a store, and those that it stands over."""
    while store is not None:
        yield store
        store = getattr(store, "inner", None)


def locked_out(engine: Engine, owner: Owner) -> bool:
    """Tell whether an owner's key was destroyed, where the memory is sealed."""
    return any(store.keyring.destroyed(owner) for store in layers(engine.store) if hasattr(store, "keyring"))


def unlock(engine: Engine, owner: Owner) -> None:
    """Have a key made for an owner whose key was destroyed, where the memory is sealed."""
    for store in layers(engine.store):
        keyring = getattr(store, "keyring", None)
        if keyring is not None:
            keyring.readmit(owner)


def ledger(engine: Engine, *, found: bool) -> Place:
    """Tell of the ledger, which is removed."""
    if waits(engine):
        return Place("ledger", "partial", "the database is down, and the erasure waits in the spool; it goes on when the memory is opened next")
    return Place("ledger", "done", f"removed: {LEDGER}") if found else Place("ledger", "none", "nothing was stored")


def caches(engine: Engine, owner: Owner) -> Place:
    """Let go of what this process keeps of an owner."""
    engine.tails.forget(owner)
    engine.indexes.forget(owner)
    engine.knowledge.forget(owner)
    engine.knowledge.unswept.pop(owner, None)
    if engine.redacting is not None:
        engine.redacting.forget(owner)
    if engine.redacting is not None:
        engine.redacting.forget(owner)
    return Place("caches", "done", "this process keeps nothing any more: messages, facts, search index, vectors")


def vectors(engine: Engine, owner: Owner, through: int) -> list[Place]:
    """Empty the vector store, if there is one, of what came from a ledger that ended at a position."""
    name = engine.indexes.vector_store
    if name is None:
        return []
    reason = engine.indexes.empty(owner, through)
    if reason is None:
        return [Place("vector store", "done", f"{name} has no vector of the user any more")]
    return [Place("vector store", "partial", f"{name} could not remove the user's vectors ({reason}); erase once more when it answers")]


def key(engine: Engine, owner: Owner) -> list[Place]:
    """Destroy an owner's key, where the memory is sealed."""
    for store in layers(engine.store):
        keyring = getattr(store, "keyring", None)
        if keyring is not None:
            keyring.destroy(owner)
            return [Place("key", "done", "destroyed: what was sealed with it cannot be read again, in no copy of the data")]
    return []


def spool(engine: Engine) -> list[Place]:
    """Tell of what waited for a database that was down, and of what it refused; both left with the ledger."""
    if not _failovers(engine.store):
        return []
    return [
        Place("spool", "done", "what waited in this machine's spool, and what the database had refused of it, is removed"),
        Place("fallback", "unreached", "the copy that is read in an outage: what keeps it a copy erases the user there, too"),
    ]


def remains(engine: Engine, *, sealed: bool, scrub: bool) -> list[Place]:
    """Clear what is left behind in logs and free space, and tell what cannot be."""
    found = []
    for store in layers(engine.store):
        if isinstance(store, Scrubs):
            left = list(store.scrub()) if scrub else [PUT_OFF]
            found += [Place("database files", "partial", one) for one in left]
            if not left:
                found.append(Place("database files", "done", "removed bytes are overwritten or gone, and the log is empty"))
        if isinstance(store, Keeps):
            found += [Place("server", "unreached", one) for one in store.keeps()]
    found.append(Place("backups", "unreached", SEALED if sealed else PLAIN))
    return found


def waits(engine: Engine) -> bool:
    """Tell whether the erasure waits for a database that is down."""
    return any(one.state.primary == "down" for one in _failovers(engine.store))


def _failovers(store: Store) -> "list[Failover]":
    from recollect.store.failover import Failover

    return [one for one in layers(store) if isinstance(one, Failover)]
