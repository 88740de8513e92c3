"""The search indexes of the users who were lately asked about: views over their ledgers, in memory."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from recollect.core.embedding import Embedding
from recollect.core.fed import Fed
from recollect.core.feeding import Feeding
from recollect.core.guarded import EmbedderStatus
from recollect.core.held import Held
from recollect.core.knowledge import Knowledge
from recollect.core.meaning import FEW, Meaning
from recollect.core.saving import LEAST, Saver
from recollect.core.shown import NONE
from recollect.errors import Invalid
from recollect.facts.wanted import Wanted
from recollect.model import Entry, Fact, Owner
from recollect.store.protocol import Store

if TYPE_CHECKING:
    from recollect.recall.dense import Dense
    from recollect.recall.index import Index
    from recollect.recall.passage import Filters, Hit

CLOSING = 1.0
"""Seconds after which no further index is saved at a memory's closing."""


class Query(Struct, frozen=True):
    """What is searched for.

    Args:
        text: any text.
        k: how many hits.
        filters: what may be found, but for facts.
        wanted: which facts may be.
        now: what "last week" is seen from, in microseconds since 1970 (UTC).
        neighbours: how many messages are to be told on either side of each.
        without: positions that are not to be found.

    """

    text: str
    k: int
    filters: "Filters"
    wanted: Wanted
    now: int | None = None
    neighbours: int = 0
    without: frozenset[int] = frozenset()


class Found(Struct, frozen=True):
    """A hit with its entry or its fact, and the entries around."""

    hit: "Hit"
    entry: Entry | None = None
    fact: Fact | None = None
    before: tuple[Entry, ...] = ()
    after: tuple[Entry, ...] = ()


