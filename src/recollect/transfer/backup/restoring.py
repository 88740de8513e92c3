"""Restoring a backup."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from recollect.core.opening import SEALING
from recollect.core.restoring import beneath
from recollect.core.secret import tenant_of
from recollect.core.tombstones import ERASED, OTHERS
from recollect.errors import Invalid, StoreError
from recollect.model import Document, Owner
from recollect.runtime import Progress
from recollect.store.protocol import Clock, Store, system_clock
from recollect.store.url import store_of
from recollect.transfer.backup.chain import latest, read_segments
from recollect.transfer.backup.objects import Objects, open_objects
from recollect.transfer.backup.plan import Plan, plan
from recollect.transfer.backup.report import RestoreReport
from recollect.transfer.backup.segment import Kept, KeptDocument, KeptEntry, decode
from recollect.transfer.backup.staging import Staging, Sum, is_restored
from recollect.transfer.backup.stones import STONES, Stones
from recollect.transfer.backup.target import Target

if TYPE_CHECKING:
    from recollect.privacy.keys import Keyring

MARGIN = 60_000_000
"""Microseconds within which a session must not be over, so that none ends while it is restored and read back."""

WORKERS = 8
"""Owners that are written at once."""


class Staged(Struct, frozen=True):
    """A backup that was read, found whole, and put together."""

    plan: Plan
    staging: Staging
    stones: Stones
    sealed: bool
    unchecked: int
    expired: int

    @property
    def tenant(self) -> str:
        """Whose backup it is."""
        return self.plan.point.tenant


def restore(
    place: str,
    target: str | Store,
    *,
    at: datetime | None = None,
    head: str | None = None,
    keys: "Keyring | None" = None,
    progress: Progress | None = None,
    workers: int = WORKERS,
) -> RestoreReport:
    """Restore a backup into an empty store, of any kind.

    The whole backup is read and checked before anything is written. Then the tombstones are set, and what they stand for is left out; the rest is
    written and read back. Until that is done, no memory opens the target. A restore that was cut off is run again, and begins anew.

    Args:
        place: a folder, or ``s3://bucket/prefix``.
        target: a URL, or an open store, that has nothing of the backup's tenant but tombstones.
        at: as of the latest segment of that time or before; without it, the latest. Who was erased or rewritten since is restored as of then.
        head: the checksum that the latest manifest must have, as the backup's report told.
        keys: of a memory that is sealed, so that its tombstones can be compared. What is sealed stays sealed with and without them.
        progress: called with how much is done, and how much there is to do.
        workers: owners that are written at once, each by a thread.

    Raises:
        NotFound: there is no backup, or none of that time.
        Damaged: the backup is not whole. Nothing was written.
        Conflict: the target has a memory, or another restore writes into it.
        StoreError: the target or the place failed.

    """
    with ExitStack() as opened:
        objects = open_objects(place)
        opened.callback(objects.close)
        tenant = latest(objects).tenant
        store, ours = store_of(target)
        if ours:
            opened.callback(store.close)
        store = beneath(store)
        Target(store, tenant).check()
        staged = opened.enter_context(stage(objects, at, head, keys, progress))
        return restored(staged, store, keys, progress, workers)[0]


@contextmanager
def stage(
    objects: Objects,
    at: datetime | None,
    head: str | None,
    keys: "Keyring | None",
    progress: Progress | None,
    clock: Clock = lambda: system_clock() + MARGIN,
) -> Iterator[Staged]:
    """Read a backup, check it, and put it together."""
    found = plan(objects, at, head)
    staging = Staging()
    try:
        total = sum(one.entries + one.documents for one in found.manifests)
        done = 0
        for manifest, data in read_segments(objects, found.manifests):
            staging.take(manifest, decode(data, manifest.object), found)
            done += manifest.entries + manifest.documents
            if progress is not None:
                progress(done, 2 * total)
        expired = staging.expire(clock())
        own = tenant_of(found.point.tenant)
        kept = [Document(item.collection, item.key, item.body) for item in staging.items(own) if isinstance(item, KeptDocument)]
        names = sum(document.collection == ERASED and document.key != OTHERS for document in kept)
        sealed = any(document.collection == SEALING for document in kept)
        stones = Stones(own.tenant, kept, keys if sealed else None)
        yield Staged(found, staging, stones, sealed, names if sealed and keys is None else 0, expired)
    finally:
        staging.close()


def restored(staged: Staged, store: Store, keys: "Keyring | None", progress: Progress | None, workers: int) -> tuple[RestoreReport, str]:
    """Write what was staged into a store, and return what was done, with a checksum over all of it."""
    tenant, staging, found = staged.tenant, staged.staging, staged.plan
    target, own = Target(store, tenant), tenant_of(tenant)
    target.check()
    _take_over(staged, store, keys if staged.sealed else None)
    owners, shut = staging.owners(tenant), staged.sealed and keys is None
    erased = [] if shut else _erased(staged, owners, keys)
    target.begin(staged.stones.documents())
    for owner in erased:
        staging.drop(owner)
    report = RestoreReport(
        found.point.backup, tenant, found.point.number, found.time, later=len(found.floors), erased=len(erased), expired=staged.expired
    )
    report.shut, report.unchecked = shut, staged.unchecked
    whole = sha256()
    total = staging.count()
    for owner, sum_ in _written(target, staging, [owner for owner in owners if owner not in set(erased)], own, workers):
        report.owners += 1
        report.entries += sum_.entries
        report.documents += sum_.documents
        whole.update(repr((owner.kind, owner.name, sum_.value)).encode())
        if progress is not None:
            progress(total + report.entries + report.documents, 2 * total)
    report.sessions = staging.sessions()
    target.end(unchecked=shut)
    return report, whole.hexdigest()


def _erased(staged: Staged, owners: list[Owner], keys: "Keyring | None") -> list[Owner]:
    """Return the owners that have a tombstone, and those whose keys were destroyed behind the backup, who get one."""
    erased = staged.stones.erased(owners)
    if keys is None or not staged.sealed:
        return erased
    from recollect.privacy.sealing.lost import is_lost

    known = set(erased)
    lost = [owner for owner in owners if owner not in known and is_lost(keys, owner, (item.body for item in staged.staging.items(owner)))]
    for owner in lost:
        if keys.destroyed(owner):
            staged.stones.bury(owner)
    return [*erased, *lost]


def _written(target: Target, staging: Staging, owners: list[Owner], own: Owner, workers: int) -> Iterator[tuple[Owner, Sum]]:
    """Write all owners, several at once, and yield them in order, each with its sum."""

    def write(owner: Owner) -> Sum:
        target.still_ours()
        return target.write(owner, _wanted(staging, owner, own))

    with ThreadPoolExecutor(workers, "recollect-restore") as threads:
        for start in range(0, len(owners), 4 * workers):
            block = owners[start : start + 4 * workers]
            yield from zip(block, threads.map(write, block), strict=True)


def _wanted(staging: Staging, owner: Owner, own: Owner) -> Iterator[Kept]:
    return (
        item
        for item in staging.items(owner)
        if isinstance(item, KeptEntry) or (is_restored(item.collection) and not (owner == own and item.collection in STONES))
    )


def _take_over(staged: Staged, store: Store, keys: "Keyring | None") -> None:
    """Add the tombstones that the target has already to those of the backup."""
    try:
        staged.stones.add(store, keys)
    except StoreError as error:
        if keys is not None:
            raise
        raise Invalid("the target has tombstones that are sealed; give the keys, so that they can be kept") from error
