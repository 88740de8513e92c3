"""One way from a source to a target: all owners, once or over and over."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from itertools import takewhile
from threading import Event, Lock

from recollect.errors import Conflict, Erased
from recollect.model import Owner
from recollect.store.protocol import Store
from recollect.transfer import listing
from recollect.transfer.copying import erasure
from recollect.transfer.copying.marks import Notes
from recollect.transfer.copying.owner import Passage
from recollect.transfer.copying.recognition import recognise
from recollect.transfer.copying.tally import Tally
from recollect.transfer.copying.tombstones import BROUGHT_BACK, Graves
from recollect.transfer.copying.verify import Comparison

KEPT = 10_000
"""Owners whose place is kept in memory between two rounds; that of the others is read from the target."""

TRIES = 5
"""So often what differs is copied and compared again, since the source may be written meanwhile."""


class Trip:
    """A copy from a source to a target.

    Args:
        source: read only.
        target: written.
        label: what the source is called in the target.
        tenant: whose owners.
        users: only these users; all owners if None.
        erase: carry erasures over.
        verify: read each owner back once it has been copied.
        tally: what is counted and told.
        workers: how many owners are copied at once.
        stop: ends the copy early, at a place from which it goes on.

    """

    def __init__(
        self,
        source: Store,
        target: Store,
        label: str,
        *,
        tenant: str,
        users: Sequence[str] | None,
        erase: bool,
        verify: bool,
        tally: Tally,
        workers: int,
        stop: Event,
    ) -> None:
        self._graves = Graves(source, target, tenant)
        target = self._graves.guarded()
        self.notes = Notes(target, label)
        self.behind = 0
        self._source = source
        self._target = target
        self._tenant = tenant
        self._users = None if users is None else sorted(set(users))
        self._erase = erase
        self._verifies = verify
        self._tally = tally
        self._workers = workers
        self._stop = stop
        self._failed = Event()
        self._lock = Lock()
        self._known = False
        self._passages: dict[Owner, Passage] = {}

    def owners(self, store: Store) -> Iterator[Owner]:
        """Yield the owners of a store that the copy is about."""
        if self._users is None:
            return listing.owners(store, self._tenant, None)
        asked = (Owner(self._tenant, "user", name) for name in self._users)
        return (owner for owner in asked if store.changes(owner, 0, 1))

    def work(self) -> int:
        """Return how many messages there are to copy and to read back, about."""
        total = 0
        for owner in self.owners(self._source):
            there = sum(count for _, count in listing.sessions(self._source, owner))
            copied = sum(count for _, count in listing.sessions(self._target, owner)) if self.notes.mark(owner) is not None else 0
            total += max(0, there - copied) + there * self._verifies
        return total

    def round(self, most: int | None = None) -> None:
        """Copy what is new of every owner, at most so many batches of each."""
        report = self._tally.report
        report.owners, report.gone, self.behind = 0, 0, 0
        self._tally.conflicts.settle_owners()
        if self._users is None:
            self._graves.carry()
        for caught_up in self._each(self.owners(self._source), lambda owner: self._copy(owner, most)):
            report.owners += 1
            self.behind += not caught_up
        if not self._stop.is_set():
            self._carry_erasures()

    def _each(self, owners: Iterable[Owner], work: Callable[[Owner], bool]) -> Iterator[bool]:
        """Yield what the work on each owner returns, as it is done, by several threads, until told to stop."""
        self._failed.clear()
        running: set[Future[bool]] = set()
        with ThreadPoolExecutor(self._workers, "recollect-copy") as threads:
            done = False
            try:
                for owner in takewhile(lambda _: not self._stopped(), owners):
                    running.add(threads.submit(work, owner))
                    if len(running) > self._workers:
                        ended, running = wait(running, return_when=FIRST_COMPLETED)
                        yield from (one.result() for one in ended)
                yield from (one.result() for one in as_completed(running))
                done = True
            finally:
                if not done:
                    self._failed.set()

    def _stopped(self) -> bool:
        return self._stop.is_set() or self._failed.is_set()

    def _copy(self, owner: Owner, most: int | None) -> bool:
        """Copy what is new of one owner. Returns whether there is no more."""
        with self._lock:
            passage = self._passages.pop(owner, None)
        met = passage is not None
        if passage is not None and passage.rests():
            self._keep(passage)
            return True
        if self._graves.erased_here(owner):
            if not self._graves.erased_there(owner):
                self._tally.conflicts.note(owner, BROUGHT_BACK)
            return True
        try:
            if passage is None:
                passage = Passage(self._source, self._target, owner, self.notes, self._tally)
                passage.resume()
            if passage.mark.position and not self._recognised(passage, met=met):
                return True
            if passage.found and not met:
                passage.retry()
            caught_up = passage.run(self._stopped, most)
            if caught_up and passage.found and self._verifies and not passage.verified:
                passage.verified = True
                self._verify(passage)
        except Erased:
            self._tally.conflicts.note(owner, BROUGHT_BACK)
            return True
        except Conflict as error:
            self._tally.conflicts.note(owner, str(error))
            return True
        self._keep(passage)
        return caught_up

    def _keep(self, passage: Passage) -> None:
        with self._lock:
            if len(self._passages) >= KEPT:
                del self._passages[next(iter(self._passages))]
            self._passages[passage.owner] = passage

    def _recognised(self, passage: Passage, *, met: bool) -> bool:
        """Tell whether the copy of an owner can go on. An owner that was erased is erased here, too, and begun anew."""
        verdict = recognise(self._source, self._target, passage.owner, self.notes, passage.mark)
        if verdict == "other":
            self._tally.conflicts.note(passage.owner, erasure.OTHER)
            return False
        if verdict == "erased":
            return self._forget(passage, met=met) and not passage.resume()
        return True

    def _carry_erasures(self) -> None:
        """Find the owners that the source has no longer."""
        for owner in self._absent():
            noted = self.notes.mark(owner)
            if noted is not None and not self._source.changes(owner, 0, 1):
                passage = Passage(self._source, self._target, owner, self.notes, self._tally)
                passage.resume()
                self._forget(passage, met=self._passages.pop(owner, None) is not None)

    def _absent(self) -> Iterator[Owner]:
        """Yield the target's owners whom the source does not list, both being in order; whether it has none of them is another question."""
        present = self.owners(self._source)
        nearest = next(present, None)
        for owner in self.owners(self._target):
            while nearest is not None and nearest < owner:
                nearest = next(present, None)
            if nearest != owner:
                yield owner

    def _forget(self, passage: Passage, *, met: bool) -> bool:
        """Erase an owner in the target, if that is asked for, and certain: ``met`` before in this process. Returns whether it did."""
        known = met or (self._erase and self._is_known())
        if self._erase and known and erasure.erase(self._target, passage.owner, self.notes, passage.mark):
            self._graves.bury(passage.owner)
            self._tally.count(erased=1)
            return True
        self._tally.count(gone=1)
        self._tally.conflicts.note(passage.owner, erasure.UNASKED if not self._erase else erasure.MORE if known else erasure.UNKNOWN)
        return False

    def _is_known(self) -> bool:
        """Tell whether the source shows to be the one that was copied: by any owner of whom it has what it had then."""
        marked = ((owner, self.notes.mark(owner)) for owner in listing.owners(self._target, self._tenant, None))
        self._known = self._known or any(
            noted is not None and noted[0].position and recognise(self._source, self._target, owner, self.notes, noted[0]) == "same"
            for owner, noted in marked
        )
        return self._known

    def _verify(self, passage: Passage) -> None:
        """Compare an owner with the source; copy and compare again what differs, since the source may be written meanwhile."""
        comparison = Comparison(self._source, self._target, passage.owner, self.notes, self._tally)
        found = comparison.all(passage.mark)
        for _ in range(TRIES):
            if not found or self._stopped():
                break
            passage.run(self._stopped)
            passage.repair(found.sessions)
            found = comparison.some(found, passage.mark)
        if self._stopped():
            return
        for name in found.sessions:
            self._tally.differences.note(passage.owner, "read back, the session is not as it is at the source", session=name)
        for document in found.documents:
            self._tally.differences.note(passage.owner, "read back, the document is not as it is at the source", document=document)
        self._tally.count(verified=not found and not self._tally.conflicts.concern(passage.owner))
