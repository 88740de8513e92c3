"""The ends of the sessions that are in use, kept decoded: what most reads are for."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import takewhile
from threading import Lock
from typing import NamedTuple, cast

from msgspec import Struct

from recollect.codec import decode_message
from recollect.core.address import Address
from recollect.errors import Invalid
from recollect.model import Entry, Message, Owner, Role
from recollect.store.protocol import Store

LEAD = 4
"""The first messages of a session, among which the system messages are looked for that stay in front of a longer one."""

LARGEST = 4
"""A tail that takes more than this part of the cache's bytes is not kept."""

CACHE_BYTES = 32 << 20
"""What a memory keeps unless told otherwise."""

_OVERHEAD = 800
"""About the bytes that a kept message takes beside its content."""


class Tail(Struct, frozen=True):
    """The system messages that a session opens with, and its newest messages. ``gap``: there are others between the two."""

    lead: list[Message]
    newest: list[Message]
    gap: bool


class _Held(NamedTuple):
    """A message in the cache, and about how many bytes it takes. ``entry``: what a message is made of that a reader could change."""

    role: Role
    content: str
    id: str
    name: str | None
    tool_call_id: str | None
    created: datetime
    tokens: int | None
    position: int | None
    entry: Entry | None
    size: int


class _Kept(Struct, frozen=True, gc=False):
    """A tail in the cache. ``last`` is the position of its newest message, ``size`` about its bytes, ``edition`` that of what was read.

    ``enough`` is how many of the newest messages satisfied the view that began with ``page`` of them.
    """

    owner: Owner
    lead: tuple[_Held, ...]
    newest: tuple[_Held, ...]
    gap: bool
    last: int
    page: int
    enough: int
    size: int
    edition: int


class CacheStats(Struct, frozen=True):
    """What a memory's cache has done since it was opened, and what it holds.

    ``hits`` are reads to which the database told only what was new, ``misses`` those that read the whole end of a session,
    ``evictions`` the sessions that made room for others. ``sessions`` and ``bytes`` (an estimate) are held now.
    """

    hits: int
    misses: int
    evictions: int
    sessions: int
    bytes: int


