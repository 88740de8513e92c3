"""The ends of the sessions that are in use, kept decoded: what most reads are for."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from itertools import takewhile
from threading import Lock

from msgspec import Struct

from recollect.codec import decode_message
from recollect.core.address import Address
from recollect.model import Entry, Message
from recollect.store.protocol import Store

LEAD = 4
"""The first messages of a session, among which the system messages are looked for that stay in front of a longer one."""

LONGEST = 256
"""Tails of more messages are not kept."""

CACHE_BYTES = 32 << 20
"""What a memory keeps unless told otherwise."""

_OVERHEAD = 400
"""About the bytes that a kept message takes beside its content."""


class Tail(Struct, frozen=True):
    """The system messages that a session opens with, and its newest messages. ``gap``: there are others between the two."""

    lead: list[Message]
    newest: list[Message]
    gap: bool


class _Kept(Struct, frozen=True):
    """A tail in the cache: messages that hold nothing that a caller could change, or the entries to decode them from."""

    lead: tuple[Message | Entry, ...]
    newest: tuple[Message | Entry, ...]
    gap: bool
    cost: int


class Tails:
    """A cache of tails, bounded in bytes, and never stale: each read asks the store for what came after the kept tail.

    That read starts at the last entry that is kept. Positions are never used again, and removing takes a session's
    entries together: while that entry is there, what is kept in front of it is what the store holds.
    """

    def __init__(self, store: Store, most_bytes: int) -> None:
        self._store = store
        self.most_bytes = most_bytes
        self._used = 0
        self._lock = Lock()
        self._kept: OrderedDict[Address, _Kept] = OrderedDict()

    def read(self, at: Address, size: int) -> Tail:
        """Return the newest ``size`` messages of a session, or all that there are."""
        kept = self._kept.get(at)
        if kept is not None and (len(kept.newest) >= size or not kept.gap):
            last = kept.newest[-1].position or 0
            found = self._store.entries(at.owner, at.session, after=last - 1, limit=size + 1, newest=True)
            if found and found[0].position == last:
                return self._grow(at, kept, found[1:], size)
        found = self._store.entries(at.owner, at.session, limit=size, newest=True, opening=LEAD)
        gap = len(found) == size + LEAD
        lead = tuple(map(_keepable, takewhile(_is_system, found[:LEAD])))
        newest = tuple(map(_keepable, found[LEAD if gap else len(lead) :]))
        self._keep(at, _Kept(lead, newest, gap, _cost(lead + newest)))
        return _tail(lead, newest, gap, size)

    def _grow(self, at: Address, kept: _Kept, found: list[Entry], size: int) -> Tail:
        """Put what was found behind what is kept."""
        if not found:
            self._keep(at, kept)
            return _tail(kept.lead, kept.newest, kept.gap, size)
        new = tuple(map(_keepable, found))
        newest = kept.newest + new
        beyond = max(len(newest) - max(size, len(kept.newest)), 0)
        gap, cost = kept.gap or beyond > 0, kept.cost + _cost(new) - _cost(newest[:beyond])
        self._keep(at, _Kept(kept.lead, newest[beyond:], gap, cost))
        return _tail(kept.lead, newest, gap, size)

    def _keep(self, at: Address, kept: _Kept) -> None:
        with self._lock:
            replaced = self._kept.pop(at, None)
            if replaced is not None:
                self._used -= replaced.cost
            if 0 < len(kept.newest) <= LONGEST:
                self._kept[at] = kept
                self._used += kept.cost
            while self._used > self.most_bytes:
                self._used -= self._kept.popitem(last=False)[1].cost


def _tail(lead: tuple[Message | Entry, ...], newest: tuple[Message | Entry, ...], gap: bool, size: int) -> Tail:
    return Tail(_given(lead), _given(newest[-size:]), gap or len(newest) > size)


def _keepable(entry: Entry) -> Message | Entry:
    """Return the entry's message, if it holds nothing that can be changed but what is empty; the entry otherwise."""
    message = decode_message(entry)
    return message if isinstance(message.content, str) and not _holds(message) else entry


def _given(items: Sequence[Message | Entry]) -> list[Message]:
    """Return the messages, with empty fields of their own: whoever is given one may put something in, and nobody else sees it."""
    return [
        decode_message(m)
        if isinstance(m, Entry)
        else Message(m.role, m.content, m.id, m.name, [], m.tool_call_id, m.created, m.tokens, {}, {}, m.position)
        for m in items
    ]


def _holds(message: Message) -> bool:
    return bool(message.tool_calls or message.metadata or message.extra)


def _cost(items: Iterable[Message | Entry]) -> int:
    return sum([_OVERHEAD + len(item.content if isinstance(item, Message) else item.body) for item in items])


def _is_system(entry: Entry) -> bool:
    return entry.role == "system"
