"""Who was erased, by a backup and by the store that it is restored into."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from recollect.core.opening import SEALING
from recollect.core.secret import SECRET, Secrets, tenant_of
from recollect.core.tombstones import ERASED, Tombstones
from recollect.model import Document, Owner
from recollect.store.memory import MemoryStore
from recollect.store.protocol import Store
from recollect.transfer import listing

if TYPE_CHECKING:
    from recollect.privacy.keys import Keyring

STONES = {SECRET, ERASED}
"""The collections of the tenant's ledger with the tombstones, and what they are made with. They are written before all others."""


class Stones:
    """The secrets and tombstones of a backup and of its target together, read where the keys are at hand."""

    def __init__(self, tenant: str, documents: Iterable[Document], keys: "Keyring | None") -> None:
        self._tenant = tenant
        self._scratch = MemoryStore()
        kept = list(documents)
        self._scratch.put(tenant_of(tenant), [document for document in kept if document.collection in STONES])
        self._mixed = keys is not None and _is_mixed(tenant, kept, keys)
        self._store = opened(self._scratch, keys, mixed=self._mixed)

    def add(self, target: Store, keys: "Keyring | None") -> None:
        """Add the tombstones that a target has already.

        Raises:
            Invalid: they are sealed, and there are no keys.

        """
        store = opened(target, keys, mixed=self._mixed)
        secrets = Secrets(store)
        names = Tombstones(store, secrets).names(self._tenant)
        if not names:
            return
        own = secrets.existing(self._tenant)
        ours = Secrets(self._store)
        ours.add(self._tenant, [*([] if own is None else [own]), *secrets.others(self._tenant)])
        Tombstones(self._store, ours).add(self._tenant, names)

    def documents(self) -> list[Document]:
        """Return all of them, as they are to be stored."""
        return list(listing.documents(self._scratch, tenant_of(self._tenant)))

    def erased(self, owners: Iterable[Owner]) -> list[Owner]:
        """Return the owners that have a tombstone."""
        stones = Tombstones(self._store, Secrets(self._store))
        return [owner for owner in owners if stones.has(owner)]

    def bury(self, owner: Owner) -> None:
        """Set the tombstone of an owner who was erased behind the backup."""
        Tombstones(self._store, Secrets(self._store)).put(owner)


def opened(store: Store, keys: "Keyring | None", *, mixed: bool) -> Store:
    """Return a store as the keys open it; as it is without keys."""
    if keys is None:
        return store
    from recollect.privacy.sealing import Sealed

    return Sealed(store, keys, mixed=mixed)


def _is_mixed(tenant: str, documents: Iterable[Document], keys: "Keyring") -> bool:
    """Tell whether a memory was backed up while it was being sealed."""
    from recollect.privacy.sealing.state import read_state

    scratch = MemoryStore()
    scratch.put(tenant_of(tenant), [document for document in documents if document.collection == SEALING])
    state = read_state(scratch, tenant, keys)
    return state is not None and state.stage == "sealing"