class Indexes:
    """Search indexes, bounded in bytes, and never stale: each search reads first what came to the owner's ledger."""

    def __init__(self, store: Store, most_bytes: int, knowledge: Knowledge, embedding: Embedding | Feeding) -> None:
        if type(most_bytes) is not int or most_bytes < 0:
            raise Invalid(f"index_bytes is {most_bytes!r}; give a whole number from 0 up")
        self._store = store
        self._knowledge = knowledge
        self._embedding = embedding
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._held: OrderedDict[Owner, Held] = OrderedDict()
        self._used = 0
        self._saver = Saver()

    def search(self, owner: Owner, query: Query) -> list[Found]:
        """Return the best hits with their entries, read from the store: what is gone or hidden there is not found."""
        held = self._hold(owner)
        with held.lock:
            held.catch_up()
            asked = held.index.unnamed(query.text) if held.meaning.active else ""
        dense = held.meaning.about(asked) if asked else None
        with held.lock:
            found = self._with_neighbours(owner, held.index, query, self._find(owner, held, query, dense))
            size = held.index.size + held.meaning.size
            due = held.unsaved.due(len(held.index))
        if due:
            self._saver.start(held.save)
        elif held.meaning.due:
            self._saver.start(held.meaning.save)
        self._count(owner, held, size)
        return found

    def _hold(self, owner: Owner) -> Held:
        with self._lock:
            held = self._held.get(owner)
            if held is None:
                held = self._held[owner] = Held(self._store, owner, _meaning(self._store, owner, self._embedding))
            self._held.move_to_end(owner)
            return held

    def _count(self, owner: Owner, held: Held, size: int) -> None:
        """Make room for an owner's index."""
        with self._lock:
            if self._held.get(owner) is held:
                self._used += size - held.size
                held.size = size
            while self._used > self._most_bytes:
                self._used -= self._held.popitem(last=False)[1].size

    def _find(self, owner: Owner, held: Held, query: Query, dense: "Dense | None") -> list[Found]:
        facts = held.index.facts
        shown = held.sight.shown(self._knowledge.facts(owner, query.wanted.trust), facts, query.wanted, query.filters.sessions) if facts else NONE
        filters = replace(query.filters, hidden=shown.hidden) if shown.hidden else query.filters
        count = query.k + len(query.without)
        while True:
            hits = held.index.search(query.text, count, filters, now=query.now, dense=dense)
            entries = self._entries(owner, [hit.position for hit in hits if hit.key is None])
            found = [
                Found(hit, entries.get(hit.position), None if hit.key is None else shown.facts[hit.key])
                for hit in hits
                if hit.position not in query.without and (hit.key is not None or hit.position in entries)
            ]
            if len(found) >= query.k or len(hits) < count:
                return found[: query.k]
            count *= 2  # some are in sessions whose time is over, or not wanted

    def _with_neighbours(self, owner: Owner, index: "Index", query: Query, found: list[Found]) -> list[Found]:
        """Return hits with the messages around, each message once."""
        if not query.neighbours:
            return found
        taken = {one.hit.position for one in found} | query.without
        around: list[tuple[list[int], list[int]]] = []
        for one in found:
            sides = index.neighbours(one.hit.position, query.neighbours) if one.entry is not None else ([], [])
            around.append(([at for at in sides[0] if at not in taken], [at for at in sides[1] if at not in taken]))
            taken.update(*around[-1])
        entries = self._entries(owner, [at for sides in around for side in sides for at in side])
        latest = query.filters.as_of
        there = {at: entry for at, entry in entries.items() if latest is None or entry.created <= latest}
        return [
            replace(one, before=tuple(there[at] for at in sides[0] if at in there), after=tuple(there[at] for at in sides[1] if at in there))
            for one, sides in zip(found, around, strict=True)
        ]

    @property
    def embedder(self) -> EmbedderStatus:
        """How the embedder stands."""
        with self._lock:
            return self._embedding.status(sum(held.meaning.waiting for held in self._held.values()))

    def forget(self, owner: Owner) -> None:
        """Let go of an owner's index, because the owner was erased."""
        with self._lock:
            held = self._held.pop(owner, None)
            if held is not None:
                self._used -= held.size
                if isinstance(held.meaning, Fed):
                    held.meaning.stop()

    def removed(self, owner: Owner) -> None:
        """Have the vector store, if there is one, remove at once what was removed from a ledger. What cannot be now is removed later."""
        if not isinstance(self._embedding, Feeding):
            return
        held = self._hold(owner)
        with held.lock:
            held.catch_up()
            size = held.index.size + held.meaning.size
        if isinstance(held.meaning, Fed):
            held.meaning.tidy()
        self._count(owner, held, size)

    @property
    def vector_store(self) -> str | None:
        """The name of the vector store; None if there is none."""
        return self._embedding.name if isinstance(self._embedding, Feeding) else None

    def empty(self, owner: Owner, last: int) -> str | None:
        """Have the vector store, if there is one, remove all that it has of an owner who was erased.

        Args:
            owner: whose.
            last: where the ledger ended.

        Returns:
            Why it could not; None if it has nothing any more.

        """
        if not isinstance(self._embedding, Feeding):
            return None
        self.forget(owner)
        return None if self._embedding.empty(owner, last) else self._embedding.failed

    def close(self) -> None:
        """Save what is worth it, the indexes used last first, as long as that does not take long."""
        self._saver.close()
        end = monotonic() + CLOSING
        with self._lock:
            last_first = list(reversed(self._held.values()))
        for held in last_first:
            if held.unsaved.news >= LEAST and monotonic() < end:
                held.save()
            if held.meaning.unsaved >= FEW and monotonic() < end:
                held.meaning.save()

    def _entries(self, owner: Owner, positions: Sequence[int]) -> dict[int, Entry]:
        return {entry.position: entry for entry in self._store.at(owner, positions)} if positions else {}


def _meaning(store: Store, owner: Owner, embedding: Embedding | Feeding) -> Meaning | Fed:
    return Fed(store, owner, embedding) if isinstance(embedding, Feeding) else Meaning(store, owner, embedding)
