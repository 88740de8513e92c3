"""What is within a sealed record: a byte that tells how, the digest where it must be kept, the size, the compressed body."""

from hashlib import blake2b

from recollect.errors import Damaged, NewerFormat
from recollect.privacy.sealing.compression import MOST, compress, decompress

PLAIN = 0
DICTIONARY_1 = 1
WITH_DIGEST = 0x80
"""The digest stands behind the first byte. Otherwise it is that of the role and the body, as it is for plain text."""

DIGEST = 16

_MORE = 0x80
"""Of a byte of a size: others follow."""

_SIZE_BYTES = 5


def pack(body: bytes) -> bytes:
    """Return the content of a record with this body."""
    packed = compress(body) if len(body) <= MOST else None
    if packed is None or len(packed) + 3 >= len(body):
        return bytes((PLAIN,)) + body
    return bytes((DICTIONARY_1,)) + _size(len(body)) + packed


def pack_entry(role: str, digest: bytes, body: bytes) -> bytes:
    """Return the content of a record with this body and its digest."""
    content = pack(body)
    if digest == text_digest(role, body):
        return content
    return bytes((content[0] | WITH_DIGEST, len(digest))) + digest + content[1:]


def unpack(content: bytes) -> bytes:
    """Return the body.

    Raises:
        Damaged: it cannot be read.
        NewerFormat: it was compressed in a way that this Recollect does not know.

    """
    if content[:1] == bytes((PLAIN,)):
        return content[1:]
    if content[:1] != bytes((DICTIONARY_1,)):
        raise NewerFormat("was compressed in a way that this Recollect does not know; upgrade it")
    size, start = _sized(content)
    if size > MOST:
        raise Damaged("says that it holds more than is ever compressed; restore it from a backup")
    return decompress(content[start:], size)


def unpack_entry(role: str, content: bytes) -> tuple[bytes, bytes]:
    """Return the digest and the body."""
    if not content or not content[0] & WITH_DIGEST:
        body = unpack(content)
        return text_digest(role, body), body
    end = 2 + int.from_bytes(content[1:2], "big")
    return content[2:end], unpack(bytes((content[0] & ~WITH_DIGEST,)) + content[end:])


def text_digest(role: str, body: bytes) -> bytes:
    """Return the digest that a message of plain text has: see codec.messages."""
    return blake2b(role.encode() + body, digest_size=DIGEST).digest()


def _size(size: int) -> bytes:
    """Return a size in groups of seven bits, the lowest first."""
    out = bytearray()
    while size >= _MORE:
        out.append(size % _MORE + _MORE)
        size //= _MORE
    out.append(size)
    return bytes(out)


def _sized(content: bytes) -> tuple[int, int]:
    """Return the size behind the first byte, and where the rest begins."""
    size = 0
    for place, byte in enumerate(content[1 : 1 + _SIZE_BYTES]):
        size += (byte % _MORE) * _MORE**place
        if byte < _MORE:
            return size, place + 2
    raise Damaged("holds no size; restore it from a backup")
