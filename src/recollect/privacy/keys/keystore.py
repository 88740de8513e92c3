"""Where wrapped keys are kept: apart from the data and its backups."""

from typing import Protocol

from msgspec import Struct

from recollect.errors import Conflict
from recollect.model import Document, Owner
from recollect.store.protocol import Store

TENANT = "recollect.keys"
"""The tenant under which wrapped keys stand in a store."""

COLLECTION = "recollect.keys"

_NAMES = ("a", "b")
"""A record stands under one of these, and under the other one once it has been replaced."""


class KeyRecord(Struct, frozen=True):
    """What is kept under a name, and its revision: another one after each write."""

    body: bytes
    revision: int


class KeyStore(Protocol):
    """Small records by name, each written by compare-and-set. What was written survives the end of the process, and of the power.

    Names are pseudonyms of 32 letters and digits, bodies at most 8 KiB. Keep no copy of what was replaced: a destroyed key must be gone.
    """

    def read(self, name: str) -> KeyRecord | None:
        """Return what is kept under a name; None where there is nothing."""
        ...

    def write(self, name: str, body: bytes, *, expect: int) -> None:
        """Keep a record.

        Raises:
            Conflict: the present revision is not ``expect``; 0: there is nothing yet.

        """
        ...

    def names(self, *, after: str | None = None, limit: int) -> list[str]:
        """Return names in order, those beyond ``after``."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class StoredKeys:
    """A key store in any store of Recollect's: a ledger for each name, under a tenant of their own."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def read(self, name: str) -> KeyRecord | None:
        """See KeyStore.read."""
        for document in self.store.documents(_owner(name), COLLECTION):
            return KeyRecord(document.body or b"", document.position)
        return None

    def write(self, name: str, body: bytes, *, expect: int) -> None:
        """See KeyStore.write. What is replaced is removed, and so its bytes leave the store as words do that are removed."""
        there = {document.key: document.position for document in self.store.documents(_owner(name), COLLECTION)}
        if max(there.values(), default=0) != expect:
            raise Conflict("the record was written by somebody else meanwhile; read it, and try again", max(there.values(), default=0))
        free = next(one for one in _NAMES if one not in there)
        documents = [Document(COLLECTION, free, body), *(Document(COLLECTION, former, None) for former in there)]
        self.store.put(_owner(name), documents, expect={(COLLECTION, one): there.get(one, 0) for one in _NAMES})

    def names(self, *, after: str | None = None, limit: int) -> list[str]:
        """See KeyStore.names."""
        return [owner.name for owner in self.store.owners(TENANT, after=None if after is None else _owner(after), limit=limit)]

    def close(self) -> None:
        """See KeyStore.close."""
        self.store.close()


def _owner(name: str) -> Owner:
    return Owner(TENANT, "user", name)
