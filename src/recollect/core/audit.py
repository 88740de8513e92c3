"""Reading the audit, verifying it, and cutting off what is old."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from recollect.codec import decode_message
from recollect.codec.messages import to_micros
from recollect.codec.plain import check_name
from recollect.core.auditing import audited
from recollect.core.engine import Engine
from recollect.core.secret import tenant_of
from recollect.core.stating import check_moment
from recollect.core.trail import Names, Trail
from recollect.errors import Invalid
from recollect.model import Entry, Message, Owner
from recollect.privacy.audit.actions import ACTIONS
from recollect.privacy.audit.anchors import read as read_anchors
from recollect.privacy.audit.cutting import cut_chains
from recollect.privacy.audit.place import chains, entries, ledger
from recollect.privacy.audit.record import Record, Run, read
from recollect.privacy.audit.verification import Verified, verify
from recollect.runtime import Progress
from recollect.store.pages import all_sessions
from recollect.store.protocol import Store, system_clock


class Wanted(NamedTuple):
    """Which records are asked for: of whom, by whom, of what action, from when on and until when (aware)."""

    owner: Owner | None = None
    session: str | None = None
    actor: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@audited("audit", lambda draft, found: draft.count(records=len(found)))
async def records(engine: Engine, whom: Owner, wanted: Wanted) -> list[Record]:  # noqa: ARG001  # whom it is noted of
    """Return the records that are asked for, by their time, those of one chain in their order. Records whose MAC is wrong are left out."""
    return await engine.runtime.io(_records, engine, trail_of(engine), wanted)


@audited("verify")
async def verified(engine: Engine, tenant: str, anchors: str | os.PathLike[str] | None, progress: Progress | None = None) -> Verified:
    """Verify the audit of a tenant, also against the anchors in a file."""
    trail = trail_of(engine)
    lines = None if anchors is None else read_anchors(anchors)
    return await engine.runtime.io(verify, engine.store, ledger(tenant), trail.audit.keys, system_clock(), lines, progress)


@audited("cut", lambda draft, gone: draft.count(records=gone))
async def cut(engine: Engine, tenant: str, before: datetime, *, dry_run: bool = False) -> int:
    """Remove the chains whose latest record is older than a time, and note so in the registry. Returns how many records these have.

    The chain that this process writes stays. So does one that is not sound, since it is evidence.
    """
    moment = to_micros(check_moment(before, "before"), "before")
    trail = trail_of(engine)
    return await engine.runtime.io(cut_chains, engine.store, ledger(tenant), trail.log, moment, dry_run=dry_run)


@audited("messages", lambda draft, found: draft.gave(found))
async def messages(engine: Engine, owner: Owner, record: Record) -> list[tuple[str, Message]]:
    """Return the messages that a record names, each with its session: those that are still there."""
    names = trail_of(engine).names
    if not isinstance(record, Record):
        raise Invalid(f"the record is a {type(record).__name__}; give one of this user's own audit")
    if record.subject != names.subject(owner):
        raise Invalid("the record is about another user; give one of this user's own audit")
    return await engine.runtime.io(_messages, engine.store, owner, names, record.messages)


def trail_of(engine: Engine) -> Trail:
    """Return the audit of a memory, also while one of its own use cases is being noted.

    Raises:
        Invalid: the memory was opened without.

    """
    trail = engine.audit or (engine.draft and engine.draft.trail)
    if not trail:
        raise Invalid("the memory was opened without its audit; give audit=Audit(key=…), with the key that the records were written with")
    return trail


def _records(engine: Engine, trail: Trail, wanted: Wanted) -> list[Record]:
    trail.log.flush()
    marks = _marks(trail.names, wanted)
    found = [record for record in _every(engine.store, trail) if _admits(record, marks)]
    return sorted(found, key=lambda record: record.at)


def _every(store: Store, trail: Trail) -> Iterator[Record]:
    owner = tenant_of(trail.tenant)
    for chain, _ in chains(store, owner):
        for page in entries(store, owner, chain):
            for entry in page:
                written = read(entry.body, trail.log.keys)
                if written is not None and written.key is not None and written.record.chain == chain:
                    yield written.record


class _Marks(NamedTuple):
    """What a record is to say."""

    subject: str | None
    session: str | None
    actor: str | None
    action: str | None
    since: int | None
    until: int | None


def _marks(names: Names, wanted: Wanted) -> _Marks:
    for name, given in (("the actor", wanted.actor), ("the action", wanted.action)):
        if given is not None:
            check_name(given, name, empty=True)
    if wanted.action is not None and wanted.action not in ACTIONS and not wanted.action.startswith("audit."):
        raise Invalid(f"there is no action {wanted.action!r}; give one of {', '.join(ACTIONS)}")
    owner = wanted.owner
    return _Marks(
        None if owner is None else names.subject(owner),
        None if owner is None or wanted.session is None else names.session(owner, check_name(wanted.session, "the session")),
        wanted.actor,
        wanted.action,
        None if wanted.since is None else to_micros(check_moment(wanted.since, "since"), "since"),
        None if wanted.until is None else to_micros(check_moment(wanted.until, "until"), "until"),
    )


def _admits(record: Record, marks: _Marks) -> bool:
    return (
        marks.subject in (None, record.subject)
        and marks.session in (None, record.session)
        and marks.actor in (None, record.actor)
        and marks.action in (None, record.action)
        and (marks.since is None or record.at >= marks.since)
        and (marks.until is None or record.at < marks.until)
    )


def _messages(store: Store, owner: Owner, names: Names, runs: Sequence[Run]) -> list[tuple[str, Message]]:
    """Find messages by position, and where other ones stand there, as in a copy, by their tags."""
    found: list[tuple[str, Message]] = []
    lost: list[Run] = []
    for run in runs:
        between = _between(store, owner, names, run)
        found += [(entry.session, decode_message(entry)) for entry in between]
        if not between:
            lost.append(run)
    if lost:
        found += _searched(store, owner, names, lost)
    return found


def _between(store: Store, owner: Owner, names: Names, run: Run) -> list[Entry]:
    ends = {entry.position: entry for entry in store.at(owner, [run.first, run.last])}
    first, last = ends.get(run.first), ends.get(run.last)
    if first is None or last is None or first.session != last.session:
        return []
    if (names.message(owner, first.session, first.id), names.message(owner, last.session, last.id)) != (run.starts, run.ends):
        return []
    return store.entries(owner, first.session, after=run.first - 1, before=run.last + 1)


def _searched(store: Store, owner: Owner, names: Names, runs: Sequence[Run]) -> list[tuple[str, Message]]:
    """Look for messages by their tags, through all sessions of an owner."""
    found: list[tuple[str, Message]] = []
    for session in [state.name for state in all_sessions(store, owner)]:
        every = store.entries(owner, session)
        places = {names.message(owner, session, entry.id): place for place, entry in enumerate(every)}
        for run in runs:
            if run.starts in places:
                start = places[run.starts]
                end = places.get(run.ends, start + run.count - 1)
                found += [(session, decode_message(entry)) for entry in every[start : end + 1]]
    return found
