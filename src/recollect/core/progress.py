"""How far a vector store has been fed with a ledger: noted as a derived document, which goes with whatever is removed."""

from hashlib import sha256

from recollect.errors import Damaged, StoreError
from recollect.model import Owner
from recollect.store.protocol import Store


def noted_as(index: str) -> str:
    """Return the name under which it is noted for a vector index."""
    return f"fed-{sha256(index.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def save_progress(store: Store, owner: Owner, index: str, through: int) -> bool:
    """Note that a vector index has all that a ledger has up to a position, and no more. Returns whether the note was kept."""
    try:
        return store.save(owner, noted_as(index), through, [b"1"])
    except StoreError as failure:
        from logging import getLogger

        getLogger("recollect").info("how far a vector store was fed could not be noted, which is put off: %s", failure)
        return False


def load_progress(store: Store, owner: Owner, index: str) -> int | None:
    """Return up to where a vector index has all; None if that was not noted."""
    try:
        saved = store.saved(owner, noted_as(index))
    except Damaged:
        return None
    return saved.position if saved is not None else None
