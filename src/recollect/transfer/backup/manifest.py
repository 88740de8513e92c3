"""What a backup says of each of its segments. The manifests are a chain: each names the checksum of the one before."""

import re
from typing import Literal, cast

from msgspec import DecodeError, Struct, ValidationError, json
from msgspec.json import Decoder, Encoder

from recollect.errors import Damaged, NewerFormat
from recollect.model import Owner

FORMAT = 1
MANIFESTS = "manifests"
SEGMENTS = "segments"
HEAD = "head.json"

_NAME = re.compile(r"manifests/(\d{10})\.json")


class Mark(Struct, frozen=True, array_like=True):
    """How far an owner's ledger is in the backup: up to a position, and the fingerprint of what stood there."""

    kind: str
    name: str
    position: int
    seen: str


class Named(Struct, frozen=True, array_like=True):
    """An owner of the backup's tenant."""

    kind: str
    name: str


class Manifest(Struct, frozen=True, kw_only=True):
    """One step of a backup.

    Args:
        format: of the whole backup.
        backup: which backup this is: 32 hexadecimal digits.
        lineage: which restore the source came from; "" where from none.
        writer: the process that wrote it.
        tenant: whose owners.
        number: of the segment, from 1. Numbers are the order; times are not.
        previous: the checksum of the manifest before it; "" for the first.
        base: the number of the segment with which reading begins to restore what stood here: all that lived has been read anew since.
        time: when its reading had ended, in microseconds since 1970 (UTC). It never goes backwards, whatever the clock does.
        complete: all owners had been read to their end. Only then a restore may stop here.
        object: the segment's name; ``size`` and ``sha256`` are those of its bytes.
        entries, documents: how many it holds.
        marks: how far the owners in it are read; those of all owners if ``whole``.
        gone: owners that are there no longer, or were erased and came back.
        rewritten: owners of whom entries were rewritten.

    """

    format: int = FORMAT
    backup: str
    lineage: str
    writer: str
    tenant: str
    number: int
    previous: str
    base: int
    time: int
    complete: bool
    object: str
    size: int
    sha256: str
    entries: int
    documents: int
    marks: list[Mark]
    whole: bool
    gone: list[Named]
    rewritten: list[Named]


class Head(Struct, frozen=True):
    """The latest manifest that was noted: what came behind it may be there, too, and what it names must be."""

    number: int
    sha256: str


class _Version(Struct, frozen=True):
    format: int


_encoder = Encoder()
_manifests = Decoder(Manifest, strict=True)
_versions = Decoder(_Version)
_heads = Decoder(Head)


def encode(manifest: Manifest) -> bytes:
    """Return the bytes of a manifest: JSON that a person can read."""
    return json.format(_encoder.encode(manifest), indent=1) + b"\n"


def decode(data: bytes, name: str) -> Manifest:
    """Return a manifest.

    Raises:
        NewerFormat: a newer Recollect wrote it.
        Damaged: it is none.

    """
    try:
        version = _versions.decode(data).format
        if version > FORMAT:
            raise NewerFormat(f"{name} has format {version}, which this Recollect cannot read; upgrade it")
        return _manifests.decode(data)
    except (DecodeError, ValidationError) as error:
        raise Damaged(f"{name} is no manifest ({error}); take another copy of the backup") from error


def encode_head(head: Head) -> bytes:
    """Return the bytes of the head."""
    return _encoder.encode(head) + b"\n"


def decode_head(data: bytes) -> Head:
    """Return the head.

    Raises:
        Damaged: it is none.

    """
    try:
        return _heads.decode(data)
    except (DecodeError, ValidationError) as error:
        raise Damaged(f"{HEAD} cannot be read ({error}); take another copy of the backup") from error


def manifest_name(number: int) -> str:
    """Return the name of the manifest of this number."""
    return f"{MANIFESTS}/{number:010}.json"


def segment_name(number: int, sum_: str) -> str:
    """Return the name of a segment. Its checksum is in it, so that two who write the same number never write the same object."""
    return f"{SEGMENTS}/{number:010}-{sum_[:16]}.gz"


def number_of(name: str) -> int | None:
    """Return the number in the name of a manifest; None where it is the name of something else."""
    found = _NAME.fullmatch(name)
    return None if found is None else int(found[1])


def owner_of(tenant: str, kind: str, name: str) -> Owner:
    """Return an owner of a tenant."""
    return Owner(tenant, cast("Literal['session', 'tenant', 'user']", kind), name)
