"""What goes over owners: each shard keeps lists, and these are merged."""

from collections.abc import Callable, Sequence
from heapq import nlargest
from typing import Any

from recollect.errors import Busy, StoreError
from recollect.model import Owner, SessionState
from recollect.store.redis.copies import copies_of
from recollect.store.redis.keys import SHARDS, TAGS, Keys, alarm_of, member_of, owner_of, place_of
from recollect.store.redis.lines import Line
from recollect.store.redis.scripts import SCRIPTS, Call, Command, key_list
from recollect.store.redis.sessions import delete_session, states

ATTEMPTS = 100


def owners(line: Line, keys: Keys, tenant: str, after: Owner | None, limit: int) -> list[Owner]:
    """See Store.owners. Asks each shard for its share and some more, and again for what is missing."""
    low = b"-" if after is None else b"(" + member_of(after)
    found: list[bytes] = []
    while len(found) < limit:
        size = b"%d" % (2 * (limit - len(found)) // SHARDS + 8)
        shares = _of_each(line, lambda tag: keys.owners(tag, tenant), b"ZRANGEBYLEX", low, b"+", b"LIMIT", b"0", size)
        ends = [share[-1] for share in shares if len(share) == int(size)]
        members = sorted(member for share in shares for member in share)
        if not ends:
            found += members
            break
        found += [member for member in members if member <= min(ends)]
        low = b"(" + min(ends)
    return [owner_of(tenant, member) for member in found[: max(limit, 0)]]


def recent(line: Line, keys: Keys, tenant: str, limit: int, now: int) -> list[tuple[Owner, SessionState]]:
    """See Store.recent. Takes more of each shard until the latest of all are surely among them."""
    size = 2 * limit // SHARDS + 8
    while limit > 0:
        shares = _of_each(line, lambda tag: keys.recent(tag, tenant), b"ZREVRANGE", b"0", b"%d" % (size - 1), b"WITHSCORES")
        scored = [_scored(share) for share in shares]
        places = [place for share in scored for place in share]
        cut = max((share[-1][1] for share in scored if len(share) >= size), default=None)
        sure = [place_of(tenant, place) for place, score in places if cut is None or score > cut]
        found = [(owner, state) for (owner, _), state in zip(sure, states(line, keys, sure, now), strict=True) if state is not None]
        if cut is None or len(found) >= limit:
            return nlargest(limit, found, key=lambda place: place[1].updated)
        size *= 4
    return []


def expire(line: Line, keys: Keys, now: int) -> list[tuple[Owner, str]]:
    """See Store.expire. Each session's removal is one transaction."""
    due = _of_each(line, keys.expiring, b"ZRANGEBYSCORE", b"-inf", b"%d" % now)
    gone: list[tuple[Owner, str]] = []
    for owner, name in [alarm_of(alarm) for share in due for alarm in share]:
        try:
            if delete_session(line, keys, owner, name, now, expired=True)[1]:
                gone.append((owner, name))
        except StoreError as error:
            error.expired = [*gone, (owner, name)] if error.outcome == "unknown" else gone
            raise
    return gone


def erase(line: Line, keys: Keys, owner: Owner) -> bool:
    """See Store.erase. A first script tells the sessions, and with them the keys for the second; who writes between starts it anew."""
    ledger = keys.ledger(owner)
    for _ in range(ATTEMPTS):
        head, names, marked = line.call(Call(SCRIPTS["names"], key_list(ledger.ledger, ledger.sessions), ()))
        if head is None:
            return False
        sessions = [name.decode() for name in names]
        of_sessions = [key for name in sessions for key in ledger.of(name)]
        for name in sessions if marked else ():
            of_sessions += copies_of(line, keys, owner, name)[1]
        arguments = [head, ledger.owner, *(mark + name for name in names for mark in (ledger.place, ledger.alarm))]
        if line.call(Call(SCRIPTS["erase"], key_list(*ledger.whole, *of_sessions), arguments), write=True):
            return True
    raise Busy("the owner was written to again and again while it was to be erased; try again")


def _scored(share: list[Any]) -> list[tuple[bytes, float]]:
    """Return members with their scores, as RESP 3 or RESP 2 tells them."""
    pairs = share if share and isinstance(share[0], list) else zip(share[::2], share[1::2], strict=True)
    return [(member, float(score)) for member, score in pairs]


def _of_each(line: Line, key: Callable[[bytes], bytes], name: bytes, *arguments: bytes) -> Sequence[list[bytes]]:
    """Run a command on a key of each shard."""
    return line.call_all([Command(name, own, arguments) for own in map(key, TAGS)])
