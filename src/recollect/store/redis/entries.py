"""Entries: appending and reading."""

from collections.abc import Sequence
from typing import Any

from recollect.errors import Busy, Conflict, StoreError
from recollect.model import Entry, Owner
from recollect.store.redis.keys import Keys, Ledger
from recollect.store.redis.lines import Line
from recollect.store.redis.records import fingerprint, pack_entry, pack_time, unpack_entries
from recollect.store.redis.scripts import SCRIPTS, Call
from recollect.store.redis.sessions import session_fields

POSITIONS = 1 << 48
"""Positions are below this."""

MOST = 8_000_000
"""A script answers with about so many bytes at most, so that nobody else waits for it for long; what is longer is read in steps."""

ATTEMPTS = 20


def append(line: Line, keys: Keys, owner: Owner, session: str, entries: Sequence[Entry], expect: int | None, now: int) -> int:
    """See Store.append."""
    ledger, name = keys.ledger(owner), session.encode()
    of_session = ledger.of(session)
    arguments = [name, pack_time(now), ledger.place + name, b"" if expect is None else b"%d" % expect, b"%d" % len(entries)]
    for entry in entries:
        arguments.append(fingerprint(entry.id))
        arguments.append(pack_entry(entry))
    answer = line.call(Call(SCRIPTS["append"], (*ledger.whole[:3], *of_session), arguments), write=True)
    if answer == b"whole":
        arguments += [ledger.owner, *session_fields(name), ledger.alarm + name]
        answer = line.call(Call(SCRIPTS["append"], (*ledger.whole, *of_session), arguments), write=True)
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
    ledger = keys.ledger(owner)
    until = b"" if before is None else b"%d" % min(before, POSITIONS)
    for _ in range(ATTEMPTS):
        found: list[Entry] = []
        at = [b"%d" % after, until, b"%d" % (-1 if limit is None else limit), b"1" if newest else b"0", b"%d" % opening, b""]
        while True:
            answer = _read(line, ledger, session, now, at)
            if answer == b"changed":
                break
            if isinstance(answer, bytes):
                return found + unpack_entries(answer, session) if found else unpack_entries(answer, session)
            packed, position, end, first = answer
            found += unpack_entries(packed, session)
            at = [b"%d" % position, b"%d" % end, b"-1", b"0", b"0", b"%d" % first]
    raise Busy(f"session {session!r} was emptied again and again while it was read; try again")


def _read(line: Line, ledger: Ledger, session: str, now: int, at: list[bytes]) -> Any:
    arguments = [session.encode(), pack_time(now), *at, b"%d" % MOST]
    return line.call(Call(SCRIPTS["entries"], (ledger.whole[0], ledger.of(session)[0]), arguments))
