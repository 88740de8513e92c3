"""Where an owner's vectors are saved: one derived document for each model, so that two models can be in use at once."""

from hashlib import sha256
from typing import TYPE_CHECKING

from recollect.errors import Damaged, StoreError
from recollect.model import Owner
from recollect.store.protocol import PART, Store

if TYPE_CHECKING:
    from recollect.recall.vectors import Vectors


def saved_as(model: str) -> str:
    """Return the name under which a model's vectors are saved."""
    return f"vectors-{sha256(model.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def save_vectors(store: Store, owner: Owner, model: str, data: bytes, position: int) -> bool:
    """Save vectors that were made of an owner's ledger up to a position. Returns whether they were kept; that they were not does no harm."""
    parts = [data[start : start + PART] for start in range(0, len(data), PART)]
    try:
        return store.save(owner, saved_as(model), position, parts)
    except StoreError as failure:
        from logging import getLogger

        getLogger("recollect").info("vectors could not be saved, which is put off: %s", failure)
        return False


def load_vectors(store: Store, owner: Owner, model: str) -> "Vectors | None":
    """Return an owner's vectors; None if none were saved under the model's name, or they cannot be read."""
    from recollect.recall.vectors import Vectors

    try:
        saved = store.saved(owner, saved_as(model))
        found = None if saved is None else Vectors.load(b"".join(saved.parts))
    except Damaged:
        return None
    return found if found is not None and found.name == model else None
