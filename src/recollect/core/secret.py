"""The memory's secret: what turns an owner into a pseudonym, and signs receipts."""

from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from hmac import digest
from os import urandom

from msgspec import Struct
from msgspec.json import Decoder

from recollect.codec.body import pack, unpack
from recollect.errors import Conflict
from recollect.model import Document, Owner
from recollect.store.protocol import Store

SECRET = "recollect.secret"  # noqa: S105  # a name
"""The collection, in the tenant's ledger, of the memory's secret, and of those of the memories whose tombstones were taken over."""

OWN = "own"
"""The key of the memory's own secret."""

SIZE = 32
"""Bytes of a secret."""

DIGITS = 32
"""Characters of a pseudonym: 128 bits in hexadecimal."""


class _Kept(Struct, frozen=True):
    """A secret as a document holds it."""

    secret: bytes


_decoder = Decoder(_Kept)


class Secrets:
    """The secrets of a store's tenants, read once each. The own one is made by whoever needs it first.

    A secret keeps a pseudonym from being found by trying names; who can read the tenant's ledger can try. It is sealed where the memory is.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._own: dict[str, bytes] = {}

    def own(self, tenant: str) -> bytes:
        """Return a tenant's secret, 32 bytes, making it where there is none. Use it by way of ``derived``, so that no two purposes share a key."""
        found = self._own.get(tenant) or self.existing(tenant)
        if found is None:
            with suppress(Conflict):  # somebody else made it
                self._store.put(tenant_of(tenant), [Document(SECRET, OWN, pack(_Kept(urandom(SIZE))))], expect={(SECRET, OWN): 0})
            found = self.existing(tenant)
            if found is None:
                raise Conflict("the memory's secret was removed while it was being made; repeat the call", 0)
        return found

    def existing(self, tenant: str) -> bytes | None:
        """Return a tenant's secret; None if there is none, so that nothing can have been signed or erased under a pseudonym."""
        if tenant not in self._own:
            for document in self._store.documents(tenant_of(tenant), SECRET, keys=[OWN]):
                self._own[tenant] = unpack(document.body or b"", _decoder).secret
        return self._own.get(tenant)

    def others(self, tenant: str) -> list[bytes]:
        """Return the secrets of other memories under whose pseudonyms there are tombstones here. It asks the store each time."""
        documents = self._store.documents(tenant_of(tenant), SECRET)
        return [unpack(document.body or b"", _decoder).secret for document in documents if document.key != OWN]

    def adopt(self, tenant: str, secrets: Sequence[bytes]) -> None:
        """Take over the secrets of another memory: the first as the own one, where there is none yet."""
        if self.existing(tenant) is None:
            with suppress(Conflict):
                self._store.put(tenant_of(tenant), [Document(SECRET, OWN, pack(_Kept(secrets[0])))], expect={(SECRET, OWN): 0})
        self.add(tenant, secrets)

    def add(self, tenant: str, others: Sequence[bytes]) -> None:
        """Keep the secrets of other memories."""
        known = {*self.others(tenant), self.own(tenant)}
        documents = [Document(SECRET, derived(one, "name").hex(), pack(_Kept(one))) for one in others if one not in known]
        if documents:
            self._store.put(tenant_of(tenant), documents)

    def pseudonym(self, owner: Owner) -> str:
        """Return what an owner is called where no name may stand: 32 hexadecimal digits, the same for as long as the memory has its secret."""
        return under(self.own(owner.tenant), owner)


def under(secret: bytes, owner: Owner) -> str:
    """Return an owner's pseudonym under a secret."""
    return keyed(derived(secret, "pseudonym"), owner.tenant, owner.kind, owner.name)[:DIGITS]


def keyed(key: bytes, *parts: str) -> str:
    """Return the HMAC-SHA256 of some parts, as 64 hexadecimal digits. Each stands behind its length, so that no two lists of parts have the same."""
    encoded = [part.encode() for part in parts]
    return digest(key, b"".join(len(part).to_bytes(4, "big") + part for part in encoded), sha256).hex()


def derived(secret: bytes, purpose: str) -> bytes:
    """Return the key for a purpose."""
    return digest(secret, purpose.encode(), sha256)


def tenant_of(tenant: str) -> Owner:
    """Return the owner of a tenant's own documents."""
    return Owner(tenant, "tenant", "")
