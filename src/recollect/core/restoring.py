"""What a restore notes in its target, so that nothing half restored is ever taken for a memory."""

from collections.abc import Iterator

from recollect.core.secret import Secrets, tenant_of
from recollect.core.tombstones import Tombstones
from recollect.errors import StoreError
from recollect.model import Document, Owner
from recollect.store.protocol import RESTORED, RESTORING, Store

KEY = "restore"
"""The key of the note that a restore has begun, and of the one which it was."""

UNCHECKED = "tombstones"
"""The key of the note that tombstones and keys are to be compared yet, since the memory is sealed, and the restore had no keys."""

PAGE = 500
"""Owners, or changes of one, that are read at a time."""


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
    """Erase who was erased, and was brought back by a restore that had no keys. ``store`` is opened with them.

    Who was erased behind the backup has no tombstone in it. They are told by their keys, which were destroyed.
    """
    tombstones = Tombstones(store, Secrets(store))
    for owner in list(tombstones.returned(tenant)):
        store.erase(owner)
    keyring = getattr(store, "keyring", None)
    if keyring is not None:
        from recollect.privacy.sealing.lost import is_lost

        for owner in list(_owners(store, tenant)):
            if is_lost(keyring, owner, _bodies(beneath(store), owner)):
                if keyring.destroyed(owner):
                    tombstones.put(owner)
                store.erase(owner)
    beneath(store).put(tenant_of(tenant), [Document(RESTORING, UNCHECKED, None)])


def _owners(store: Store, tenant: str) -> Iterator[Owner]:
    last: Owner | None = None
    while page := store.owners(tenant, after=last, limit=PAGE):
        yield from page
        last = page[-1]


def _bodies(store: Store, owner: Owner) -> Iterator[bytes | None]:
    after = 0
    while page := store.changes(owner, after, PAGE):
        yield from (item.body for item in page)
        after = page[-1].position


def lineage_of(store: Store, tenant: str) -> str:
    """Return which restore a memory came from; "" where it came from none."""
    found = store.documents(tenant_of(tenant), RESTORED, keys=[KEY])
    return (found[0].body or b"").decode("ascii", "replace").strip(' "') if found else ""
