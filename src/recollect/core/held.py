"""One owner's search index: loaded, caught up with the ledger, saved."""

from collections.abc import Sequence
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

from recollect.codec.facts import FACTS, decode_fact
from recollect.core.fed import Fed
from recollect.core.meaning import Meaning
from recollect.core.saving import Unsaved, load, save
from recollect.core.shown import Sight, passage_of
from recollect.core.texts import passage
from recollect.errors import Damaged
from recollect.model import Document, Entry, Owner
from recollect.store.protocol import NOTICES, REMOVED, REWRITTEN, Store

if TYPE_CHECKING:
    from recollect.recall.index import Index
    from recollect.recall.passage import Passage

PAGE = 1000
"""Entries and documents that are read of a ledger at first."""

LARGE = 4000
"""And at a time where there are more: each reading costs what the ledger's sessions are many."""


class Held:
    """An owner's index and vectors, and about how many bytes they take. Whoever uses ``index`` holds ``lock``.

    A ledger is known again by what stood last in it, since positions are never used again; where that was a document that has been
    written anew, by its latest entry. If that is gone too (with its session, or because the owner was erased), the index is made anew.

    There is no ``index`` until ``_looked`` tells that it was looked whether one is saved. ``_anchor`` is the position of the latest entry
    in it; ``_lost`` tells that something left it that may still have a vector. What was rewritten up to ``_told`` was rewritten before it
    was read.
    """

    index: "Index"

    def __init__(self, store: Store, owner: Owner, meaning: Meaning | Fed) -> None:
        self.lock = Lock()
        self.meaning = meaning
        self.sight = Sight()
        self.size = 0
        self.unsaved = Unsaved()
        self._store = store
        self._owner = owner
        self._looked = False
        self._anchor = self._told = 0
        self._lost = True

    def catch_up(self) -> None:
        """Read what came to the ledger. The lock is held."""
        if not self._looked:
            self._load()
        found = self._since(self.index.through)
        if found is None and self._anchor:
            found = self._since(self._anchor)
        if found is None:
            self.index.close()
            self._begin_anew()
            found = self._store.changes(self._owner, 0, PAGE)
        limit = PAGE
        while found:
            self._take([item for item in found if item.position > self.index.through])
            last, limit = len(found) < limit, LARGE
            found = [] if last else self._store.changes(self._owner, found[-1].position, limit)
        self._settle()

    def save(self) -> None:
        """Save the index, for the next process that is asked about the owner. The lock is not held."""
        with self.lock:
            data, position, anchor, unsaved = self.index.dump(), self.index.through, self._anchor, self.unsaved
            news = unsaved.news
        kept = save(self._store, self._owner, data, position, anchor)
        with self.lock:
            unsaved.tried(news, kept=kept)

    def _load(self) -> None:
        """Begin with what was saved for the index, if it can be read."""
        found = load(self._store, self._owner)
        if found is not None:
            with suppress(Damaged):
                self._begin(_new_index(found[0]), found[1])
        if not self._looked:
            self._begin_anew()

    def _begin(self, index: "Index", anchor: int) -> None:
        """Begin with an index, which may have nothing read of the ledger."""
        self.index = index
        self._anchor = anchor
        self._looked = self._lost = True
        self.unsaved = Unsaved()

    def _begin_anew(self) -> None:
        self._begin(_new_index(), 0)
        self._told = max((notice.position for notice in self._store.documents(self._owner, REWRITTEN)), default=0)

    def _since(self, known: int) -> list[Entry | Document] | None:
        """Return what stands at a position and beyond; None if what was known there is gone."""
        found = self._store.changes(self._owner, max(known - 1, 0), PAGE)
        return found if known == 0 or (found and found[0].position == known) else None

    def _take(self, items: Sequence[Entry | Document]) -> None:
        """Take in news, in order. One notice removes what its session had before, another has it read again."""
        waiting: list[Passage] = []
        for item in items:
            if isinstance(item, Entry):
                waiting.append(passage(item))
            elif item.collection == REMOVED:
                self._add(waiting)
                waiting = []
                self.index.remove_session(item.key)
                self._lost = True
            elif item.collection == REWRITTEN:
                self._add(waiting)
                waiting = []
                if item.position > self._told:
                    self._renew(item.key, item.position)
            elif item.collection == FACTS:
                if item.body is None:
                    self.index.remove_facts([item.key])
                    self._lost = True
                else:
                    waiting.append(passage_of(decode_fact(item)))
        self._add(waiting)
        if items:
            self.index.add([], through=items[-1].position)
        self.unsaved.news += len(items)
        if any(isinstance(item, Document) and (item.body is None or item.collection in NOTICES) for item in items):
            self.unsaved.lose(len(self.index))

    def _add(self, passages: "Sequence[Passage]") -> None:
        if passages:
            self.index.add(passages)
            if not self._lost:
                self.meaning.told(passages)
            self._anchor = max((one.position for one in passages if one.key is None), default=self._anchor)

    def _renew(self, session: str, before: int) -> None:
        """Read the messages of a session again, which say something else than they did."""
        after = 0
        while found := self._store.entries(self._owner, session, after=after, before=before, limit=LARGE):
            passages = [passage(entry) for entry in found]
            self.index.add(passages)
            self.meaning.changed(passages)
            after = found[-1].position
        if not after:
            self.index.remove_session(session)
            self._lost = True

    def _settle(self) -> None:
        """Let the vectors be of what is in the index now, and no more."""
        if self._lost and self.meaning.active:
            self.meaning.keep(self.index.positions)
            self._lost = False
        self.meaning.read(self.index.through)


def _new_index(data: bytes | None = None) -> "Index":
    from recollect.recall.index import Index

    return Index(data)
