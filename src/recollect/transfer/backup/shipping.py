"""One round over a source: what is new of every owner goes into the backup."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

from recollect.core.restoring import check_whole, lineage_of
from recollect.errors import Invalid
from recollect.model import Owner
from recollect.runtime import Progress
from recollect.store.protocol import Store
from recollect.transfer import listing
from recollect.transfer.backup.chain import Chain, Step
from recollect.transfer.backup.manifest import Manifest, Mark
from recollect.transfer.backup.reading import Look, look, pieces
from recollect.transfer.backup.report import BackupReport
from recollect.transfer.backup.segment import Part

SEGMENT = 16 << 20
"""Bytes of a segment before it is compressed, about."""

WORKERS = 8
"""Owners that are looked at at once: a store behind a network can serve several."""

SHARE = 4 << 20
"""Bytes that a round reads anew, about, while it follows: so that nobody waits for it."""

STRANGE = "the source has nothing of what is in the backup; check its URL and tenant. One that was emptied is backed up to another place"


class Other(Exception):
    """A ledger is another than the one that was read, or an earlier state of it: the source was replaced, or set back."""


class Shipper:
    """Takes a source's changes into a chain.

    Args:
        source: read only.
        chain: of the backup, resumed.
        tenant: whose owners.
        report: what is counted.
        stop: ends a round early.
        progress: called with how many owners are done, and how many there are.

    ``caught_up``: the backup has all that the source had when the last round began.
    """

    def __init__(self, source: Store, chain: Chain, tenant: str, report: BackupReport, stop: Event, progress: Progress | None) -> None:
        self.caught_up = False
        self._source = source
        self._chain = chain
        self._tenant = tenant
        self._report = report
        self._stop = stop
        self._progress = progress
        self._step = Step()
        self._bytes = 0
        self._known = False
        self._lineage = ""
        self._renewing: deque[Owner] | None = None
        self._renewed_from = 0
        self._base: int | None = None

    def renew(self) -> None:
        """Read all owners anew, in this round and the following ones."""
        if self._renewing is None:
            self._renewing = deque(listing.owners(self._source, self._tenant, None))
            self._renewed_from = self._next

    @property
    def renewing(self) -> bool:
        """Whether owners are still to be read anew."""
        return self._renewing is not None

    def round(self, share: int | None = None) -> None:
        """Take what is new of every owner. ``share``: about how many bytes may be read anew besides; None: all that is to be."""
        check_whole(self._source, self._tenant)
        self.caught_up, self._step, self._bytes = False, Step(), 0
        lineage = lineage_of(self._source, self._tenant)
        if self._chain.last is not None and lineage != self._chain.last.lineage:
            self._start_over()
        self._lineage = lineage
        try:
            self._sweep()
        except Other:
            self._start_over()
            self._sweep()
        if self._stop.is_set():
            self._flush(complete=False)
            return
        self._renew(share)
        last = self._chain.last
        if self._step.parts or self._step.gone or self._base is not None or (last is not None and not last.complete):
            self._commit(complete=True)
        self.caught_up = True

    def _start_over(self) -> None:
        """Read everything anew: what the backup has is of another ledger. Nobody counts as erased for that."""
        self._step, self._bytes, self._known = Step([Part(owner.kind, owner.name, anew=True, items=[]) for owner in self._chain.marks]), 0, True
        self._renewing, self._renewed_from = deque(), self._next
        self._chain.forget()

    def _sweep(self) -> None:
        """Take what is new of all owners, and note who is gone."""
        before = dict(self._chain.marks)
        vanished = dict(before)
        returned: list[Look] = []
        total = 0 if self._progress is None else sum(1 for _ in listing.owners(self._source, self._tenant, None))
        self._report.owners = 0
        for seen in self._looks(before):
            if seen.state == "other":
                raise Other
            if seen.state == "returned":
                returned.append(seen)
            elif seen.state != "gone":
                self._take(seen, anew=seen.state == "new")
            if seen.state != "gone":
                vanished.pop(seen.owner, None)
                self._report.owners += 1
            self._known = self._known or seen.state == "same"
            if self._progress is not None:
                self._progress(self._report.owners, max(total, self._report.owners))
            if self._stop.is_set():
                return
        if (vanished or returned) and self._chain.settled and not self._known:
            raise Invalid(STRANGE)
        self._lose([*vanished], returned)

    def _lose(self, vanished: list[Owner], returned: list[Look]) -> None:
        """Note that owners were erased, and take what those have who came back."""
        for owner in vanished:
            if not self._source.changes(owner, 0, 1):  # else it has come back meanwhile: the next round's
                self._forget(owner)
        for seen in returned:
            self._forget(seen.owner)
            self._take(seen, anew=True)

    def _looks(self, marks: dict[Owner, Mark]) -> Iterator[Look]:
        """Look at all owners, several at once, in order."""
        running: deque[Future[Look]] = deque()
        with ThreadPoolExecutor(WORKERS, "recollect-backup") as threads:
            for owner in listing.owners(self._source, self._tenant, None):
                running.append(threads.submit(look, self._source, owner, marks.get(owner)))
                if len(running) > 2 * WORKERS:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()

    def _forget(self, owner: Owner) -> None:
        self._step.gone.add(owner)
        self._step.marks.pop(owner, None)
        self._step.parts.append(Part(owner.kind, owner.name, anew=True, items=[]))
        self._report.gone += 1

    def _renew(self, share: int | None) -> None:
        """Read owners anew, and note the new base once all are."""
        if self._renewing is None:
            return
        spent = 0
        while self._renewing and (share is None or spent < share) and not self._stop.is_set():
            owner = self._renewing.popleft()
            seen = look(self._source, owner, None)
            if seen.page:
                spent += self._take(seen, anew=True)
        if not self._renewing and not self._stop.is_set():
            self._renewing, self._base = None, self._renewed_from
            self._report.whole = True

    def _take(self, seen: Look, *, anew: bool) -> int:
        """Take what is new of an owner, and return about how many bytes it was."""
        taken = 0
        for piece in pieces(self._source, seen, anew=anew):
            self._step.parts.append(piece.part)
            if piece.mark is not None:
                self._step.marks[seen.owner] = piece.mark
            if piece.rewritten:
                self._step.rewritten.add(seen.owner)
            self._bytes += piece.bytes
            taken += piece.bytes
            if self._bytes >= SEGMENT:
                self._flush(complete=False)
        return taken

    def _flush(self, *, complete: bool) -> None:
        if self._step.parts or self._step.gone:
            self._commit(complete=complete)

    def _commit(self, *, complete: bool) -> Manifest:
        done = self._chain.commit(self._step, complete=complete, base=self._base, lineage=self._lineage)
        self._step, self._bytes, self._base = Step(), 0, None
        report = self._report
        report.segments += 1
        report.bytes += done.size
        report.entries += done.entries
        report.documents += done.documents
        return done

    @property
    def _next(self) -> int:
        return 1 if self._chain.last is None else self._chain.last.number + 1
