"""What a restore notes in its target, so that nothing half restored is ever taken for a memory."""

from recollect.core.secret import Secrets, tenant_of
from recollect.core.tombstones import Tombstones
from recollect.errors import StoreError
from recollect.model import Document
from recollect.store.protocol import RESTORED, RESTORING, Store

KEY = "restore"
"""The key of the note that a restore has begun, and of the one which it was."""

UNCHECKED = "tombstones"
"""The key of the note that tombstones are to be compared yet, since they are sealed, and the restore had no keys."""


def check_whole(store: Store, tenant: str) -> bool:
    """Refuse a memory that is being restored. Returns whether tombstones are to be compared yet.

    Raises:
        StoreError: a restore has begun, and has not come to its end.

    """
    notes = {document.key for document in store.documents(tenant_of(tenant), RESTORING, keys=[KEY, UNCHECKED])}
    if KEY in notes:
        raise StoreError("a backup is being restored here, or was not restored to its end; wait for the restore, or run it again: recollect restore")
    return UNCHECKED in notes


def beneath(store: Store) -> Store:
    """Return the store beneath one that seals; any other as it is."""
    inner: Store = store.inner if hasattr(store, "keyring") and hasattr(store, "inner") else store
    return inner


def apply_tombstones(store: Store, tenant: str) -> None:
    """Erase who was erased, and was brought back by a restore that had no keys. ``store`` is opened with them."""
    tombstones = Tombstones(store, Secrets(store))
    for owner in list(tombstones.returned(tenant)):
        store.erase(owner)
    beneath(store).put(tenant_of(tenant), [Document(RESTORING, UNCHECKED, None)])


def lineage_of(store: Store, tenant: str) -> str:
    """Return which restore a memory came from; "" where it came from none."""
    found = store.documents(tenant_of(tenant), RESTORED, keys=[KEY])
    return (found[0].body or b"").decode("ascii", "replace").strip(' "') if found else ""
