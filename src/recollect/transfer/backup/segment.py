"""What one segment of a backup holds: pieces of ledgers, as their store had them."""

import gzip
import zlib
from collections.abc import Iterable
from hashlib import sha256

from msgspec import DecodeError, Struct, ValidationError
from msgspec.msgpack import Decoder, Encoder

from recollect.errors import Damaged
from recollect.model import Document, Entry, SessionState

LEVEL = 6
"""How hard is compressed. Sealed bodies are as short as they get."""

OVER = 0
"""``KeptDocument.expires`` of a session whose time was over when it was read."""


class KeptEntry(Struct, frozen=True, array_like=True, tag="e", gc=False):
    """An entry: see Entry."""

    position: int
    session: str
    id: str
    role: str
    created: int
    tokens: int | None
    digest: bytes
    body: bytes


class KeptDocument(Struct, frozen=True, array_like=True, tag="d", gc=False):
    """A document or a notice: see Document. A session's settings have its time to live, and when its time is over (see SessionState)."""

    position: int
    collection: str
    key: str
    body: bytes | None
    ttl: int | None = None
    expires: int | None = None


Kept = KeptEntry | KeptDocument


class Part(Struct, frozen=True, array_like=True):
    """A piece of an owner's ledger.

    Args:
        kind, name: whose; see Owner.
        anew: what was known of the owner before is no longer the case.
        items: what came, in order of position.
        again: entries, of before, as they are since they were rewritten.

    """

    kind: str
    name: str
    anew: bool
    items: list[Kept]
    again: list[KeptEntry] = []


_encoder = Encoder()
_decoder = Decoder(list[Part])


def kept_entry(entry: Entry) -> KeptEntry:
    """Return an entry as a segment holds it."""
    return KeptEntry(entry.position, entry.session, entry.id, entry.role, entry.created, entry.tokens, entry.digest, entry.body)


def kept_document(document: Document) -> KeptDocument:
    """Return a document as a segment holds it."""
    return KeptDocument(document.position, document.collection, document.key, document.body)


def kept_settings(document: Document, state: SessionState | None) -> KeptDocument:
    """Return a session's settings as a segment holds them."""
    ttl, expires = (None, OVER) if state is None else (state.ttl, state.expires)
    return KeptDocument(document.position, document.collection, document.key, document.body, ttl, expires)


def encode(parts: Iterable[Part]) -> bytes:
    """Return the bytes of a segment: gzip of MessagePack, the same for the same parts."""
    return gzip.compress(_encoder.encode(list(parts)), LEVEL, mtime=0)


def decode(data: bytes, name: str) -> list[Part]:
    """Return the parts of a segment.

    Raises:
        Damaged: the bytes are none.

    """
    try:
        return _decoder.decode(gzip.decompress(data))
    except (OSError, EOFError, zlib.error, DecodeError, ValidationError) as error:
        raise Damaged(f"{name} cannot be read ({error}); nothing was restored. Take another copy of the backup") from error


def checksum(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal digits."""
    return sha256(data).hexdigest()
