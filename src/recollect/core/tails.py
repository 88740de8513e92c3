"""The ends of the sessions that are in use, kept decoded: what most reads are for."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import partial
from itertools import takewhile
from operator import attrgetter, call
from threading import Lock

from msgspec import Struct

from recollect.codec import decode_message
from recollect.core.address import Address
from recollect.errors import Invalid
from recollect.model import Entry, Message
from recollect.store.protocol import Store

LEAD = 4
"""The first messages of a session, among which the system messages are looked for that stay in front of a longer one."""

LONGEST = 256
"""Tails of more messages are not kept."""

CACHE_BYTES = 32 << 20
"""What a memory keeps unless told otherwise."""

_OVERHEAD = 800
"""About the bytes that a kept message takes beside its content."""

_make = attrgetter("make")


class Tail(Struct, frozen=True):
    """The system messages that a session opens with, and its newest messages. ``gap``: there are others between the two."""

    lead: list[Message]
    newest: list[Message]
    gap: bool


class _Held(Struct, frozen=True, gc=False):
    """A message in the cache: what makes it anew for whoever reads it, and about how many bytes that takes."""

    make: Callable[[], Message]
    size: int


class _Kept(Struct, frozen=True, gc=False):
    """A tail in the cache. ``last`` is the position of its newest message, ``size`` the sum of the messages' sizes."""

    lead: tuple[_Held, ...]
    newest: tuple[_Held, ...]
    gap: bool
    last: int
    size: int


class Tails:
    """A cache of tails, bounded in bytes, and never stale: each read asks the store for what came after the kept tail.

    That read starts at the last entry that is kept. Positions are never used again, and removing takes a session's
    entries together: while that entry is there, what is kept in front of it is what the store holds.
    """

    def __init__(self, store: Store, most_bytes: int) -> None:
        if type(most_bytes) is not int or most_bytes < 0:
            raise Invalid(f"cache_bytes is {most_bytes!r}; give a whole number from 0 up")
        self._store = store
        self._most_bytes = most_bytes
        self._used = 0
        self._lock = Lock()
        self._kept: OrderedDict[Address, _Kept] = OrderedDict()

    def read(self, at: Address, size: int) -> Tail:
        """Return the newest ``size`` messages of a session, or all that there are."""
        kept = self._kept.get(at)
        if kept is not None and (len(kept.newest) >= size or not kept.gap):
            found = self._store.entries(at.owner, at.session, after=kept.last - 1, limit=size + 1, newest=True)
            if found and found[0].position == kept.last:
                return self._grow(at, kept, found[1:], size)
        found = self._store.entries(at.owner, at.session, limit=size, newest=True, opening=LEAD)
        gap = len(found) == size + LEAD
        lead = tuple(map(_held, takewhile(_is_system, found[:LEAD])))
        newest = tuple(map(_held, found[LEAD if gap else len(lead) :]))
        if newest:
            self._keep(at, _Kept(lead, newest, gap, found[-1].position, _size(lead) + _size(newest)))
        return _tail(lead, newest, gap, size)

    def _grow(self, at: Address, kept: _Kept, found: list[Entry], size: int) -> Tail:
        """Put what was found behind what is kept."""
        if found:
            new = tuple(map(_held, found))
            newest = kept.newest + new
            beyond = max(len(newest) - max(size, len(kept.newest)), 0)
            total = kept.size + _size(new) - _size(newest[:beyond])
            kept = _Kept(kept.lead, newest[beyond:], kept.gap or beyond > 0, found[-1].position, total)
        self._keep(at, kept)
        return _tail(kept.lead, kept.newest, kept.gap, size)

    def _keep(self, at: Address, kept: _Kept) -> None:
        with self._lock:
            replaced = self._kept.pop(at, None)
            if replaced is not None:
                self._used -= replaced.size
            if len(kept.newest) <= LONGEST:
                self._kept[at] = kept
                self._used += kept.size
            while self._used > self._most_bytes:
                self._used -= self._kept.popitem(last=False)[1].size


def _tail(lead: tuple[_Held, ...], newest: tuple[_Held, ...], gap: bool, size: int) -> Tail:
    made = list(map(call, map(_make, newest[-size:])))
    return Tail(list(map(call, map(_make, lead))), made, gap or len(newest) > size)


def _held(entry: Entry) -> _Held:
    """Return what makes the entry's message. Nothing that a reader could change is shared: empty fields are made each time."""
    m = decode_message(entry)
    plain = isinstance(m.content, str) and not (m.tool_calls or m.metadata or m.extra)
    make = (
        partial(Message, m.role, m.content, m.id, m.name, tool_call_id=m.tool_call_id, created=m.created, tokens=m.tokens, position=m.position)
        if plain
        else partial(decode_message, entry)
    )
    return _Held(make, _OVERHEAD + len(entry.body))


def _size(held: Iterable[_Held]) -> int:
    return sum([one.size for one in held])


def _is_system(entry: Entry) -> bool:
    return entry.role == "system"
