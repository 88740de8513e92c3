"""What a restore notes in its target, so that nothing half restored is ever taken for a memory."""

from recollect.core.secret import tenant_of
from recollect.errors import StoreError
from recollect.store.protocol import Store

RESTORING = "recollect.restoring"
"""The collection, in the tenant's ledger, of the note that a restore has begun here and has not come to its end."""

RESTORED = "recollect.restored"
"""The collection, in the tenant's ledger, of the note which restore the memory came from."""

KEY = "restore"
"""The key of both notes."""


def check_whole(store: Store, tenant: str) -> None:
    """Refuse a memory that is being restored.

    Raises:
        StoreError: a restore has begun, and has not come to its end.

    """
    if store.documents(tenant_of(tenant), RESTORING, limit=1):
        raise StoreError("a backup is being restored here, or was not restored to its end; wait for the restore, or run it again: recollect restore")


def lineage_of(store: Store, tenant: str) -> str:
    """Return which restore a memory came from; "" where it came from none."""
    found = store.documents(tenant_of(tenant), RESTORED, keys=[KEY])
    return (found[0].body or b"").decode("ascii", "replace").strip(' "') if found else ""
