"""Entries: appending and reading."""

from collections.abc import Sequence
from typing import Any

from recollect.errors import Busy, Conflict, StoreError
from recollect.model import Entry, Owner
from recollect.store.redis.copies import fields_of, longer, with_copies
from recollect.store.redis.keys import FEW, Keys, Session
from recollect.store.redis.lines import Line
from recollect.store.redis.records import fingerprint, first_of, has_expired, pack_entry, pack_time, unpack_entries
from recollect.store.redis.scripts import SCRIPTS, Call, command

POSITIONS = 1 << 48
"""Positions are below this."""

MOST = 8_000_000
"""A script answers with about so many bytes at most, so that nobody else waits for it for long; what is longer is read in steps."""

ATTEMPTS = 20

SMALL = 200
"""The newest entries, up to so many, are read without a script."""


def append(line: Line, keys: Keys, owner: Owner, session: str, entries: Sequence[Entry], expect: int | None, now: int, *, readable: bool) -> int:
    """See Store.append. ``readable``: with copies for other tools."""
    at = keys.session(owner, session)
    arguments = [at.name, pack_time(now), at.place, b"" if expect is None else b"%d" % expect, b"%d" % len(entries)]
    for entry in entries:
        arguments += (fingerprint(entry.id), pack_entry(entry))
    answer = b"whole" if readable else line.call(Call(SCRIPTS["append"], at.adding, arguments), write=True)
    if answer == b"whole":
        fields = [fields_of(owner, session, entry) for entry in entries] if readable else []
        copies = keys.ledger(owner).copies(session, [entry.id for entry in entries]) if readable else []

        def whole(proof: bytes, removed: list[bytes]) -> Any:
            every = [*arguments, at.owner, at.settings, at.notice, at.alarm, proof, *fields]
            return line.call(Call(SCRIPTS["append whole"], longer(at.whole, removed + copies), every), write=True)

        answer = with_copies(line, keys, owner, session, whole)
    if isinstance(answer, int):
        return answer
    what, position, number = answer
    if what == b"id":
        id = entries[number - 1].id
        raise Conflict(f"session {session!r} has another message with the id {id!r}; give the new one an id of its own", position)
    if what == b"position":
        raise Conflict(f"session {session!r} stands at position {position}, not at {expect}; read what came, and try again", position)
    raise StoreError(f"the ledger is full: it holds {POSITIONS:,} positions")


def entries(
    line: Line, keys: Keys, owner: Owner, session: str, after: int, before: int | None, limit: int | None, newest: bool, opening: int, now: int
) -> list[Entry]:
    """See Store.entries. What is long is read in steps, of a session that must not be emptied meanwhile; else it is read anew."""
    place = keys.session(owner, session)
    if newest and before is None and limit is not None and 0 < limit <= SMALL and (after == 0 or not opening):
        quick = _newest(line, place, session, limit, opening, now) if after == 0 else _tail(line, place, session, after, limit, now)
        if quick is not None:
            return quick
    until = b"" if before is None else b"%d" % min(before, POSITIONS)
    for _ in range(ATTEMPTS):
        found: list[Entry] = []
        at = [b"%d" % after, until, b"%d" % (-1 if limit is None else limit), b"1" if newest else b"0", b"%d" % opening, b""]
        while True:
            answer = _read(line, place, now, at)
            if answer == b"changed":
                break
            packed, edition, *more = answer
            found += unpack_entries(packed, session, edition)
            if not more:
                return found
            position, end, proof = more
            at = [b"%d" % position, b"%d" % end, b"-1", b"0", b"0", proof]
    raise Busy(f"session {session!r} was emptied or rewritten again and again while it was read; try again")


def _newest(line: Line, at: Session, session: str, limit: int, opening: int, now: int) -> list[Entry] | None:
    """Return the newest entries of a session, and its first; None if it was emptied meanwhile, or a server did not answer as it should.

    Without a script, which makes copies of what it reads. The list is read behind the row, so it is never older: a session
    that was over is told so, and one that was removed since has no list. Its first entry tells whether it was emptied.
    """
    newest, lead = command(b"LRANGE", at.entries, b"%d" % -limit, b"-1"), b""
    if opening:
        lead = command(b"LRANGE", at.entries, b"0", b"%d" % (opening - 1))
        newest += at.ask_row
    answers = line.quick(at.entries, at.ask_row + lead + newest, 4 if opening else 2)
    if answers is None:
        return None
    row, edition = answers[0]
    if row is None or has_expired(row, now):
        return []
    if not opening:
        return unpack_entries(b"".join(answers[1]), session, edition)
    again, later = answers[3]
    if again is None or first_of(again) != first_of(row) or later != edition:
        return None
    first, newest_ones = (unpack_entries(b"".join(items), session, edition) for items in answers[1:3])
    return _together(first, newest_ones, limit, opening)


def _together(lead: list[Entry], found: list[Entry], limit: int, opening: int) -> list[Entry] | None:
    """Return a session's first and newest entries; None if it was much shorter when the first were read."""
    if len(found) < limit:
        return found
    if len(lead) < opening and (not lead or lead[-1].position < found[0].position):
        return None
    return [*(entry for entry in lead if entry.position < found[0].position), *found]


def _tail(line: Line, at: Session, session: str, after: int, limit: int, now: int) -> list[Entry] | None:
    """Return the newest entries beyond a position, where there are as few as there mostly are, else None."""
    answers = line.quick(at.entries, at.ask_row + at.ask_few, 2)
    if answers is None:
        return None
    row, edition = answers[0]
    if row is None or has_expired(row, now):
        return []
    found = unpack_entries(b"".join(answers[1]), session, edition)
    if len(found) == FEW < limit and found[0].position > after:
        return None
    return [entry for entry in found if entry.position > after][-limit:]


def _read(line: Line, place: Session, now: int, at: list[bytes]) -> Any:
    return line.call(Call(SCRIPTS["entries"], place.reading, (place.name, pack_time(now), *at, b"%d" % MOST)))
