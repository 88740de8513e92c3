"""A store whose bodies are sealed."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from recollect.errors import Conflict, Damaged, Erased, Invalid, NewerFormat
from recollect.model import Document, Entry, Owner, Saved, SessionState
from recollect.privacy.keys.keyring import Keyring
from recollect.privacy.sealing.bodies import Bodies
from recollect.privacy.sealing.record import is_sealed
from recollect.store.protocol import RESTORED, RESTORING, Store

SEALING = "recollect.sealing"
"""The collection, in the tenant's ledger, of what tells that a memory is sealed. It is plain, and no part of what the memory holds."""

PLAIN = {SEALING, RESTORING, RESTORED}
"""The collections that are plain, and no part of what the memory holds."""


class Sealed:
    """Another store, with all bodies sealed: compressed and encrypted by the key of their owner, and bound to where they stand.

    It is the outermost store, so that all beneath it, such as a failover's spool, holds sealed bytes alone. Owners, sessions, ids, roles,
    times, counts of tokens and the names of documents stay plain: a store needs them. Methods raise what the store beneath raises, and:

    - ``Damaged`` where a record is plain, is not what was written, or stands where it was not written;
    - ``Locked`` where the keyring has no key, or none that opens it;
    - ``Erased`` where the owner's key was destroyed.

    Args:
        inner: the store beneath. It is closed with this one.
        keyring: the keys. Whoever opened it closes it.
        mixed: plain records can be read, too: while a memory is being sealed.

    """

    def __init__(self, inner: Store, keyring: Keyring, *, mixed: bool = False) -> None:
        self.inner = inner
        self.keyring = keyring
        self.mixed = mixed

    @property
    def path(self) -> str | None:
        """The path of the store beneath, where it has one."""
        return getattr(self.inner, "path", None)

    def append(self, owner: Owner, session: str, entries: Sequence[Entry], *, expect: int | None = None) -> int:
        """See Store.append."""
        if not entries:
            return self.inner.append(owner, session, entries, expect=expect)
        bodies = self._bodies(owner)
        sealed = [bodies.seal_entry(session, entry) for entry in entries]
        try:
            return self.inner.append(owner, session, sealed, expect=expect)
        except Conflict:
            if not self.mixed or not self._seal_twins(owner, session, entries):
                raise
        return self.inner.append(owner, session, sealed, expect=expect)

    def entries(
        self,
        owner: Owner,
        session: str,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int | None = None,
        newest: bool = False,
        opening: int = 0,
    ) -> list[Entry]:
        """See Store.entries."""
        found = self.inner.entries(owner, session, after=after, before=before, limit=limit, newest=newest, opening=opening)
        if not found:
            return found
        bodies = self._bodies(owner)
        return [bodies.open_entry(entry) for entry in found]

    def since(self, owner: Owner, session: str, last: int, limit: int) -> list[Entry]:
        """Return the newest entries from the position ``last`` on, at most so many, the one at ``last`` itself as it is stored.

        Whoever knows that one already looks whether it is still there, and need not wait until it is opened.
        """
        found = self.inner.entries(owner, session, after=last - 1, limit=limit, newest=True)
        if len(found) < 2 and found and found[0].position == last:  # noqa: PLR2004  # it alone
            return found
        bodies = self._bodies(owner)
        return [entry if entry.position == last else bodies.open_entry(entry) for entry in found]

    def at(self, owner: Owner, positions: Sequence[int]) -> list[Entry]:
        """See Store.at."""
        found = self.inner.at(owner, positions)
        bodies = self._bodies(owner)
        return [bodies.open_entry(entry) for entry in found]

    def rewrite(self, owner: Owner, session: str, entries: Sequence[Entry], *, edition: int) -> int:
        """See Store.rewrite. Times and roles are bound to the bodies: they are taken from what stands there."""
        there = {
            (entry.position, entry.id): entry for entry in self.inner.at(owner, [entry.position for entry in entries]) if entry.session == session
        }
        bodies = self._bodies(owner)
        sealed = []
        for entry in entries:
            old = there.get((entry.position, entry.id))
            if old is not None:
                sealed.append(bodies.seal_entry(session, replace(entry, role=old.role, created=old.created)))
        return self.inner.rewrite(owner, session, sealed, edition=edition) if sealed else 0

    def session(self, owner: Owner, session: str) -> SessionState | None:
        """See Store.session."""
        found = self.inner.session(owner, session)
        return None if found is None else self._state(owner, found)

    def sessions(self, owner: Owner, *, after: int | None = None, limit: int) -> list[SessionState]:
        """See Store.sessions."""
        return [self._state(owner, found) for found in self.inner.sessions(owner, after=after, limit=limit)]

    def update_session(self, owner: Owner, session: str, settings: bytes, *, ttl: int | None, expect: int) -> int:
        """See Store.update_session."""
        return self.inner.update_session(owner, session, self._bodies(owner).seal_settings(session, settings), ttl=ttl, expect=expect)

    def clear_session(self, owner: Owner, session: str) -> bool:
        """See Store.clear_session."""
        return self.inner.clear_session(owner, session)

    def delete_session(self, owner: Owner, session: str, *, expect: int | None = None) -> bool:
        """See Store.delete_session."""
        return self.inner.delete_session(owner, session, expect=expect)

    def put(self, owner: Owner, documents: Sequence[Document], *, expect: Mapping[tuple[str, str], int] | None = None) -> int:
        """See Store.put."""
        if any(document.collection == SEALING for document in documents):
            raise Invalid(f"{SEALING} tells that this memory is sealed; recollect seal writes it")
        if all(document.body is None for document in documents):
            return self.inner.put(owner, documents, expect=expect)
        bodies = self._bodies(owner)
        return self.inner.put(owner, [bodies.seal_document(document) for document in documents], expect=expect)

    def documents(
        self,
        owner: Owner,
        collection: str,
        *,
        keys: Sequence[str] | None = None,
        prefix: str = "",
        after: str | None = None,
        limit: int | None = None,
    ) -> list[Document]:
        """See Store.documents."""
        if collection in PLAIN:
            return []
        found = self.inner.documents(owner, collection, keys=keys, prefix=prefix, after=after, limit=limit)
        if not found:
            return found
        bodies = self._bodies(owner)
        return [bodies.open_document(document) for document in found]

    def changes(self, owner: Owner, after: int, limit: int) -> list[Entry | Document]:
        """See Store.changes."""
        bodies = self._bodies(owner)
        told: list[Entry | Document] = []
        while len(told) < limit:
            wanted = limit - len(told)
            found = self.inner.changes(owner, after, wanted)
            for item in found:
                if isinstance(item, Entry):
                    told.append(bodies.open_entry(item))
                elif item.collection not in PLAIN:
                    told.append(bodies.open_document(item))
            if len(found) < wanted:
                break
            after = found[-1].position
        return told

    def save(self, owner: Owner, name: str, position: int, parts: Sequence[bytes]) -> bool:
        """See Store.save. Nothing is kept of an owner whose keys were destroyed."""
        try:
            sealed = self._bodies(owner).seal_parts(name, position, parts) if parts else parts
        except Erased:
            return False
        return self.inner.save(owner, name, position, sealed)

    def saved(self, owner: Owner, name: str) -> Saved | None:
        """See Store.saved. What cannot be authenticated counts as damaged, and so as absent: it is made anew."""
        found = self.inner.saved(owner, name)
        if found is None or not found.parts:
            return found
        try:
            return self._bodies(owner).open_parts(name, found)
        except (Damaged, Erased, NewerFormat):
            return None

    def recent(self, tenant: str, *, limit: int) -> list[tuple[Owner, SessionState]]:
        """See Store.recent. Sessions of owners whose keys were destroyed are left out."""
        told = []
        for owner, state in self.inner.recent(tenant, limit=limit):
            try:
                told.append((owner, self._state(owner, state)))
            except Erased:
                continue
        return told

    def owners(self, tenant: str, *, after: Owner | None = None, limit: int) -> list[Owner]:
        """See Store.owners."""
        return self.inner.owners(tenant, after=after, limit=limit)

    def erase(self, owner: Owner) -> bool:
        """See Store.erase. What tells that a memory is sealed outlives the erasure of the tenant's own documents."""
        kept = self.inner.documents(owner, SEALING) if owner.kind == "tenant" else []
        erased = self.inner.erase(owner)
        if kept:
            self.inner.put(owner, kept)
        return erased

    def expire(self) -> list[tuple[Owner, str]]:
        """See Store.expire."""
        return self.inner.expire()

    def size(self) -> int:
        """See Store.size."""
        return self.inner.size()

    def close(self) -> None:
        """See Store.close."""
        self.inner.close()

    def _bodies(self, owner: Owner) -> Bodies:
        return Bodies(owner, self.keyring, mixed=self.mixed)

    def _state(self, owner: Owner, state: SessionState) -> SessionState:
        if state.settings is None:
            return state
        return replace(state, settings=self._bodies(owner).open_settings(state.name, state.settings))

    def _seal_twins(self, owner: Owner, session: str, entries: Sequence[Entry]) -> bool:
        """Seal what stands plain under the ids of these entries, so that a retry is known as one. Returns whether there was any."""
        ids = {entry.id for entry in entries}
        plain = [entry for entry in self.inner.entries(owner, session) if entry.id in ids and not is_sealed(entry.body)]
        if not plain:
            return False
        self.rewrite(owner, session, plain, edition=plain[0].edition)
        return True
