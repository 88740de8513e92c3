"""The search indexes of the users who were lately asked about: views over their ledgers, in memory."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import TYPE_CHECKING

from recollect.codec import decode_message
from recollect.errors import Invalid
from recollect.model import Document, Entry, Owner
from recollect.store.protocol import REMOVED, Store

if TYPE_CHECKING:
    from recollect.recall.index import Index
    from recollect.recall.passage import Filters, Hit

PAGE = 1000
"""Entries and documents that are read of a ledger at a time."""

INDEX_BYTES = 256 << 20
"""What a memory keeps of indexes unless told otherwise."""


class _Held:
    """An owner's index, and about how many bytes it takes. ``anchor`` is the position of the latest entry in it."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.index = _new_index()
        self.anchor = 0
        self.size = 0


class Indexes:
    """Search indexes, bounded in bytes, and never stale: each search reads first what came to the owner's ledger.

    A ledger is known again by what stood last in it, since positions are never used again; where that was a document that has been
    written anew, by its latest entry. If that is gone too (with its session, or because the owner was erased), the index is made anew.
    """

    def __init__(self, store: Store, most_bytes: int) -> None:
        if type(most_bytes) is not int or most_bytes < 0:
            raise Invalid(f"index_bytes is {most_bytes!r}; give a whole number from 0 up")
        self._store = store
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._held: OrderedDict[Owner, _Held] = OrderedDict()
        self._used = 0

    def search(self, owner: Owner, query: str, k: int, filters: "Filters", now: int | None) -> list[tuple["Hit", Entry]]:
        """Return the best hits with their entries, read from the store: what is gone or hidden there is not found."""
        with self._lock:
            held = self._held.get(owner) or self._held.setdefault(owner, _Held())
            self._held.move_to_end(owner)
        with held.lock:
            self._catch_up(owner, held)
            found, size = self._find(owner, held.index, query, k, filters, now), held.index.size
        with self._lock:
            if self._held.get(owner) is held:
                self._used += size - held.size
                held.size = size
            while self._used > self._most_bytes:
                self._used -= self._held.popitem(last=False)[1].size
        return found

    def _find(self, owner: Owner, index: "Index", query: str, k: int, filters: "Filters", now: int | None) -> list[tuple["Hit", Entry]]:
        count = k
        while True:
            hits = index.search(query, count, filters, now=now)
            found = [(hit, entry) for hit in hits for entry in self._entry(owner, hit)]
            if len(found) >= k or len(hits) < count:
                return found[:k]
            count *= 2  # some are in sessions whose time is over

    def forget(self, owner: Owner) -> None:
        """Let go of an owner's index, because the owner was erased."""
        with self._lock:
            held = self._held.pop(owner, None)
            if held is not None:
                self._used -= held.size

    def _catch_up(self, owner: Owner, held: _Held) -> None:
        found = self._since(owner, held.index.through)
        if found is None:
            found = self._since(owner, held.anchor)
        if found is None:
            held.index.close()
            held.index, held.anchor = _new_index(), 0
            found = self._store.changes(owner, 0, PAGE)
        while found:
            _take(held, [item for item in found if item.position > held.index.through])
            found = self._store.changes(owner, found[-1].position, PAGE) if len(found) == PAGE else []

    def _since(self, owner: Owner, known: int) -> list[Entry | Document] | None:
        """Return what stands at a position and beyond; None if what was known there is gone."""
        found = self._store.changes(owner, max(known - 1, 0), PAGE)
        return found if known == 0 or (found and found[0].position == known) else None

    def _entry(self, owner: Owner, hit: "Hit") -> list[Entry]:
        return self._store.entries(owner, hit.session, after=hit.position - 1, before=hit.position + 1)


def _new_index() -> "Index":
    from recollect.recall.index import Index

    return Index()


def _take(held: _Held, items: Sequence[Entry | Document]) -> None:
    """Take in news, in order. A notice removes what its session had before."""
    waiting: list[Entry] = []
    for item in items:
        if isinstance(item, Entry):
            waiting.append(item)
        elif item.collection == REMOVED:
            _add(held, waiting)
            waiting = []
            held.index.remove_session(item.key)
    _add(held, waiting)
    if items:
        held.index.add([], through=items[-1].position)


def _add(held: _Held, entries: Iterable[Entry]) -> None:
    from recollect.recall.passage import Passage

    passages = []
    for entry in entries:
        message = decode_message(entry)
        passages.append(Passage(entry.session, entry.position, entry.role, entry.created, message.text, message.name))
    if passages:
        held.index.add(passages)
        held.anchor = passages[-1].position
