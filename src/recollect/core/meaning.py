"""One owner's vectors: a view beside the search index, that catches up in the background."""

from collections.abc import Collection, Iterable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from recollect.core.embedding import Embedding
from recollect.core.saving import Unsaved
from recollect.core.texts import passages_at
from recollect.core.vault import load_vectors, save_vectors
from recollect.errors import Invalid, StoreError
from recollect.model import Owner
from recollect.recall.pieces import pieces
from recollect.store.protocol import Store

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recollect.recall.passage import Passage
    from recollect.recall.vectors import Likeness, Vectors

FEW = 8
"""New messages that are embedded before the search goes on."""
BATCH = 32
"""Messages that are embedded at a time in the background."""


class Meaning:
    """An owner's vectors, and which messages have none yet. Any number of threads may use one.

    The search index tells it what is there; what it knows beyond that is forgotten. A message without a vector is found by its
    words meanwhile.
    """

    def __init__(self, store: Store, owner: Owner, embedding: Embedding) -> None:
        self._store = store
        self._owner = owner
        self._embedding = embedding
        self._lock = Lock()
        self._vectors: Vectors | None = None
        self._former: Vectors | None = None
        self._waiting: dict[int, str | None] = {}
        self._begun = False
        self._at_work = False
        self._through = 0
        self._changes = 0
        self._proven = True
        self._unsaved = Unsaved()

    @property
    def active(self) -> bool:
        """Whether there is an embedder."""
        return self._embedding.name is not None

    @property
    def size(self) -> int:
        """The bytes that the vectors take in memory."""
        return sum(vectors.size for vectors in (self._vectors, self._former) if vectors is not None)

    @property
    def waiting(self) -> int:
        """How many messages have no vector yet."""
        return len(self._waiting)

    def keep(self, positions: Collection[int]) -> None:
        """Take what the index has for what is there: all else is forgotten, and what has no vector yet waits for one.

        The first time, what was saved is loaded.
        """
        with self._lock:
            if not self._begun:
                self._load()
            elif self._vectors is not None:
                self._unsaved.lose(len(self._vectors))
            if self._vectors is not None:
                self._vectors.keep(positions)
            lacking = positions if self._vectors is None else self._vectors.lacking(positions)
            self._waiting = {position: self._waiting.get(position) for position in lacking}
            if self._former is not None:
                self._former.keep(positions)

    def _load(self) -> None:
        """Take what was saved; where there is nothing, that of the model before as well."""
        self._vectors = load_vectors(self._store, self._owner, self._embedding.name or "")
        former = self._embedding.former
        if self._vectors is None and former is not None and former.name is not None:
            self._former = load_vectors(self._store, self._owner, former.name)
        self._proven = self._vectors is None
        self._begun = True

    def read(self, through: int) -> None:
        """Hear how far the ledger has been read."""
        self._through = through

    def told(self, passages: Iterable["Passage"]) -> None:
        """Hear of new messages and facts."""
        with self._lock:
            self._waiting.update((one.position, one.text) for one in passages if one.text.strip())

    def changed(self, passages: Sequence["Passage"]) -> None:
        """Hear of messages that say something else than they did. What was being embedded meanwhile may be of before."""
        positions = [one.position for one in passages]
        with self._lock:
            self._changes += 1
            for vectors in (self._vectors, self._former):
                if vectors is not None:
                    vectors.remove(positions)
            if self._vectors is not None:
                self._unsaved.lose(len(self._vectors))
            for one in passages:
                self._waiting.pop(one.position, None)
                if self._begun and one.text.strip():
                    self._waiting[one.position] = one.text

    def about(self, text: str) -> "Likeness | None":
        """Return what the vectors say about a query; None where there are none, or the query gets no vector in time."""
        if 0 < self.waiting <= FEW:
            self._work(at_once=True)
        elif self.waiting:
            self._start()
        vectors, embedding = self._vectors, self._embedding
        if self._former is not None and embedding.former is not None:
            if self.waiting > (0 if vectors is None else len(vectors)):
                vectors, embedding = self._former, embedding.former
            else:
                self._former = None
        query = None if vectors is None else embedding.query(text)
        if vectors is None or query is None:
            return None
        with self._lock:
            try:
                found = vectors.about(query)
            except Invalid as error:
                self._differ(vectors, embedding, error)
                return None
            self._proven = self._proven or vectors is self._vectors
            return found

    @property
    def unsaved(self) -> int:
        """How many vectors are not saved."""
        return self._unsaved.news

    @property
    def due(self) -> bool:
        """Whether so many are not saved that they are to be now."""
        return self._vectors is not None and self._unsaved.due(len(self._vectors))

    def save(self) -> None:
        """Save the vectors, if nothing came to the ledger since it was read."""
        with self._lock:
            if self._vectors is None:
                return
            data, through, news = self._vectors.dump(), self._through, self._unsaved.news
            name = self._vectors.name
        kept = save_vectors(self._store, self._owner, name, data, through)
        with self._lock:
            self._unsaved.tried(news, kept=kept)

    def _differ(self, vectors: "Vectors", embedding: Embedding, error: Invalid) -> None:
        """Begin anew if vectors that were saved are not of the length that the model gives now; otherwise it is the model that went wrong."""
        if self._proven or vectors is not self._vectors:
            embedding.note(str(error))
        else:
            self._vectors, self._proven = None, True
            self._waiting = dict.fromkeys(vectors.positions) | self._waiting

    def _start(self) -> None:
        with self._lock:
            start = not self._at_work and not self._embedding.rests
            self._at_work = self._at_work or start
        if start:
            self._embedding.run(self._go_on)

    def _go_on(self) -> None:
        """Embed a batch, and then the next one."""
        goes_on = False
        try:
            goes_on = self._work(at_once=False) and self.waiting > 0
            if not self.waiting:
                self.save()
        except StoreError:  # it was closed, or cannot be reached: the next search begins again
            goes_on = False
        finally:
            self._at_work = goes_on
        if goes_on:
            self._embedding.run(self._go_on)

    def _work(self, *, at_once: bool) -> bool:
        """Embed some messages that wait. Returns whether that went well."""
        with self._lock:
            batch, changes = dict(list(self._waiting.items())[:BATCH]), self._changes
        texts = self._texts(batch)
        named = [(position, piece) for position, text in texts.items() for piece in pieces(text)]
        try:
            found = self._embedding.documents([piece for _, piece in named], at_once=at_once) if named else None
        except Invalid:
            return self._one_by_one(texts, changes, at_once)
        if named and found is None:
            return False
        self._take([position for position, _ in named], found, batch, changes)
        return True

    def _one_by_one(self, texts: dict[int, str], changes: int, at_once: bool) -> bool:
        """Embed messages alone, because there is one among them for which the embedder gives no vector: that one is left to its words."""
        for position, text in texts.items():
            parts = pieces(text)
            try:
                found = self._embedding.documents(parts, at_once=at_once)
            except Invalid:
                self._take([], None, [position], changes)
                continue
            if found is None:
                return False
            self._take([position] * len(parts), found, [position], changes)
        return True

    def _take(self, positions: Sequence[int], vectors: "NDArray[Any] | None", done: Iterable[int], changes: int) -> None:
        """Keep vectors of messages that are still there; none if any have come to say something else since ``changes``."""
        from recollect.recall.vectors import Vectors

        with self._lock:
            if changes != self._changes:
                return
            rows = [row for row, position in enumerate(positions) if position in self._waiting]
            if rows and vectors is not None:
                if self._vectors is None:
                    self._vectors = Vectors(self._embedding.name or "")
                try:
                    self._vectors.add([positions[row] for row in rows], vectors[rows])
                    self._unsaved.news += len(rows)
                except Invalid as error:
                    self._differ(self._vectors, self._embedding, error)
            for position in done:
                self._waiting.pop(position, None)

    def _texts(self, batch: dict[int, str | None]) -> dict[int, str]:
        """Return the texts of messages and facts, those that there still are."""
        texts = {position: text for position, text in batch.items() if text is not None}
        unread = [position for position in batch if position not in texts]
        texts.update((one.position, one.text) for one in passages_at(self._store, self._owner, unread))
        return texts
