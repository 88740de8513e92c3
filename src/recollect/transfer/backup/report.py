"""What a backup, a restore and a drill tell."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct, field

LISTED = 1000
"""Differences that are listed; further ones are only counted."""


class BackupReport(Struct):
    """What a backup has done.

    Args:
        backup: which backup it is; the same for all runs into one place.
        number: of its latest segment; 0 while there is none.
        time: of that segment: the latest point to which a restore can go.
        head: the checksum of the latest manifest. Kept elsewhere and given to a restore, it shows that nobody has changed anything.
        owners: users, sessions without a user, and the tenant itself, that the source has.
        segments, bytes: written by this run, and how large they are.
        entries, documents: written by this run.
        gone: owners that the source has erased since.
        whole: whether everything was read anew, so that a restore of what stands now needs nothing from before.
        removed: segments that were removed, being too old to be kept.

    """

    backup: str = ""
    number: int = 0
    time: datetime | None = None
    head: str = ""
    owners: int = 0
    segments: int = 0
    bytes: int = 0
    entries: int = 0
    documents: int = 0
    gone: int = 0
    whole: bool = False
    removed: int = 0


class Shipped(Struct, frozen=True):
    """One round of a backup that follows its source.

    Args:
        number: of the round, from 1.
        segment: of the latest segment; 0 while there is none.
        owners: whom the source has.
        entries, documents, gone, bytes: of this round, as in BackupReport.
        lag: seconds since the backup last had all that the source had.
        error: what kept the round from its end; the next one tries again.

    """

    number: int
    segment: int
    owners: int
    entries: int
    documents: int
    gone: int
    bytes: int
    lag: float
    error: str | None = None


Told = Callable[[Shipped], None]
"""Called at the end of each round."""


class RestoreReport(Struct):
    """What a restore has done.

    Args:
        backup: from which backup.
        number: the segment up to which it was restored; ``time``: of that segment.
        owners: users, sessions without a user, and the tenant itself.
        sessions, entries, documents: written, read back, and found to be as in the backup.
        later: owners who are restored as of a later point, since they were erased or rewritten behind the one that was asked for.
        erased: owners who were left out, since they have a tombstone, or their keys were destroyed.
        expired: sessions that were left out, since their time is over.
        shut: it is sealed, and no keys were given: who was erased is left out when it is first opened with them.
        unchecked: tombstones that could not be compared for that reason.
        tenant: whose backup it is.

    """

    backup: str
    tenant: str
    number: int
    time: datetime
    owners: int = 0
    sessions: int = 0
    entries: int = 0
    documents: int = 0
    later: int = 0
    erased: int = 0
    expired: int = 0
    shut: bool = False
    unchecked: int = 0


class Difference(Struct, frozen=True, omit_defaults=True):
    """An owner in whom two differ, and how."""

    kind: str
    name: str
    reason: str


class DrillReport(Struct):
    """What a drill has found.

    Args:
        restored: what was restored; each owner was read back, and compared with the backup by count and checksum.
        checksum: SHA-256 over all that was restored.
        segments: of the whole backup, each read and found as written, also those that this restore needed not.
        compared: owners that were compared with the live memory, as it was when the backup was made; None where none was given.
        differences: what is not as in the live memory.
        unlisted: how many more differences there are.
        seconds: that it took.

    """

    restored: RestoreReport
    checksum: str
    segments: int
    compared: int | None = None
    differences: list[Difference] = field(default_factory=list)
    unlisted: int = 0
    seconds: float = 0.0

    @property
    def proved(self) -> bool:
        """Whether the backup can be restored, and is equal to the live memory where that was given."""
        return not (self.differences or self.unlisted)
