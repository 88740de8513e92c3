"""What a restore is written into: a store that has nothing of the tenant, or what a restore has left that was cut off."""

from collections.abc import Iterable, Iterator
from os import urandom

from recollect.codec.body import pack
from recollect.core.opening import SEALING
from recollect.core.restoring import KEY, UNCHECKED
from recollect.core.secret import tenant_of
from recollect.errors import Conflict, Damaged
from recollect.model import Document, Entry, Owner
from recollect.store.protocol import RESTORED, RESTORING, SETTINGS, Store
from recollect.transfer import listing
from recollect.transfer.backup.segment import Kept, KeptDocument, KeptEntry, kept_document, kept_entry
from recollect.transfer.backup.staging import Sum, is_restored
from recollect.transfer.backup.stones import STONES
from recollect.transfer.copying.pages import pages

BATCH = 1000
BYTES = 2 << 20
"""Entries and bytes that are appended at once, at the most, about."""

NOTES = {*STONES, RESTORING, RESTORED, SEALING}
"""The collections of the tenant's ledger that a target may have documents in."""

TAKEN = "another restore writes into the same target; wait for it, or end it, and run this one again"


class Target:
    """A store that is being restored into.

    While the note ``recollect.restoring`` stands in the tenant's ledger, no memory opens it. It is set with the tombstones, before anything
    else is written, and goes once all is there and has been read back.
    """

    def __init__(self, store: Store, tenant: str) -> None:
        self.store = store
        self._tenant = tenant
        self._own = tenant_of(tenant)
        self._stands = 0

    def check(self) -> None:
        """Refuse a target that has something, unless it is what a restore has left.

        Raises:
            Conflict: it has.

        """
        self._stands = self._noted()
        if not self._stands and any(self._has(owner) for owner in listing.owners(self.store, self._tenant, None)):
            raise Conflict("the target has a memory already; restore into an empty database, or erase what is there first", 0)

    def begin(self, kept: Iterable[Document]) -> None:
        """Set the note, with documents of the tenant that must be there before anything else, and remove what a restore has left.

        Raises:
            Conflict: another restore did so at the same time.

        """
        documents = [*kept, Document(RESTORING, KEY, pack(urandom(8).hex()))]
        try:
            self.store.put(self._own, documents, expect={(RESTORING, KEY): self._stands})
        except Conflict as error:
            raise Conflict(TAKEN, error.position) from error
        self._stands = self._noted()
        self._clear()

    def write(self, owner: Owner, items: Iterator[Kept]) -> Sum:
        """Write an owner's items in their order, read them back, and return their sum.

        Raises:
            Damaged: what is read back is not what was written.

        """
        wanted, run = Sum(), list[KeptEntry]()
        for item in items:
            wanted.add(item)
            if isinstance(item, KeptEntry):
                if run and (run[0].session != item.session or len(run) >= BATCH or sum(len(one.body) for one in run) > BYTES):
                    self._append(owner, run)
                    run = []
                run.append(item)
            else:
                self._append(owner, run)
                run = []
                self._put(owner, item)
        self._append(owner, run)
        if self.read(owner).value != wanted.value:
            raise Damaged(
                f"{owner.kind} {owner.name!r} is not in the target as it was written: somebody else writes there, or the database changes values"
            )
        return wanted

    def read(self, owner: Owner) -> Sum:
        """Return the sum of what the target has of an owner."""
        total = Sum()
        for page in pages(lambda after, limit: self.store.changes(owner, after, limit), 0):
            for item in page:
                if isinstance(item, Entry):
                    total.add(kept_entry(item))
                elif item.body is not None and is_restored(item.collection) and not (owner == self._own and item.collection in STONES):
                    total.add(self._settings(owner, item) if item.collection == SETTINGS else kept_document(item))
        return total

    def still_ours(self) -> None:
        """Refuse to go on where another restore has taken over.

        Raises:
            Conflict: one has.

        """
        if self._noted() != self._stands:
            raise Conflict(TAKEN, 0)

    def end(self, *, unchecked: bool) -> None:
        """Take the note away, and say that this memory came from a restore, and whether tombstones are to be compared yet."""
        documents = [Document(RESTORED, KEY, pack(urandom(16).hex())), Document(RESTORING, KEY, None)]
        if unchecked:
            documents.append(Document(RESTORING, UNCHECKED, pack({})))
        try:
            self.store.put(self._own, documents, expect={(RESTORING, KEY): self._stands})
        except Conflict as error:
            raise Conflict(TAKEN, error.position) from error

    def _noted(self) -> int:
        found = self.store.documents(self._own, RESTORING, keys=[KEY])
        return found[0].position if found else 0

    def _has(self, owner: Owner) -> bool:
        """Tell whether an owner has more than notices, and than what a target may have."""
        return any(
            isinstance(item, Entry) or (item.body is not None and (owner != self._own or item.collection not in NOTES))
            for page in pages(lambda after, limit: self.store.changes(owner, after, limit), 0)
            for item in page
        )

    def _clear(self) -> None:
        for owner in list(listing.owners(self.store, self._tenant, None)):
            if owner != self._own:
                self.store.erase(owner)
        for name, _ in listing.sessions(self.store, self._own):
            self.store.delete_session(self._own, name)
        left = [document for document in listing.documents(self.store, self._own) if document.collection not in (*STONES, RESTORING)]
        for start in range(0, len(left), BATCH):
            self.store.put(self._own, [Document(one.collection, one.key, None) for one in left[start : start + BATCH]])

    def _append(self, owner: Owner, run: list[KeptEntry]) -> None:
        if run:
            entries = [Entry(0, one.id, one.role, one.created, one.tokens, one.digest, one.body) for one in run]
            self.store.append(owner, run[0].session, entries)

    def _put(self, owner: Owner, item: KeptDocument) -> None:
        if item.collection == SETTINGS:
            state = self.store.session(owner, item.key)
            self.store.update_session(owner, item.key, item.body or b"", ttl=item.ttl, expect=0 if state is None else state.revision)
        else:
            self.store.put(owner, [Document(item.collection, item.key, item.body)])

    def _settings(self, owner: Owner, document: Document) -> KeptDocument:
        state = self.store.session(owner, document.key)
        return KeptDocument(0, document.collection, document.key, document.body, None if state is None else state.ttl)
