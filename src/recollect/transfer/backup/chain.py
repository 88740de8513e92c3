"""The chain of a backup's manifests: read and checked from its end, and made longer by one at a time."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import urandom

from msgspec import Struct

from recollect.errors import Conflict, Damaged, Invalid, NotFound
from recollect.model import Owner
from recollect.store.protocol import Clock, system_clock
from recollect.transfer.backup.manifest import (
    HEAD,
    MANIFESTS,
    Head,
    Manifest,
    Mark,
    Named,
    decode,
    decode_head,
    encode,
    encode_head,
    manifest_name,
    number_of,
    owner_of,
    segment_name,
)
from recollect.transfer.backup.objects import Objects
from recollect.transfer.backup.segment import KeptEntry, Part, checksum
from recollect.transfer.backup.segment import encode as encode_parts

AT_ONCE = 16
"""Objects that are read at once."""

TOGETHER = 32 << 20
"""Bytes of segments that are read at once, at the most, or one."""

BLOCK = 256
"""Manifests that are read together, at the most; few at first, since often no more are needed."""

WHOLE = 500
"""After so many segments, a manifest has the marks of all owners, so that who goes on need not read the whole chain."""

TRUNCATED = "the backup is not whole: {}. Nothing was done with it; take another copy of it"
NOTHING = "there is no backup in this place; check its name"
OTHERS = "another backup has gone on in this place meanwhile; let only one write to it, and repeat the command"


class Step(Struct):
    """What is to become the next segment, and what its manifest says beside. See Manifest."""

    parts: list[Part] = []
    marks: dict[Owner, Mark] = {}
    gone: set[Owner] = set()
    rewritten: set[Owner] = set()


class Chain:
    """The manifests of one backup.

    ``last``: the latest one; None in a new place. ``marks``: how far each owner's ledger has been read.
    ``settled``: all had been read to their end at some time.
    """

    def __init__(self, objects: Objects, clock: Clock = system_clock) -> None:
        self.objects = objects
        self.last: Manifest | None = None
        self.marks: dict[Owner, Mark] = {}
        self._clock = clock
        self.settled = False
        self._tenant = ""
        self._sum = ""
        self._writer = urandom(8).hex()
        self._since_whole = WHOLE

    def resume(self, tenant: str) -> None:
        """Read where the backup stands.

        Raises:
            Invalid: it is one of another tenant.
            Damaged: it is not whole.

        """
        self.last, self._sum, self.marks, self._since_whole, self._tenant = None, "", {}, WHOLE, tenant
        found: list[Manifest] = []
        for manifest, sum_ in backwards(self.objects):
            if not found:
                self.last, self._sum = manifest, sum_
            found.append(manifest)
            if manifest.whole:
                break
        if self.last is None:
            return
        if self.last.tenant != tenant:
            raise Invalid(f"this place holds a backup of the tenant {self.last.tenant!r}; give each tenant a place of its own")
        self.marks = marks_of(reversed(found))
        self.settled = any(manifest.complete for manifest in found)
        self._since_whole = len(found)
        self._note_head()

    @property
    def head(self) -> str:
        """The checksum of the latest manifest; "" without one."""
        return self._sum

    def now(self) -> int:
        """Return the time, in microseconds since 1970 (UTC); never one before the latest segment's."""
        return max(self._clock(), 0 if self.last is None else self.last.time)

    def forget(self) -> None:
        """Forget all marks: with the next segment, everything is begun anew."""
        self.marks, self._since_whole = {}, WHOLE

    def based(self) -> Manifest | None:
        """Return the manifest with which reading begins to restore what stands now."""
        data = None if self.last is None else self.objects.get(manifest_name(self.last.base))
        return None if data is None or self.last is None else decode(data, manifest_name(self.last.base))

    def commit(self, step: Step, *, complete: bool, base: int | None, lineage: str) -> Manifest:
        """Add a segment. ``base``: as of this one, reading may begin there; None: where it did.

        Raises:
            Conflict: another backup has added one meanwhile.

        """
        last = self.last
        number = 1 if last is None else last.number + 1
        data = encode_parts(step.parts)
        sum_ = checksum(data)
        items = [item for part in step.parts for item in (*part.items, *part.again)]
        entries = sum(isinstance(item, KeptEntry) for item in items)
        marks = {**self.marks, **step.marks}
        for owner in step.gone - step.marks.keys():
            marks.pop(owner, None)
        whole = self._since_whole >= WHOLE
        manifest = Manifest(
            backup=urandom(16).hex() if last is None else last.backup,
            lineage=lineage,
            writer=self._writer,
            tenant=self._tenant,
            number=number,
            previous=self._sum,
            base=base or (1 if last is None else last.base),
            time=self.now(),
            complete=complete,
            object=segment_name(number, sum_),
            size=len(data),
            sha256=sum_,
            entries=entries,
            documents=len(items) - entries,
            marks=list((marks if whole else step.marks).values()),
            whole=whole,
            gone=_named(step.gone),
            rewritten=_named(step.rewritten),
        )
        written = encode(manifest)
        self.objects.put(manifest.object, data)
        if not self.objects.create(manifest_name(number), written) and self.objects.get(manifest_name(number)) != written:
            raise Conflict(OTHERS, number)
        self.last, self._sum, self.marks = manifest, checksum(written), marks
        self.settled = self.settled or complete
        self._since_whole = 1 if whole else self._since_whole + 1
        self._note_head()
        return manifest

    def _note_head(self) -> None:
        if self.last is not None:
            self.objects.put(HEAD, encode_head(Head(self.last.number, self._sum)))