class Tails:
    """A cache of tails, bounded in bytes, and never stale: each read asks the store for what came after the kept tail.

    That read starts at the last entry that is kept. Positions are never used again, and removing takes a session's
    entries together: while that entry is there, of the same edition, what is kept in front of it is what the store holds.
    """

    def __init__(self, store: Store, most_bytes: int) -> None:
        if type(most_bytes) is not int or most_bytes < 0:
            raise Invalid(f"cache_bytes is {most_bytes!r}; give a whole number from 0 up")
        self._store = store
        self._since: Callable[[Owner, str, int, int], list[Entry]] = getattr(store, "since", self._read_since)
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._kept: OrderedDict[Address, _Kept] = OrderedDict()
        self._used = self._hits = self._misses = self._evictions = 0

    def read(self, at: Address, page: int, size: int = 0) -> Tail:
        """Return the newest messages of a session, or all that there are.

        At first, a reader asks for ``page`` of them, and gets as many as were enough for it the last time. If they are too
        few, it asks for a ``size`` with the same page.
        """
        size = max(page, size)
        kept = self._kept.get(at)
        if kept is not None and kept.owner == at.owner:
            if kept.page == page:
                size = max(size, kept.enough)
            if len(kept.newest) >= size or not kept.gap:
                found = self._since(at.owner, at.session, kept.last, size + 1)
                if found and (found[0].position, found[0].edition) == (kept.last, kept.edition):
                    return self._grow(at, kept, found[1:], page, size)
        return self._load(at, page, size)

    def extend(self, at: Address, texts: Sequence[Message], last: int) -> None:
        """Put messages of plain text behind what is kept, which this memory has just appended with new ids, up to the position ``last``.

        Where their positions follow on the latest that is kept, nothing has happened in the ledger in between: what is written or
        rewritten or removed takes a position, and an erasure leaves a gap. Otherwise the next read finds them.
        """
        kept, first = self._kept.get(at), last - len(texts) + 1
        if kept is not None and kept.owner == at.owner and kept.last == first - 1:
            new = tuple([_held(message, position) for position, message in enumerate(texts, first)])
            self._put(at, kept, new, last, kept.page, kept.enough)

    def forget(self, owner: Owner, session: str | None = None) -> None:
        """Let go of a session's tail, or of all that an owner has, because it was removed. Other processes' caches do so at their next read."""
        with self._lock:
            for at in [Address(owner, session)] if session is not None else [at for at in self._kept if at.owner == owner]:
                self._drop(at)

    def stats(self) -> CacheStats:
        """Return what the cache has done, and what it holds."""
        with self._lock:
            return CacheStats(self._hits, self._misses, self._evictions, len(self._kept), self._used)

    def _read_since(self, owner: Owner, session: str, last: int, limit: int) -> list[Entry]:
        """Return the entry at a position, of which only position and edition count, and those behind it. A sealed store opens no more than these."""
        return self._store.entries(owner, session, after=last - 1, limit=limit, newest=True)

    def _load(self, at: Address, page: int, size: int) -> Tail:
        """Read a tail anew."""
        found = self._store.entries(at.owner, at.session, limit=size, newest=True, opening=LEAD)
        gap = len(found) == size + LEAD
        lead = tuple(map(_read, takewhile(_is_system, found[:LEAD])))
        newest = tuple(map(_read, found[LEAD if gap else len(lead) :]))
        with self._lock:
            self._misses += 1
            self._drop(at)
            if newest:
                total = _size(lead) + _size(newest)
                self._keep(at, _Kept(at.owner, lead, newest, gap, found[-1].position, page, size, total, found[-1].edition))
        return _tail(lead, newest, gap, size)

    def _grow(self, at: Address, kept: _Kept, found: list[Entry], page: int, size: int) -> Tail:
        """Put what was found behind what is kept."""
        if found or (page, size) != (kept.page, kept.enough):
            kept = self._put(at, kept, tuple(map(_read, found)), found[-1].position if found else kept.last, page, size)
        with self._lock:
            self._hits += 1
            if at in self._kept:
                self._kept.move_to_end(at)
        return _tail(kept.lead, kept.newest, kept.gap, size)

    def _put(self, at: Address, kept: _Kept, new: tuple[_Held, ...], last: int, page: int, size: int) -> _Kept:
        newest = kept.newest + new
        beyond = max(len(newest) - max(size, len(kept.newest)), 0)
        total = kept.size + _size(new) - _size(newest[:beyond])
        kept = _Kept(kept.owner, kept.lead, newest[beyond:], kept.gap or beyond > 0, last, page, size, total, kept.edition)
        with self._lock:
            self._drop(at)
            self._keep(at, kept)
        return kept

    def _keep(self, at: Address, kept: _Kept) -> None:
        if kept.size <= self._most_bytes // LARGEST:
            self._kept[at] = kept
            self._used += kept.size
        while self._used > self._most_bytes:
            self._used -= self._kept.popitem(last=False)[1].size
            self._evictions += 1

    def _drop(self, at: Address) -> None:
        kept = self._kept.pop(at, None)
        if kept is not None:
            self._used -= kept.size


def _tail(lead: tuple[_Held, ...], newest: tuple[_Held, ...], gap: bool, size: int) -> Tail:
    return Tail(_made(lead), _made(newest[-size:]), gap or len(newest) > size)


def _made(held: tuple[_Held, ...]) -> list[Message]:
    """Return messages for one reader. Nothing that a reader could change is shared with another."""
    return [
        Message(role, content, id, name, [], tool_call_id, created, tokens, {}, {}, position) if entry is None else decode_message(entry)
        for role, content, id, name, tool_call_id, created, tokens, position, entry, _ in held
    ]


def _read(entry: Entry) -> _Held:
    m = decode_message(entry)
    if isinstance(m.content, str) and not (m.tool_calls or m.metadata or m.extra):
        return _held(m, entry.position)
    return _Held(m.role, "", m.id, None, None, m.created, None, entry.position, entry, _OVERHEAD + len(entry.body))


def _held(m: Message, position: int) -> _Held:
    content = cast("str", m.content)
    return _Held(m.role, content, m.id, m.name, m.tool_call_id, m.created, m.tokens, position, None, _OVERHEAD + len(content))


def _size(held: Iterable[_Held]) -> int:
    return sum([one.size for one in held])


def _is_system(entry: Entry) -> bool:
    return entry.role == "system"
