"""Sealing what an existing memory holds."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from msgspec import Struct

from recollect.errors import Conflict, Erased, Invalid
from recollect.model import Document, Entry, Owner
from recollect.privacy.keys.keyring import Keyring
from recollect.privacy.sealing.bodies import NOTICES, Bodies
from recollect.privacy.sealing.record import is_sealed, key_of
from recollect.privacy.sealing.sealed import SEALING
from recollect.privacy.sealing.state import begin, check_apart, read_state, write_state
from recollect.store import store_of
from recollect.store.protocol import Store

PAGE = 500
"""Entries and documents that are read at a time."""

MOST_BYTES = 8 << 20
"""Bytes that are written at a time, and as many more as one entry has."""

SWEPT = "swept"

_PASSES = 100

Progress = Callable[[int], object]


class SealReport(Struct, frozen=True):
    """What a sealing did: how many owners, messages and documents it sealed, and which erased owners it left out."""

    owners: int
    messages: int
    documents: int
    erased: list[Owner]


class _Work(Struct):
    """What is still to be sealed of an owner, and what was."""

    messages: int = 0
    documents: int = 0
    swept: bool = True

    @property
    def done(self) -> int:
        return self.messages + self.documents


def seal(
    store: str | Store, keyring: Keyring, *, tenant: str = "", users: Sequence[str] | None = None, progress: Progress | None = None
) -> SealReport:
    """Seal what a memory holds, or, of a sealed one, seal anew what was sealed with a user's earlier keys.

    A plain memory is marked at once: from then on it is opened with its keys alone, and plain records are read until all are sealed. Close
    whatever has it open without keys before. Interrupted, it goes on when it is called again. Expired sessions are removed.

    Args:
        store: the memory's URL, or its store, which is not sealed itself.
        keyring: the keys.
        tenant: whose memory.
        users: these alone, of a memory that is sealed.
        progress: told after each step how many messages and documents were sealed in it.

    Raises:
        Invalid: users were given, and the memory is not sealed.
        Locked: it was sealed with other keys.

    """
    found, opened = store_of(store)
    try:
        check_apart(found, keyring)
        if users is None:
            return _seal_all(found, tenant, keyring, progress)
        if read_state(found, tenant, keyring) is None:
            raise Invalid("the memory is not sealed; seal the whole of it first, without --user")
        return _seal_owners(found, keyring, [Owner(tenant, "user", user) for user in users], progress, resumed=False)
    finally:
        if opened:
            found.close()


def _seal_all(store: Store, tenant: str, keyring: Keyring, progress: Progress | None) -> SealReport:
    state = begin(store, tenant, keyring)
    resumed = state is not None and state.stage == "sealing"
    if state is None:
        with suppress(Conflict):  # another process has begun
            write_state(store, tenant, keyring, "sealing", expect=0)
        state = read_state(store, tenant, keyring)
    total = SealReport(0, 0, 0, [])
    for _ in range(_PASSES):
        store.expire()
        done = _seal_owners(store, keyring, _owners(store, tenant), progress, resumed=resumed)
        total = SealReport(max(total.owners, done.owners), total.messages + done.messages, total.documents + done.documents, done.erased)
        if not done.messages + done.documents:
            break
        resumed = False
    else:
        raise Conflict("plain records are still being written; close what has the memory open without keys, and seal it again", 0)
    if state is not None and state.stage == "sealing":
        with suppress(Conflict):  # another process has ended it
            write_state(store, tenant, keyring, "sealed", expect=state.position)
    return total


def _seal_owners(
    store: Store, keyring: Keyring, owners: Sequence[Owner] | Iterator[Owner], progress: Progress | None, *, resumed: bool
) -> SealReport:
    count = messages = documents = 0
    erased: list[Owner] = []
    for owner in owners:
        try:
            work = _seal_owner(store, keyring, owner, progress, resumed=resumed)
        except Erased:
            erased.append(owner)
            continue
        count += bool(work.done)
        messages, documents = messages + work.messages, documents + work.documents
    return SealReport(count, messages, documents, erased)


def _seal_owner(store: Store, keyring: Keyring, owner: Owner, progress: Progress | None, *, resumed: bool) -> _Work:
    """Seal what is plain, or sealed with an earlier key: documents in their order, and then entries, whose notices clear away."""
    work = _Work(swept=not resumed)
    newest = keyring.key(owner, make=True).newest
    for batch in _batches(store, owner, newest):
        documents = [item for item in batch if isinstance(item, Document)]
        if documents:
            with suppress(Conflict):  # somebody wrote one of them meanwhile, sealed: the next pass sees
                _put(store, keyring, owner, documents)
                work.documents += len(documents)
                work.swept = False
                _tell(progress, len(documents))
    for batch in _batches(store, owner, newest):
        for session in {item.session: None for item in batch if isinstance(item, Entry)}:
            entries = [item for item in batch if isinstance(item, Entry) and item.session == session]
            with suppress(Conflict):
                if _rewrite(store, keyring, owner, session, entries):
                    work.messages += len(entries)
                    work.swept = True
                    _tell(progress, len(entries))
    if not work.swept:
        _sweep(store, owner)
    return work


def _batches(store: Store, owner: Owner, newest: int) -> Iterator[list[Entry | Document]]:
    """Yield what an owner has that is to be sealed, as it stands when the walk begins, in order and in portions."""
    batch: list[Entry | Document] = []
    after = size = 0
    seen: set[tuple[str, str]] = set()
    while found := store.changes(owner, after, PAGE):
        for item in found:
            if isinstance(item, Document):
                if (item.collection, item.key) in seen:  # written anew by this walk
                    continue
                seen.add((item.collection, item.key))
            if _wanted(item, newest):
                batch.append(item)
                size += len(item.body or b"")
            if size >= MOST_BYTES or len(batch) >= PAGE:
                yield batch
                batch, size = [], 0
        after = found[-1].position
    if batch:
        yield batch


def _wanted(item: Entry | Document, newest: int) -> bool:
    if item.body is None or (isinstance(item, Document) and (item.collection == SEALING or (item.collection in NOTICES and not item.body))):
        return False
    return not is_sealed(item.body) or key_of(item.body) != newest


def _put(store: Store, keyring: Keyring, owner: Owner, documents: Sequence[Document]) -> None:
    bodies = Bodies(owner, keyring, mixed=True)
    sealed = [bodies.seal_document(bodies.open_document(document)) for document in documents]
    store.put(owner, sealed, expect={(document.collection, document.key): document.position for document in documents})


def _rewrite(store: Store, keyring: Keyring, owner: Owner, session: str, entries: Sequence[Entry]) -> int:
    bodies = Bodies(owner, keyring, mixed=True)
    return store.rewrite(owner, session, [bodies.seal_entry(session, bodies.open_entry(entry)) for entry in entries], edition=entries[0].edition)


def _sweep(store: Store, owner: Owner) -> None:
    """Leave a notice, with which the bytes of what was replaced leave the log, and what was derived goes."""
    store.put(owner, [Document(SEALING, SWEPT, b"")])
    store.put(owner, [Document(SEALING, SWEPT, None)])


def _owners(store: Store, tenant: str) -> Iterator[Owner]:
    after: Owner | None = None
    while owners := store.owners(tenant, after=after, limit=PAGE):
        yield from owners
        after = owners[-1]


def _tell(progress: Progress | None, count: int) -> None:
    if progress is not None:
        progress(count)
