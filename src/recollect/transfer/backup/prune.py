"""Removing what is too old from a backup."""

from bisect import bisect_right

from recollect.errors import Damaged
from recollect.store.protocol import Clock, system_clock
from recollect.transfer.backup.chain import TRUNCATED, numbers
from recollect.transfer.backup.manifest import MANIFESTS, SEGMENTS, Manifest, decode, manifest_name, number_of
from recollect.transfer.backup.objects import Objects


def prune(objects: Objects, keep: int, clock: Clock = system_clock) -> int:
    """Remove all that no point of the last ``keep`` microseconds needs. Returns how many segments were removed.

    The latest point and what it needs stay, whatever the clock says.
    """
    there = numbers(objects)
    oldest = _oldest(objects, there, keep, clock)
    if oldest is None:
        return 0
    old = [number for number in there if number < oldest]
    objects.remove([manifest_name(number) for number in old])  # the oldest first, so that what is left after a kill has no gap
    left = [name for name in objects.names(SEGMENTS) if (of := _segment_number(name)) is not None and of < oldest]
    objects.remove(left)
    return len(old)


def _oldest(objects: Objects, there: list[int], keep: int, clock: Clock) -> int | None:
    """Return the first number that is needed: the base of the latest complete segment that is as old as what is kept; None: all are.

    Times never go backwards along the numbers, so that few manifests are read.
    """
    if not there:
        return None
    limit = min(clock(), _manifest(objects, there[-1]).time) - keep
    place = bisect_right(there, limit, key=lambda number: _manifest(objects, number).time)
    for number in reversed(there[:place]):
        found = _manifest(objects, number)
        if found.complete:
            return found.base
    return None


def _manifest(objects: Objects, number: int) -> Manifest:
    name = manifest_name(number)
    data = objects.get(name)
    if data is None:
        raise Damaged(TRUNCATED.format(f"{name} is missing"))
    return decode(data, name)


def _segment_number(name: str) -> int | None:
    return number_of(f"{MANIFESTS}/{name.removeprefix(SEGMENTS + '/')[:10]}.json")