def numbers(objects: Objects) -> list[int]:
    """Return the numbers of the manifests that there are, in order."""
    return sorted(number for name in objects.names(MANIFESTS) if (number := number_of(name)) is not None)


def backwards(objects: Objects) -> Iterator[tuple[Manifest, str]]:
    """Yield the manifests from the latest to the oldest, each with its checksum, and each found to be what the one behind it says.

    Raises:
        Damaged: one is missing or altered, or the latest that is known of.

    """
    there, noted = numbers(objects), objects.get(HEAD)
    head = None if noted is None else decode_head(noted)
    if head is None and len(there) > 1:
        raise Damaged(TRUNCATED.format(f"{HEAD} is missing"))
    if head is not None and (not there or there[-1] < head.number):
        raise Damaged(TRUNCATED.format(f"{manifest_name(head.number)} is missing"))
    expected: str | None = None
    identity: str | None = None
    next_, size = (there[-1] if there else 0), 1
    with ThreadPoolExecutor(AT_ONCE, "recollect-backup") as threads:
        while there:
            size = min(BLOCK, size * 4)
            block, there = there[-size:][::-1], there[:-size]
            for number, data in zip(block, threads.map(lambda number: objects.get(manifest_name(number)), block), strict=True):
                name = manifest_name(number)
                if data is None or number != next_:
                    raise Damaged(TRUNCATED.format(f"{manifest_name(next_)} is missing"))
                next_ -= 1
                sum_ = checksum(data)
                if (expected is not None and sum_ != expected) or (head is not None and head.number == number and head.sha256 != sum_):
                    raise Damaged(TRUNCATED.format(f"{name} is not what was written"))
                manifest = decode(data, name)
                if manifest.number != number or (identity is not None and manifest.backup != identity):
                    raise Damaged(TRUNCATED.format(f"{name} is one of another backup"))
                expected, identity = manifest.previous, manifest.backup
                yield manifest, sum_


def latest(objects: Objects) -> Manifest:
    """Return the latest manifest.

    Raises:
        NotFound: there is none.

    """
    for manifest, _ in backwards(objects):
        return manifest
    raise NotFound(NOTHING)


def read_segments(objects: Objects, manifests: Sequence[Manifest]) -> Iterator[tuple[Manifest, bytes]]:
    """Yield segments in the order of their manifests, each as it was written.

    Raises:
        Damaged: one is missing or altered.

    """
    with ThreadPoolExecutor(AT_ONCE, "recollect-backup") as threads:
        for block in _blocks(manifests):
            for manifest, data in zip(block, threads.map(lambda one: objects.get(one.object), block), strict=True):
                if data is None:
                    raise Damaged(TRUNCATED.format(f"{manifest.object} is missing"))
                if len(data) != manifest.size or checksum(data) != manifest.sha256:
                    raise Damaged(TRUNCATED.format(f"{manifest.object} is not what was written"))
                yield manifest, data


def _blocks(manifests: Sequence[Manifest]) -> Iterator[list[Manifest]]:
    """Yield manifests whose segments are read together: some, and not too many bytes."""
    block: list[Manifest] = []
    for manifest in manifests:
        if len(block) == AT_ONCE or (block and sum(one.size for one in block) + manifest.size > TOGETHER):
            yield block
            block = []
        block.append(manifest)
    yield block


def marks_of(manifests: Iterator[Manifest]) -> dict[Owner, Mark]:
    """Return how far each owner is read behind some manifests, given in order."""
    marks: dict[Owner, Mark] = {}
    for manifest in manifests:
        if manifest.whole:
            marks.clear()
        else:
            for one in manifest.gone:
                marks.pop(owner_of(manifest.tenant, one.kind, one.name), None)
        marks |= {owner_of(manifest.tenant, mark.kind, mark.name): mark for mark in manifest.marks}
    return marks


def every(objects: Objects) -> list[Manifest]:
    """Return all manifests of a backup, in order.

    Raises:
        NotFound: there are none.

    """
    found = [manifest for manifest, _ in backwards(objects)][::-1]
    if not found:
        raise NotFound(NOTHING)
    return found


def _named(owners: set[Owner]) -> list[Named]:
    return [Named(owner.kind, owner.name) for owner in sorted(owners)]
