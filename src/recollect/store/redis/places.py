"""Entries at positions. Redis knows an entry by its session, so that is looked for first."""

from collections.abc import Sequence

from recollect.model import Entry, Owner
from recollect.store.redis.entries import POSITIONS
from recollect.store.redis.keys import Keys, Ledger
from recollect.store.redis.lines import Line
from recollect.store.redis.records import pack_time, unpack_entries
from recollect.store.redis.scripts import SCRIPTS, Call, key_list

STEP = 4
"""Sessions that are looked at together for a position."""

MANY = 200
"""Positions that are asked for together."""


def at(line: Line, keys: Keys, owner: Owner, positions: Sequence[int], now: int) -> list[Entry]:
    """See Store.at."""
    wanted = sorted({position for position in positions if 0 < position < POSITIONS})
    ledger, time = keys.ledger(owner), pack_time(now)
    found: list[Entry] = []
    for start in range(0, len(wanted), MANY):
        part = {position: b"%d" % position for position in wanted[start : start + MANY]}
        here: list[Entry] = []
        while part:
            candidates, part = _candidates(line, ledger, part, time)
            here += _entries(line, ledger, candidates, time)
            for entry in here:
                part.pop(entry.position, None)
        found += sorted(here, key=lambda entry: entry.position)
    return found


def _candidates(line: Line, ledger: Ledger, part: dict[int, bytes], now: bytes) -> tuple[list[tuple[int, str]], dict[int, bytes]]:
    """Return positions with sessions that may have them, and from where on to look for those of which there may be more."""
    pairs = [argument for position, beyond in part.items() for argument in (b"%d" % position, beyond)]
    answer = line.call(Call(SCRIPTS["places"], key_list(ledger.ledger, ledger.sessions), (now, b"%d" % STEP, *pairs)))
    told = list(zip(part, answer[::2], answer[1::2], strict=True))
    found = [(position, name.decode()) for position, names, _ in told for name in names]
    return found, {position: beyond for position, _, beyond in told if beyond}


def _entries(line: Line, ledger: Ledger, candidates: list[tuple[int, str]], now: bytes) -> list[Entry]:
    if not candidates:
        return []
    sessions = {name: number for number, name in enumerate(dict.fromkeys(name for _, name in candidates), 1)}
    pairs = [b"%d" % number for position, name in candidates for number in (position, sessions[name])]
    arguments = (now, b"%d" % len(sessions), *(name.encode() for name in sessions), *pairs)
    items = line.call(Call(SCRIPTS["at"], key_list(ledger.ledger, *(ledger.of(name)[0] for name in sessions)), arguments))
    editions = dict(zip(sessions, items, strict=False))
    found = zip(items[len(sessions) :], candidates, strict=True)
    return [entry for item, (_, name) in found for entry in unpack_entries(item, name, editions[name])]
