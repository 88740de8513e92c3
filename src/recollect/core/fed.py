"""What of one owner a vector store has: a view beside the search index, that catches up in the background."""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

from recollect.core.feeding import REMOVALS, Feeding
from recollect.core.progress import load_progress, save_progress
from recollect.core.texts import passages_at
from recollect.errors import StoreError
from recollect.model import Owner
from recollect.recall.pieces import pieces
from recollect.recall.vector_index import Nearest, Row, best_of
from recollect.store.protocol import Store

if TYPE_CHECKING:
    from recollect.recall.passage import Passage

FEW = 8
"""New messages that are embedded before the search goes on."""
BATCH = 32
"""Messages that are added at a time in the background."""
COUNT = 200
"""Pieces that are asked for at a search."""
TRIES = 3
"""So often a message is tried by itself, before it is left to its words."""
NEWS = 64
"""Messages added that are worth a note of how far the vector store has been fed."""


class Fed:
    """Which of an owner's messages are in the vector store, which are to be added, and which removed. Any number of threads may use one.

    The search index tells it what is there. A message that is not in the vector store yet is found by its words meanwhile. What else the
    vector store may have of the owner, left by a process that died, or of a ledger that was erased, is removed as well.
    """

    def __init__(self, store: Store, owner: Owner, feeding: Feeding) -> None:
        self._store = store
        self._owner = owner
        self._feeding = feeding
        self._lock = Lock()
        self._adding = Lock()
        self._there: set[int] = set()
        self._waiting: dict[int, Passage | None] = {}
        self._going: set[int] = set()
        self._tries: dict[int, int] = {}
        self._alone = False
        self._claimed: int | None = None
        self._swept = self._sweep_to = -1
        self._through = 0
        self._changes = 0
        self._news = 0
        self._at_work = False
        self._looked = self._stopped = False

    @property
    def active(self) -> bool:
        """Whether there is a vector store."""
        return True

    @property
    def size(self) -> int:
        """About how many bytes this takes in memory."""
        return 100 * (len(self._there) + len(self._waiting) + len(self._going))

    @property
    def waiting(self) -> int:
        """How many messages are not in the vector store yet."""
        return len(self._waiting)

    @property
    def unsaved(self) -> int:
        """How many messages were added since it was noted how far that went; 0 while there is more to be done."""
        return 0 if self._waiting or self._going or self._tries or self._sweeps else self._news

    @property
    def due(self) -> bool:
        """Whether that is to be noted now."""
        return self.unsaved >= NEWS

    def keep(self, positions: Collection[int]) -> None:
        """Take what the index has for what is there: all else is to be removed, and what is not in the vector store is to be added."""
        with self._lock:
            if self._sweep_to < 0:
                self._claimed = load_progress(self._store, self._owner, self._feeding.name)
                self._swept = self._sweep_to = 0
            present = set(positions)
            self._going |= {one for one in (*self._there, *self._waiting, *self._tries) if one not in present}
            self._there &= present
            self._tries = {position: tries for position, tries in self._tries.items() if position in present}
            self._waiting = {one: self._waiting.get(one) for one in positions if one not in self._there and self._tries.get(one, 0) < TRIES}

    def read(self, through: int) -> None:
        """Hear how far the ledger has been read."""
        if self._sweep_to == 0:
            self._sweep_to = through
        self._through = through

    def told(self, passages: Iterable["Passage"]) -> None:
        """Hear of new messages and facts."""
        with self._lock:
            self._waiting.update((one.position, one) for one in passages if one.text.strip())

    def changed(self, passages: Sequence["Passage"]) -> None:
        """Hear of messages that say something else than they did: what the vector store has of them goes first."""
        with self._lock:
            self._changes += 1
            for one in passages:
                self._there.discard(one.position)
                self._tries.pop(one.position, None)
                self._waiting.pop(one.position, None)
                self._going.add(one.position)
                if one.text.strip():
                    self._waiting[one.position] = one

    def about(self, text: str) -> Nearest | None:
        """Return what the vector store says about a query; None where it has nothing, or does not answer in time."""
        self._trust()
        if 0 < self.waiting <= FEW:
            self._add(at_once=True)
        if self.waiting or self._going or self._sweeps:
            self._start()
        if not self._there and self._looked:
            return None
        near = self._feeding.search(self._owner, text, COUNT)
        if near is None:
            return None
        self._looked = True
        self._doubt({one.position for one in near})
        found = best_of([one for one in near if one.position in self._there])
        return Nearest(found, self._there, whole=len(near) < COUNT)

    def tidy(self) -> None:
        """Remove now what is to be removed; what cannot be is removed later."""
        self._trust()
        if not self._remove(at_once=True) or self._going or self._sweeps:
            self._start()

    def stop(self) -> None:
        """Do no more, since the owner was erased."""
        self._stopped = True

    def save(self) -> None:
        """Note how far the vector store has been fed, if it has been fed all."""
        with self._lock:
            news, through = self.unsaved, self._through
        if news and save_progress(self._store, self._owner, self._feeding.name, through):
            self._news -= news

    @property
    def _sweeps(self) -> bool:
        return self._swept < self._sweep_to

    def _trust(self) -> None:
        """Believe the note of how far the vector store was fed, if that has what it should have, as far as a sample tells."""
        with self._lock:
            claimed, self._claimed = self._claimed, None
            held = [position for position in self._waiting if position <= claimed and position not in self._going] if claimed else []
        sample = sorted({*held[-FEW:], *held[:: max(1, len(held) // FEW)]})
        if not claimed or self._feeding.lacking(self._owner, sample) != []:
            return
        with self._lock:
            self._swept = max(self._swept, min(claimed, self._sweep_to))
            for position in held:
                if self._waiting.pop(position, self) is not self:
                    self._there.add(position)

    def _doubt(self, positions: set[int]) -> None:
        """Have those removed that the vector store has, and the ledger has not."""
        with self._lock:
            unknown = sorted(positions.difference(self._there, self._waiting, self._tries, self._going))
        if unknown:
            gone = set(unknown).difference(one.position for one in passages_at(self._store, self._owner, unknown))
            with self._lock:
                self._going |= gone
            self._start()

    def _start(self) -> None:
        with self._lock:
            start = not self._at_work and not self._stopped and not self._feeding.rests
            self._at_work = self._at_work or start
        if start:
            self._feeding.run(self._go_on)

    def _go_on(self) -> None:
        """Remove and add a batch, and then the next one."""
        goes_on = False
        try:
            goes_on = self._remove() and self._add() and bool(self.waiting or self._going or self._sweeps) and not self._stopped
            if not goes_on:
                self.save()
        except StoreError:  # it was closed, or cannot be reached: the next search begins again
            goes_on = False
        finally:
            self._at_work = goes_on
        if goes_on:
            self._feeding.run(self._go_on)

    def _remove(self, *, at_once: bool = False) -> bool:
        """Remove some messages from the vector store. Returns whether that went well."""
        with self._lock:
            batch = sorted(self._going)[:REMOVALS]
            swept = self._swept
            while swept < self._sweep_to and len(batch) < REMOVALS:
                swept += 1
                if not (swept in self._there or swept in self._waiting or swept in self._tries):
                    batch.append(swept)
        if not self._feeding.remove(self._owner, batch, at_once=at_once):
            return False
        with self._lock:
            self._going.difference_update(batch)
            self._swept = max(swept, self._swept)
        return True

    def _add(self, *, at_once: bool = False) -> bool:
        """Add some messages that wait. Returns whether that went well, or somebody else is at it."""
        if self._feeding.rests or not self._adding.acquire(blocking=False):
            return not self._feeding.rests
        try:
            with self._lock:
                ready = (item for item in self._waiting.items() if item[0] not in self._going)
                batch, changes = dict(islice(ready, 1 if self._alone else BATCH)), self._changes
            rows = [Row(one.position, one.session, tuple(parts)) for one in self._read(batch) if (parts := pieces(one.text))]
            added = self._feeding.add(self._owner, rows, at_once=at_once)
            return self._added(batch, rows, changes) if added else self._failed(batch, alone=len(rows) == 1)
        finally:
            self._adding.release()

    def _added(self, batch: Collection[int], rows: list[Row], changes: int) -> bool:
        """Take note of what was added. What was removed from the ledger meanwhile, or may have been rewritten, is to go again, by whomever."""
        present = {one.position: tuple(pieces(one.text)) for one in passages_at(self._store, self._owner, [row.position for row in rows])}
        with self._lock:
            self._alone = False
            other = {row.position for row in rows if changes != self._changes or present.get(row.position, row.pieces) != row.pieces}
            for row in rows:
                stays = row.position in present and row.position in self._waiting and row.position not in other
                (self._there if stays else self._going).add(row.position)
            self._news += len(rows)
            for position in batch:
                self._tries.pop(position, None)
                if position not in other:
                    self._waiting.pop(position, None)
                elif changes == self._changes and position in self._waiting:
                    self._waiting[position] = None
        return True

    def _failed(self, batch: dict[int, "Passage | None"], *, alone: bool) -> bool:
        """Go on with one message at a time: it may be one that the vector store cannot take, which is then left to its words."""
        with self._lock:
            self._alone = True
            for position, passage in batch.items() if alone else ():
                self._tries[position] = self._tries.get(position, 0) + 1
                if self._waiting.pop(position, self) is not self and self._tries[position] < TRIES:
                    self._waiting[position] = passage
        return False

    def _read(self, batch: dict[int, "Passage | None"]) -> list["Passage"]:
        """Return messages and facts, those that there still are."""
        known = [one for one in batch.values() if one is not None]
        unread = [position for position, one in batch.items() if one is None]
        return known + passages_at(self._store, self._owner, unread)
