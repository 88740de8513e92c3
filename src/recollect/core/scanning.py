"""Finding and redacting what was stored before there was redaction."""

from collections.abc import AsyncIterator
from contextlib import suppress

from msgspec import Struct
from msgspec.json import Decoder

from recollect.codec.body import pack, unpack
from recollect.core.auditing import audited
from recollect.core.engine import Engine
from recollect.core.holding import check, held
from recollect.core.places import layers
from recollect.core.redacting import Redacting
from recollect.core.renaming import follow
from recollect.core.sweeping import Counts, Sweep
from recollect.errors import Erased
from recollect.model import Document, Entry, Owner
from recollect.model.scanned import Scanned
from recollect.privacy.redaction import Redaction
from recollect.runtime import Progress
from recollect.store.pages import owners as owners_of
from recollect.store.protocol import Store
from recollect.store.scrubs import Scrubs

SCANS = "recollect.scans"
"""The collection, in an owner's ledger, of how far it was scanned."""

MARK = "mark"
"""The key of that."""

SWEEP = "sweep"
"""The key of a document that comes and goes: the notice takes along what was derived of facts as they were."""

PARTS = 1000
"""What each owner counts in a progress."""


class _Mark(Struct, frozen=True):
    """By which rules a ledger was scanned, and up to which message: its position and id. In a copy, another message may stand there."""

    rules: str
    position: int
    id: str


_decoder = Decoder(_Mark)


async def scan(engine: Engine, about: Owner | str, rules: Redaction | None, dry_run: bool, progress: Progress | None) -> Scanned:
    """Look through what is stored of an owner, or in a tenant; unless it is a dry run, redact it."""
    redacting = engine.redacting
    if redacting is None or (rules is not None and rules is not redacting.rules):
        redacting = Redacting(engine.store, Redaction() if rules is None else rules)
    return await (_look if dry_run else _redact)(engine, about, redacting, progress)


@audited("redact", lambda draft, done: draft.count(**done.changed))
async def _redact(engine: Engine, about: Owner | str, redacting: Redacting, progress: Progress | None) -> Scanned:
    return await _scan(engine, about, redacting, progress, dry_run=False)


@audited("scan", lambda draft, done: draft.count(messages=done.messages, facts=done.facts, documents=done.documents))
async def _look(engine: Engine, about: Owner | str, redacting: Redacting, progress: Progress | None) -> Scanned:
    return await _scan(engine, about, redacting, progress, dry_run=True)


async def _scan(engine: Engine, about: Owner | str, redacting: Redacting, progress: Progress | None, *, dry_run: bool) -> Scanned:
    store, io = engine.store, engine.runtime.io
    if isinstance(about, Owner) and not dry_run:
        await io(check, engine, about)
    owners = [about] if isinstance(about, Owner) else await io(lambda: list(owners_of(store, about)))
    counts, kept = Counts(), 0
    for number, owner in enumerate(owners):
        if await io(held, engine, owner) is not None:
            kept += 1
            continue
        with suppress(Erased):  # by somebody else, meanwhile or long ago: nothing is there
            async for part in _swept(engine, owner, Sweep(store, owner, redacting, counts, dry_run=dry_run)):
                if progress is not None:
                    progress(PARTS * number + part, PARTS * len(owners))
    if progress is not None:
        progress(PARTS * len(owners), PARTS * len(owners))
    left = await io(_scrubbed, store) if counts.changed and not dry_run else ()
    return _report(counts, len(owners) - kept, kept, left, dry_run=dry_run)


async def _swept(engine: Engine, owner: Owner, sweep: Sweep) -> AsyncIterator[int]:
    """Look through an owner's ledger, and yield how much of it is done, out of PARTS."""
    store, io = engine.store, engine.runtime.io
    at, end = await io(_begin, store, owner, sweep.rules)
    while (through := await io(sweep.page, at)) is not None:
        at = through
        if sweep.last is not None and not sweep.dry_run:
            await io(_mark, store, owner, sweep.rules, sweep.last)
        yield PARTS * min(at, end) // max(end, 1)
    if sweep.renamed:
        await io(follow, store, owner, sweep.renamed)
    if sweep.stale:
        await io(_sweep, store, owner)


def _report(counts: Counts, owners: int, kept: int, left: tuple[str, ...], *, dry_run: bool) -> Scanned:
    looked = counts.looked
    return Scanned(
        dry_run=dry_run,
        owners=owners,
        held=kept,
        messages=looked["messages"],
        facts=looked["facts"],
        documents=looked["documents"],
        sessions=looked["sessions"],
        found=dict(sorted(counts.found.items())),
        changed=dict(sorted(counts.changed.items())),
        binary=looked["binary"],
        unread=counts.unread,
        left=left,
    )


def _begin(store: Store, owner: Owner, by: Redaction) -> tuple[int, int]:
    """Return the position up to which an earlier scan by the same rules came, and about where the ledger ends."""
    latest = store.sessions(owner, limit=1)
    end = latest[0].activity if latest else 0
    for document in store.documents(owner, SCANS, keys=[MARK]):
        mark = unpack(document.body or b"", _decoder)
        if mark.rules == by.fingerprint and any(entry.id == mark.id for entry in store.at(owner, [mark.position])):
            return mark.position, end
    return 0, end


def _mark(store: Store, owner: Owner, by: Redaction, last: Entry) -> None:
    if by.fingerprint is not None:
        store.put(owner, [Document(SCANS, MARK, pack(_Mark(by.fingerprint, last.position, last.id)))])


def _sweep(store: Store, owner: Owner) -> None:
    store.put(owner, [Document(SCANS, SWEEP, pack(None))])
    store.put(owner, [Document(SCANS, SWEEP, None)])


def _scrubbed(store: Store) -> tuple[str, ...]:
    """Have the stores clear what the former bodies left behind, and return what they cannot."""
    return tuple(left for one in layers(store) if isinstance(one, Scrubs) for left in one.scrub())
