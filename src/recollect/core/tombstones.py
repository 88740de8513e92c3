"""Tombstones: which owners were erased, by pseudonym, so that nothing brings them back."""

from collections.abc import Iterator

from recollect.codec.body import pack
from recollect.core.secret import Secrets, tenant_of, under
from recollect.model import Document, Owner
from recollect.store.protocol import Store

ERASED = "recollect.erased"
"""The collection of tombstones in the tenant's ledger, by pseudonym. All bodies are the same: it is the key that tells."""

OTHERS = "others"
"""A key in that collection which is no pseudonym: there are tombstones under other memories' secrets."""

ERASING = "recollect.erasing"
"""The collection, in the tenant's ledger, of erasures that have begun and not ended, by pseudonym. Its bodies alone tell whose they are."""

PAGE = 500
"""Owners that are looked at together."""

_STONE = pack({})


class Tombstones:
    """The tombstones in a store's tenant ledgers."""

    def __init__(self, store: Store, secrets: Secrets) -> None:
        self._store = store
        self._secrets = secrets

    def has(self, owner: Owner) -> bool:
        """Tell whether an owner was erased: by one read, or two where tombstones came from other memories."""
        secret = self._secrets.existing(owner.tenant)
        if secret is None or owner.kind == "tenant":
            return False
        found = {one.key for one in self._of(owner.tenant, [under(secret, owner), OTHERS])}
        if found <= {OTHERS}:
            return bool(found) and bool(self._of(owner.tenant, [under(one, owner) for one in self._secrets.others(owner.tenant)]))
        return True

    def over(self, store: Store) -> "Tombstones":
        """Return the tombstones in a store beneath, such as the primary of a failover, by the same secrets."""
        return Tombstones(store, self._secrets)

    def put(self, owner: Owner) -> None:
        """Set an owner's tombstone, if there is none."""
        name = self._secrets.pseudonym(owner)
        if not self._of(owner.tenant, [name]):
            self._store.put(tenant_of(owner.tenant), [Document(ERASED, name, _STONE)])

    def remove(self, owner: Owner) -> bool:
        """Remove an owner's tombstones. Returns whether there were any."""
        secret = self._secrets.existing(owner.tenant)
        if secret is None:
            return False
        secrets = [secret, *self._secrets.others(owner.tenant)]
        found = self._of(owner.tenant, [under(one, owner) for one in secrets])
        if found:
            self._store.put(tenant_of(owner.tenant), [Document(ERASED, one.key, None) for one in found])
        return bool(found)

    def names(self, tenant: str) -> set[str]:
        """Return the pseudonyms of all who were erased."""
        return {one.key for one in self._store.documents(tenant_of(tenant), ERASED)} - {OTHERS}

    def add(self, tenant: str, names: set[str]) -> None:
        """Set tombstones by pseudonym, those that are not there; the secrets that they are under must be known by then."""
        new = sorted(names - self.names(tenant))
        if new:
            others = [OTHERS] if self._secrets.others(tenant) else []
            self._store.put(tenant_of(tenant), [Document(ERASED, name, _STONE) for name in (*new, *others)])

    def returned(self, tenant: str) -> Iterator[Owner]:
        """Yield the owners that were erased and have something stored, such as behind a restore."""
        names, secret = self.names(tenant), self._secrets.existing(tenant)
        if not names or secret is None:
            return
        secrets, after = [secret, *self._secrets.others(tenant)], None
        while page := self._store.owners(tenant, after=after, limit=PAGE):
            for owner in page:
                if owner.kind != "tenant" and any(under(one, owner) in names for one in secrets):
                    yield owner
            after = page[-1]

    def _of(self, tenant: str, names: list[str]) -> list[Document]:
        return self._store.documents(tenant_of(tenant), ERASED, keys=names) if names else []
