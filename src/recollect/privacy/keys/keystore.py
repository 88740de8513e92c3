"""Where wrapped keys are kept: apart from the data and its backups."""

from typing import Protocol

from msgspec import Struct

from recollect.model import Document, Owner
from recollect.store.protocol import Store

TENANT = "recollect.keys"
"""The tenant under which wrapped keys stand in a store."""

COLLECTION = "recollect.keys"

_WRAPPED = "wrapped"
_FORMER = "former"


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
        for document in self.store.documents(_owner(name), COLLECTION, keys=[_WRAPPED]):
            return KeyRecord(document.body or b"", document.position)
        return None

    def write(self, name: str, body: bytes, *, expect: int) -> None:
        """See KeyStore.write. What is replaced leaves with a notice, as it does where words are removed: so it leaves the log, too."""
        documents = [Document(COLLECTION, _WRAPPED, body)]
        if expect:
            documents.append(Document(COLLECTION, _FORMER, None))
        self.store.put(_owner(name), documents, expect={(COLLECTION, _WRAPPED): expect})

    def names(self, *, after: str | None = None, limit: int) -> list[str]:
        """See KeyStore.names."""
        return [owner.name for owner in self.store.owners(TENANT, after=None if after is None else _owner(after), limit=limit)]

    def close(self) -> None:
        """See KeyStore.close."""
        self.store.close()


def _owner(name: str) -> Owner:
    return Owner(TENANT, "user", name)
