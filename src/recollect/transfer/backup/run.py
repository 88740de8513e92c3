"""Backing up."""

import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from threading import Event

from msgspec import structs

from recollect.codec.plain import check_name
from recollect.core.restoring import beneath
from recollect.errors import Damaged, Invalid, NewerFormat, NotFound, StoreError
from recollect.runtime import Progress
from recollect.store.protocol import Store
from recollect.store.url import store_of
from recollect.transfer.backup.chain import Chain
from recollect.transfer.backup.objects import open_objects
from recollect.transfer.backup.prune import prune
from recollect.transfer.backup.report import BackupReport, Shipped, Told
from recollect.transfer.backup.shipping import SHARE, Shipper

EVERY = timedelta(days=7)
"""How often everything is read anew, unless told otherwise."""

MOST = 50_000
"""Segments after which everything is read anew, whatever the time: a restore reads that many at the most, and some."""

LONGEST_WAIT = 60.0
"""Seconds between two rounds, at the most, where the source or the place of the backup does not answer."""

INTERVAL = 1.0
"""Seconds between two rounds of a backup that follows."""


def backup(
    source: str | Store,
    place: str,
    *,
    tenant: str = "",
    full: bool = False,
    every: timedelta = EVERY,
    keep: timedelta | None = None,
    follow: bool = False,
    interval: float = INTERVAL,
    stop: Event | None = None,
    progress: Progress | None = None,
    told: Told | None = None,
) -> BackupReport:
    """Back up what a store has into a folder or a bucket of S3: what is new since the last time, and everything where there was none.

    The source may be in use meanwhile, and is only read. What is sealed stays sealed. Each owner is backed up as they were at one moment; a
    run that was cut off is gone on with by the next one.

    Args:
        source: a URL, or an open store.
        place: a folder, which is made where it is new, or ``s3://bucket/prefix``.
        tenant: whose owners. Each tenant needs a place of its own.
        full: read everything anew, so that nothing of before is needed to restore what stands now.
        every: how often to do so by itself.
        keep: remove what no point within this time needs.
        follow: go on until told to stop.
        interval: seconds between two rounds of a backup that follows.
        stop: ends it early once it is set, at a place from which the next one goes on.
        progress: called with how many owners are done, and how many there are.
        told: called at the end of each round of a backup that follows.

    Returns:
        What was done.

    Raises:
        Invalid: an argument is out of its range; the place holds the backup of another tenant; or the source has nothing of what was backed up here.
        Conflict: another backup writes to the same place.
        Damaged: the backup in this place is not whole.
        StoreError: the source or the place failed. A backup that follows goes on when it works again.

    """
    check_name(tenant, "the tenant", empty=True)
    if every <= timedelta(0) or (keep is not None and keep < timedelta(0)):
        raise Invalid("every and keep are spans of time; give positive ones")
    if keep is not None and keep < every and not full and keep > timedelta(0):
        every = max(keep, timedelta(minutes=1))  # else what is older stays, for want of a newer beginning
    stopped = stop or Event()
    report = BackupReport()
    with ExitStack() as opened:
        store, ours = store_of(source)
        if ours:
            opened.callback(store.close)
        objects = open_objects(place, make=True)
        opened.callback(objects.close)
        run = _Run(beneath(store), Chain(objects), tenant, report, stopped, progress, every, keep)
        if follow:
            run.follow(interval, told, full=full)
        else:
            run.once(full=full)
    return report


class _Run:
    """A backup that runs."""

    def __init__(
        self,
        source: Store,
        chain: Chain,
        tenant: str,
        report: BackupReport,
        stop: Event,
        progress: Progress | None,
        every: timedelta,
        keep: timedelta | None,
    ) -> None:
        self._source = source
        self._chain = chain
        self._tenant = tenant
        self._report = report
        self._stop = stop
        self._progress = progress
        self._every = every
        self._keep = keep
        self._renewed = 0

    def once(self, *, full: bool) -> None:
        """Back up what is new."""
        shipper = self._begin(full=full)
        first = self._chain.last is None
        shipper.round()
        self._report.whole = self._report.whole or (first and shipper.caught_up)
        self._settle()

    def follow(self, interval: float, told: Told | None, *, full: bool) -> None:
        """Go round until told to stop."""
        shipper: Shipper | None = None
        caught_up, wait, number = time.monotonic(), interval, 0
        while not self._stop.is_set():
            started, before, error, number = time.monotonic(), structs.replace(self._report), None, number + 1
            try:
                shipper = shipper or self._begin(full=full)
                full = False
                if self._due() and not shipper.renewing:
                    shipper.renew()
                shipper.round(SHARE)
                if self._report.whole:
                    self._settle()
                    self._report.whole = False
            except (Damaged, NewerFormat, NotFound):
                raise
            except StoreError as failure:
                error, shipper = str(failure), None  # what the place has now is read anew
            if shipper is not None and shipper.caught_up:
                caught_up = started
            self._note()
            if told is not None:
                told(_told(number, before, self._report, time.monotonic() - caught_up, error))
            wait = interval if error is None else min(max(wait, 0.1) * 2, LONGEST_WAIT)
            self._stop.wait(wait if error is not None else max(0.0, interval - (time.monotonic() - started)))

    def _begin(self, *, full: bool) -> Shipper:
        self._chain.resume(self._tenant)
        shipper = Shipper(self._source, self._chain, self._tenant, self._report, self._stop, self._progress)
        first = self._chain.last is None
        self._renewed = 0
        if not first and (full or self._due()):
            shipper.renew()
        return shipper

    def _due(self) -> bool:
        """Tell whether everything is to be read anew. A clock that is wrong makes it so too early, or too late."""
        last = self._chain.last
        if last is None or not last.complete:
            return False
        if not self._renewed:
            based = self._chain.based()
            self._renewed = last.time if based is None else based.time
        return last.number - last.base >= MOST or self._chain.now() - self._renewed >= self._every / timedelta(microseconds=1)

    def _settle(self) -> None:
        """Remove what is too old, once all is there."""
        self._note()
        last, self._renewed = self._chain.last, 0
        if self._keep is not None and last is not None and last.complete:
            self._report.removed += prune(self._chain.objects, self._keep // timedelta(microseconds=1))

    def _note(self) -> None:
        last, report = self._chain.last, self._report
        if last is not None:
            report.backup, report.number, report.head = last.backup, last.number, self._chain.head
            report.time = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=last.time)


def _told(number: int, before: BackupReport, now: BackupReport, lag: float, error: str | None) -> Shipped:
    return Shipped(
        number,
        now.number,
        now.owners,
        now.entries - before.entries,
        now.documents - before.documents,
        now.gone - before.gone,
        now.bytes - before.bytes,
        round(lag, 3),
        error,
    )
