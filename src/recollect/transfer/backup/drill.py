"""Proving that a backup can be restored: by restoring it."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from recollect.core.restoring import beneath
from recollect.errors import Invalid
from recollect.model import Document, Entry, Owner
from recollect.runtime import Progress
from recollect.store.protocol import REMOVED, REWRITTEN, SETTINGS, Store
from recollect.store.sqlite import SQLiteStore
from recollect.store.url import store_of
from recollect.transfer.backup.chain import every, marks_of, read_segments
from recollect.transfer.backup.objects import Objects, open_objects
from recollect.transfer.backup.report import LISTED, Difference, DrillReport, RestoreReport
from recollect.transfer.backup.restoring import WORKERS, Staged, restored, stage
from recollect.transfer.backup.segment import Kept, KeptEntry, kept_document, kept_entry
from recollect.transfer.copying.pages import pages

if TYPE_CHECKING:
    from recollect.privacy.keys import Keyring


def drill(
    place: str,
    *,
    at: datetime | None = None,
    head: str | None = None,
    live: str | Store | None = None,
    keys: "Keyring | None" = None,
    progress: Progress | None = None,
) -> DrillReport:
    """Restore a backup into a temporary store, and prove that all is there: by count and checksum of each owner.

    All segments of the backup are read, also those that this restore does not need. The temporary store is an SQLite file in a folder that only
    this user may enter, and is removed at the end.

    Args:
        place: a folder, or ``s3://bucket/prefix``.
        at: as in ``restore``.
        head: as in ``restore``.
        live: a URL or an open store: the memory that was backed up. All that it has of what had been written when the backup was made is compared.
        keys: as in ``restore``.
        progress: called with how much is done, and how much there is to do.

    Raises:
        Invalid: a time and a live memory are given.
        NotFound, Damaged: the backup cannot be restored.

    """
    if at is not None and live is not None:
        raise Invalid("a live memory can be compared with the latest point alone; give no time")
    began = time.monotonic()
    with ExitStack() as opened:
        objects = open_objects(place)
        opened.callback(objects.close)
        staged = opened.enter_context(stage(objects, at, head, keys, progress))
        segments = len(staged.plan.manifests) + _read_rest(objects, {manifest.number for manifest in staged.plan.manifests})
        report = DrillReport(*_restored(staged, keys, progress), segments=segments)
        if live is not None:
            store, ours = store_of(live)
            if ours:
                opened.callback(store.close)
            _compare(staged, beneath(store), report)
    report.seconds = round(time.monotonic() - began, 3)
    return report


def _read_rest(objects: Objects, known: set[int]) -> int:
    """Read the segments that the restore did not need, and return how many there are."""
    return sum(1 for _ in read_segments(objects, [manifest for manifest in every(objects) if manifest.number not in known]))


def _restored(staged: Staged, keys: "Keyring | None", progress: Progress | None) -> tuple[RestoreReport, str]:
    with TemporaryDirectory(prefix="recollect-drill-") as folder:
        store = SQLiteStore(str(Path(folder) / "drill.db"))
        try:
            return restored(staged, store, keys, progress, WORKERS)
        finally:
            store.close()


def _compare(staged: Staged, store: Store, report: DrillReport) -> None:
    """Compare a live memory, as far as it was backed up, with what was staged."""
    report.compared = 0
    marks = marks_of(iter(staged.plan.manifests))
    for owner, mark in sorted(marks.items()):
        first = store.changes(owner, 0, 1)
        if owner in staged.staging.dropped:
            continue  # being erased
        if not first or first[0].position > mark.position + 1:
            continue  # erased since, or nothing is left of what there was
        report.compared += 1
        later = _Later(store, owner, mark.position, staged.staging.over(owner))
        reason = next(_differences(staged.staging.items(owner), _live(store, owner, mark.position), later), None)
        if reason is None:
            continue
        if len(report.differences) < LISTED:
            report.differences.append(Difference(owner.kind, owner.name, reason))
        else:
            report.unlisted += 1


def _differences(staged: Iterator[Kept], live: Iterator[Kept], later: "_Later") -> Iterator[str]:
    """Yield in what a ledger differs up to a position, but for what has been removed, replaced or rewritten since."""
    here, there = next(staged, None), next(live, None)
    while here is not None or there is not None:
        if here is not None and there is not None and here.position == there.position:
            if _content(here) != _content(there) and not later.explains(here):
                yield f"other content at position {here.position}"
            here, there = next(staged, None), next(live, None)
        elif there is None or (here is not None and here.position < there.position):
            assert here is not None  # noqa: S101  # one of the two is there
            if not later.explains(here):
                yield f"the live memory has nothing at position {here.position}, and does not tell why"
            here = next(staged, None)
        else:
            if not later.explains(there):
                yield f"the backup has nothing at position {there.position}"
            there = next(live, None)


def _live(store: Store, owner: Owner, until: int) -> Iterator[Kept]:
    for page in pages(lambda after, limit: store.changes(owner, after, limit), 0):
        for item in page:
            if item.position > until:
                return
            if isinstance(item, Entry):
                yield kept_entry(item)
            elif item.body is not None and item.collection not in (REMOVED, REWRITTEN):
                yield kept_document(item)


def _content(item: Kept) -> tuple[object, ...]:
    if isinstance(item, KeptEntry):
        return item.session, item.id, item.role, item.created, item.tokens, item.digest, item.body
    return item.collection, item.key, item.body


class _Later:
    """What a live memory says of what happened to an owner's ledger behind a position. ``over``: sessions whose time was over at the restore."""

    def __init__(self, store: Store, owner: Owner, position: int, over: set[str]) -> None:
        self._store = store
        self._owner = owner
        self._position = position
        self._over = over

    def explains(self, item: Kept) -> bool:
        """Tell whether something was removed, replaced or rewritten, or its session is over."""
        session = item.session if isinstance(item, KeptEntry) else item.key if item.collection == SETTINGS else None
        if session is not None and (session in self._over or self._store.session(self._owner, session) is None):
            return True
        names = {(REMOVED, item.session), (REWRITTEN, item.session)} if isinstance(item, KeptEntry) else {(item.collection, item.key)}
        return bool(names & self._written)

    @cached_property
    def _written(self) -> set[tuple[str, str]]:
        """The documents and notices that came behind the position."""
        following = pages(lambda after, limit: self._store.changes(self._owner, after, limit), self._position)
        return {(item.collection, item.key) for page in following for item in page if isinstance(item, Document)}
