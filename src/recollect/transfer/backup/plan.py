"""Which segments a restore reads, and up to where of each owner."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from recollect.errors import Damaged, Invalid, NotFound
from recollect.model import Owner
from recollect.transfer.backup.chain import NOTHING, TRUNCATED, backwards
from recollect.transfer.backup.manifest import Manifest, manifest_name, owner_of
from recollect.transfer.backup.objects import Objects

EPOCH = datetime.fromtimestamp(0, UTC)


class Plan(Struct, frozen=True):
    """What is read, in order, for a restore as of ``point``.

    ``floors``: the owners who cannot go back as far, each with the number of the segment by which they were last erased or
    rewritten: they are restored as of that one.
    """

    manifests: Sequence[Manifest]
    point: Manifest
    floors: dict[Owner, int]

    def until(self, owner: Owner) -> int:
        """Return the number of the segment as of which an owner is restored."""
        return self.floors.get(owner, self.point.number)

    @property
    def time(self) -> datetime:
        """The time of the point."""
        return moment(self.point.time)


def plan(objects: Objects, at: datetime | None, head: str | None) -> Plan:
    """Return what is to be read.

    Args:
        objects: the backup.
        at: the latest complete segment of that time or before; None: the latest one.
        head: the checksum that the latest manifest must have.

    Raises:
        NotFound: there is no backup, or none of that time.
        Invalid: the time has no zone, or the latest manifest has another checksum.
        Damaged: the backup is not whole.

    """
    if at is not None and at.tzinfo is None:
        raise Invalid("the time has no time zone; give an aware datetime")
    limit = None if at is None else (at - EPOCH) // timedelta(microseconds=1)
    found: list[Manifest] = []
    point: Manifest | None = None
    for manifest, sum_ in backwards(objects):
        if not found and head is not None and sum_ != head:
            raise Damaged(f"the latest manifest, {manifest_name(manifest.number)}, has the checksum {sum_}, not the one that was asked for")
        found.append(manifest)
        if point is None and manifest.complete and (limit is None or manifest.time <= limit):
            point = manifest
        if point is not None and manifest.number == point.base:
            break
    if point is None or found[-1].number != point.base:
        _refuse(found, point, limit)
    assert point is not None  # noqa: S101  # refused above
    return Plan(found[::-1], point, _floors(found, point))


def _floors(found: Sequence[Manifest], point: Manifest) -> dict[Owner, int]:
    """Return who was erased or rewritten behind a point, each with the next segment at which all of it had been read. ``found``: the latest first."""
    floors: dict[Owner, int] = {}
    whole = found[0].number
    for manifest in found:
        if manifest.number <= point.number:
            break
        whole = manifest.number if manifest.complete else whole
        for one in (*manifest.gone, *manifest.rewritten):
            floors.setdefault(owner_of(manifest.tenant, one.kind, one.name), whole)
    return floors


def moment(time: int) -> datetime:
    """Return a time of a manifest."""
    return EPOCH + timedelta(microseconds=time)


def _refuse(found: Sequence[Manifest], point: Manifest | None, limit: int | None) -> None:
    if not found:
        raise NotFound(NOTHING)
    if point is None and limit is None:
        raise NotFound("the backup has not been made to its end yet; run it again: recollect backup")
    oldest = next((one for one in reversed(found) if one.complete and one.base >= found[-1].number), None)
    if oldest is None:
        raise Damaged(TRUNCATED.format(f"{manifest_name(found[0].base)} is missing"))
    raise NotFound(f"the backup begins at {moment(oldest.time).isoformat()}; give a later time")
