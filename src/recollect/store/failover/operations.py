"""The writing operations as the spool keeps them: what was acknowledged, and is to happen to the primary."""

from hashlib import blake2b

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

from recollect.errors import Damaged
from recollect.model import Document, Entry


class Append(Struct, frozen=True, tag="append", gc=False):
    """Store.append. ``behind``: the id of the entry that the caller expected to be the last; "" for none, None if it did not say."""

    session: str
    entries: list[Entry]
    behind: str | None = None


class Rewrite(Struct, frozen=True, tag="rewrite", gc=False):
    """Store.rewrite. Entries are known by their ids: the primary has others of their positions.

    ``seen``: the digests of the bodies that they had, in their order. ``tokens``: by how many the session's count of tokens grew.
    """

    session: str
    entries: list[Entry]
    seen: list[bytes | None]
    tokens: int


class Update(Struct, frozen=True, tag="update", gc=False):
    """Store.update_session. ``seen``: the digest of the settings that the caller expected; None where it expected none."""

    session: str
    settings: bytes
    ttl: int | None
    seen: bytes | None


class Clear(Struct, frozen=True, tag="clear", gc=False):
    """Store.clear_session."""

    session: str


class Delete(Struct, frozen=True, tag="delete", gc=False):
    """Store.delete_session. ``behind``: the id of the entry that the caller expected to be the last; "" for none, None if it did not say.

    ``count``: how many entries there were then.
    """

    session: str
    behind: str | None = None
    count: int = 0


class Seen(Struct, frozen=True, gc=False):
    """What stood under a ``(collection, key)`` that the caller expected something of: the digest of its body; None for nothing."""

    collection: str
    key: str
    digest: bytes | None


class Put(Struct, frozen=True, tag="put", gc=False):
    """Store.put. ``seen``: what was expected of some documents."""

    documents: list[Document]
    seen: list[Seen] = []


class Erase(Struct, frozen=True, tag="erase", gc=False):
    """Store.erase."""


class Expire(Struct, frozen=True, tag="expire", gc=False):
    """Store.expire. It belongs to no owner."""


Operation = Append | Rewrite | Update | Clear | Delete | Put | Erase | Expire

LEAD = 3
"""Positions that an operation may take for what it removes, in front of those of its entries or documents."""

_encoder = Encoder()
_decoder = Decoder(Operation)


def encode(operation: Operation) -> bytes:
    """Return the bytes of an operation."""
    return _encoder.encode(operation)


def decode(work: bytes) -> Operation:
    """Return the operation of these bytes.

    Raises:
        Damaged: they are none.

    """
    try:
        operation: Operation = _decoder.decode(work)
    except ValueError as error:
        raise Damaged(f"an operation in the spool cannot be read ({error}); keep the file, and restore it from a backup") from error
    return operation


def span(operation: Operation) -> int:
    """Return how many positions are set aside for an operation."""
    if isinstance(operation, Append):
        return LEAD + len(operation.entries)
    return LEAD + len(operation.documents) if isinstance(operation, Put) else LEAD


def digest(body: bytes | None) -> bytes | None:
    """Return what tells a body from another one; None for none."""
    return None if body is None else blake2b(body, digest_size=16).digest()
