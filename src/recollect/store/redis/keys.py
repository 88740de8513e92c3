"""The names of keys, and what stands for owners, sessions and documents within them.

Every owner belongs to one of SHARDS shards, by a hash of its parts. A shard's keys share a hash tag, so they lie together in
a cluster, and one script can write an owner's ledger together with the shard's lists of owners, sessions and expiries.
"""

from binascii import crc32, crc_hqx
from collections.abc import Iterable
from functools import lru_cache
from itertools import count
from urllib.parse import quote

from msgspec import Struct

from recollect.model import Owner
from recollect.store.protocol import REMOVED, REWRITTEN, SETTINGS
from recollect.store.redis.scripts import KeyList, command, key_list

SHARDS = 64
"""How many hash slots of a cluster are used, at even distances."""

KEPT = 1024
"""Of so many owners and sessions the names of their keys are kept."""

FEW = 4
"""So many of a session's entries are read when those behind a position are asked for: they are mostly one or two turns."""

_SLOTS = 1 << 14
_KINDS = {"session": b"s", "tenant": b"t", "user": b"u"}  # one letter each, in the order of the words
_NAMES = {letter[0]: kind for kind, letter in _KINDS.items()}


def _even_tags() -> list[bytes]:
    """Return for each shard the least number whose hash slot lies in the shard's share of all slots."""
    tags: dict[int, bytes] = {}
    for number in count():
        tag = b"%d" % number
        tags.setdefault(crc_hqx(tag, 0) % _SLOTS * SHARDS // _SLOTS, tag)
        if len(tags) == SHARDS:
            return [tags[shard] for shard in range(SHARDS)]
    raise AssertionError


TAGS = _even_tags()


class Ledger(Struct, frozen=True, gc=False):
    """The keys of an owner's ledger, and what stands for the owner in the lists of its shard.

    ``whole`` begins with what most calls need: ledger, sessions, recent, documents, order, positions; its last is what was derived.
    """

    stem: bytes
    whole: tuple[bytes, ...]
    owner: bytes
    place: bytes
    alarm: bytes

    @property
    def ledger(self) -> bytes:
        """The key of the head and the sessions' rows."""
        return self.whole[0]

    @property
    def sessions(self) -> bytes:
        """The key of the sessions by activity."""
        return self.whole[1]

    @property
    def documents(self) -> bytes:
        """The key of the documents by collection and key."""
        return self.whole[3]

    @property
    def order(self) -> bytes:
        """The key of the documents in order of their keys."""
        return self.whole[4]

    @property
    def positions(self) -> bytes:
        """The key of the documents in order of their positions."""
        return self.whole[5]

    @property
    def derived(self) -> bytes:
        """The key of what was derived of the ledger."""
        return self.whole[9]

    def of(self, session: str) -> tuple[bytes, bytes]:
        """Return the keys of a session's entries and of their ids."""
        name = quote(session, safe="").encode()
        return b"%b:entries:%b" % (self.stem, name), b"%b:ids:%b" % (self.stem, name)

    def copies(self, session: str, ids: Iterable[str]) -> list[bytes]:
        """Return the keys of the readable copies of a session's messages."""
        start = b"%b:message:%b" % (self.stem, quote(session, safe="").encode())
        return [b"%b:%b" % (start, quote(id, safe="").encode()) for id in ids]


class Session(Struct, frozen=True, gc=False):
    """What a session's calls are made of: keys, what stands for it in lists, and two commands, for its row and its last entries."""

    name: bytes
    place: bytes
    alarm: bytes
    settings: bytes
    notice: bytes
    owner: bytes
    entries: bytes
    ask_row: bytes
    ask_few: bytes
    reading: KeyList
    adding: KeyList
    whole: KeyList


class Keys:
    """The names of all keys with one prefix."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix.encode()
        self.format = b"%b:format" % self._prefix
        self.ledger = lru_cache(KEPT)(self._ledger)
        self.session = lru_cache(KEPT)(self._session)

    def _ledger(self, owner: Owner) -> Ledger:
        tenant, name = owner.tenant.encode(), owner.name.encode()
        member = _KINDS[owner.kind] + name
        tag = TAGS[crc32(_sized(tenant) + member) % SHARDS]
        stem = b"%b:{%b}:%b:%b:%b" % (self._prefix, tag, quote(tenant, safe="").encode(), owner.kind.encode(), quote(name, safe="").encode())
        own = [b"%b:%b" % (stem, part) for part in (b"documents", b"order", b"positions")]
        recent, owners = self.recent(tag, owner.tenant), self.owners(tag, owner.tenant)
        whole = (
            b"%b:ledger" % stem,
            b"%b:sessions" % stem,
            recent,
            *own,
            self._of_shard(tag, b"watermark"),
            owners,
            self.expiring(tag),
            b"%b:derived" % stem,
        )
        place = _KINDS[owner.kind] + _sized(name)
        return Ledger(stem, whole, member, place, _sized(tenant) + place)

    def _session(self, owner: Owner, name: str) -> Session:
        ledger, session = self.ledger(owner), name.encode()
        entries, ids = ledger.of(name)
        return Session(
            session,
            ledger.place + session,
            ledger.alarm + session,
            SETTINGS_FIELD + session,
            REMOVED_FIELD + session,
            ledger.owner,
            entries,
            command(b"HMGET", ledger.ledger, b"s" + session, b"e" + session),
            command(b"LRANGE", entries, b"%d" % -FEW, b"-1"),
            key_list(ledger.ledger, entries),
            key_list(*ledger.whole[:3], entries, ids),
            key_list(*ledger.whole, entries, ids),
        )

    def recent(self, tag: bytes, tenant: str) -> bytes:
        """Return the key of a shard's sessions by their latest time."""
        return self._of_shard(tag, b"recent:%b" % quote(tenant, safe="").encode())

    def owners(self, tag: bytes, tenant: str) -> bytes:
        """Return the key of a shard's owners."""
        return self._of_shard(tag, b"owners:%b" % quote(tenant, safe="").encode())

    def expiring(self, tag: bytes) -> bytes:
        """Return the key of a shard's sessions by the time when they expire, or an earlier one."""
        return self._of_shard(tag, b"expiring")

    def _of_shard(self, tag: bytes, part: bytes) -> bytes:
        return b"%b:{%b}::%b" % (self._prefix, tag, part)  # an owner's kind stands between two colons, and is never empty


def _sized(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


def _split(sized: bytes) -> tuple[str, bytes]:
    """Return a text that stands behind its length, and what follows it."""
    end = 2 + int.from_bytes(sized[:2], "big")
    return sized[2:end].decode(), sized[end:]


def owner_of(tenant: str, member: bytes) -> Owner:
    """Return the owner that a member of a shard's owners stands for."""
    return Owner(tenant, _NAMES[member[0]], member[1:].decode())  # type: ignore[arg-type]


def member_of(owner: Owner) -> bytes:
    """Return what stands for an owner among its shard's owners: bytes whose order is that of owners."""
    return _KINDS[owner.kind] + owner.name.encode()


def place_of(tenant: str, place: bytes) -> tuple[Owner, str]:
    """Return the owner and the session that a member of a shard's recent sessions stands for."""
    name, session = _split(place[1:])
    return Owner(tenant, _NAMES[place[0]], name), session.decode()  # type: ignore[arg-type]


def alarm_of(alarm: bytes) -> tuple[Owner, str]:
    """Return the owner and the session that a member of a shard's expiring sessions stands for."""
    tenant, place = _split(alarm)
    return place_of(tenant, place)


def field_of(collection: str, key: str) -> bytes:
    """Return what stands for a document: bytes whose order within a collection is that of the keys' code points."""
    return _sized(collection.encode()) + key.encode()


def document_of(field: bytes) -> tuple[str, str]:
    """Return a document's collection and key."""
    collection, key = _split(field)
    return collection, key.decode()


def field_of_derived(name: str) -> bytes:
    """Return what stands for a derived document; behind it stands the number of a part."""
    return _sized(name.encode())


SETTINGS_FIELD = field_of(SETTINGS, "")
REMOVED_FIELD = field_of(REMOVED, "")
REWRITTEN_FIELD = field_of(REWRITTEN, "")
