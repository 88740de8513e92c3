"""Seals what an existing memory holds, owner by owner."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from msgspec import Struct

from recollect.core.opening import opened
from recollect.core.sessions import expire
from recollect.errors import Conflict, Erased, Invalid
from recollect.model import Document, Entry, Owner
from recollect.privacy.keys.keyring import Keyring
from recollect.privacy.sealing.bodies import NOTICES, Bodies
from recollect.privacy.sealing.record import is_sealed, key_of
from recollect.privacy.sealing.sealed import SEALING, Sealed
from recollect.privacy.sealing.state import begin, check_apart, read_state, write_state
from recollect.runtime import Blocking, Progress, complete
from recollect.store import pages
from recollect.store.protocol import Store
from recollect.transfer.sealing import SealReport

PAGE = 500
"""Entries and documents that are read at a time."""

MOST_BYTES = 8 << 20
"""Bytes that are written at a time, and as many more as one entry has."""

SWEPT = "swept"

_PASSES = 100


class _Tally:
    """Tells how many messages and documents are sealed, of how many: documents are counted as they come."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._done = self._total = 0

    def expect(self, store: Store, owners: Iterable[Owner]) -> None:
        """Count what is to be sealed, where somebody watches."""
        if self._progress is not None:
            self._total = sum(state.count for owner in owners for state in pages.sessions(store, owner))

    def add(self, messages: int, documents: int) -> None:
        """Take note of what was sealed."""
        self._done += messages + documents
        self._total = max(self._total + documents, self._done)
        if self._progress is not None:
            self._progress(self._done, self._total)


class _Work(Struct):
    """What is still to be sealed of an owner, and what was."""

    messages: int = 0
    documents: int = 0
    swept: bool = True

    @property
    def done(self) -> int:
        return self.messages + self.documents


def seal_users(store: Store, tenant: str, keyring: Keyring, users: Sequence[str], progress: Progress | None) -> SealReport:
    """Seal anew what some users of a sealed memory have under earlier keys."""
    check_apart(store, keyring)
    if read_state(store, tenant, keyring) is None:
        raise Invalid("the memory is not sealed; seal the whole of it first, without --user")
    owners, tally = [Owner(tenant, "user", user) for user in users], _Tally(progress)
    tally.expect(store, owners)
    return _seal_owners(store, keyring, owners, tally, resumed=False)


def seal_all(store: Store, tenant: str, keyring: Keyring, progress: Progress | None) -> SealReport:
    """Seal what a memory holds, in passes, until nothing plain is left; then mark it as sealed."""
    check_apart(store, keyring)
    tally = _Tally(progress)
    state = begin(store, tenant, keyring)
    resumed = state is not None and state.stage == "sealing"
    if state is None:
        with suppress(Conflict):  # another process has begun
            write_state(store, tenant, keyring, "sealing", expect=0)
        state = read_state(store, tenant, keyring)
    tally.expect(store, pages.owners(store, tenant))
    total = SealReport(0, 0, 0, [])
    for _ in range(_PASSES):
        _expire(store, tenant, keyring)
        done = _seal_owners(store, keyring, pages.owners(store, tenant), tally, resumed=resumed)
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


def _seal_owners(store: Store, keyring: Keyring, owners: Sequence[Owner] | Iterator[Owner], tally: _Tally, *, resumed: bool) -> SealReport:
    count = messages = documents = 0
    erased: list[Owner] = []
    for owner in owners:
        try:
            work = _seal_owner(store, keyring, owner, tally, resumed=resumed)
        except Erased:
            erased.append(owner)
            continue
        count += bool(work.done)
        messages, documents = messages + work.messages, documents + work.documents
    return SealReport(count, messages, documents, erased)


def _seal_owner(store: Store, keyring: Keyring, owner: Owner, tally: _Tally, *, resumed: bool) -> _Work:
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
                tally.add(0, len(documents))
    for batch in _batches(store, owner, newest):
        for session in {item.session: None for item in batch if isinstance(item, Entry)}:
            entries = [item for item in batch if isinstance(item, Entry) and item.session == session]
            with suppress(Conflict):
                if _rewrite(store, keyring, owner, session, entries):
                    work.messages += len(entries)
                    work.swept = True
                    tally.add(len(entries), 0)
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


def _expire(store: Store, tenant: str, keyring: Keyring) -> None:
    """Remove expired sessions, which nobody sees, with what rests on them."""
    over = opened(Sealed(store, keyring, mixed=True), tenant, Blocking(), None, None, 0, 0)
    complete(expire(over.engine))
    over.engine.indexes.close()
    over.embedding.close()


def _sweep(store: Store, owner: Owner) -> None:
    """Leave a notice, with which the bytes of what was replaced leave the log, and what was derived goes."""
    store.put(owner, [Document(SEALING, SWEPT, b"")])
    store.put(owner, [Document(SEALING, SWEPT, None)])
