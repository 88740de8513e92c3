"""The one way between JSON and a body's bytes."""

from typing import Any, TypeVar

from msgspec import DecodeError, ValidationError
from msgspec.json import Decoder, Encoder

from recollect.errors import Damaged, NewerFormat

PLAIN = b" "
"""Version 1: plain JSON in UTF-8. The header byte is white space, so that a database's JSON functions can read the body."""

BYTES = b"\x01"
"""Version 1 of plain bytes: what follows is the value."""

T = TypeVar("T")

_encoder = Encoder()
_sorter = Encoder(order="deterministic")


def pack(value: Any) -> bytes:
    """Return a body for a value that JSON can hold."""
    return PLAIN + _encoder.encode(value)


def pack_sorted(value: Any) -> bytes:
    """Return the body with the keys of all objects in order: equal for equal values."""
    return PLAIN + _sorter.encode(value)


def unpack(body: bytes, decoder: Decoder[T]) -> T:
    """Return the value of a body.

    Raises:
        NewerFormat: the header byte is unknown.
        Damaged: the rest is not what was written.

    """
    if not body:  # None, from a damaged database file
        raise Damaged("the body is empty; restore it from a backup")
    if not body.startswith(PLAIN):
        raise NewerFormat(f"the body has version {body[:1]!r}, which this Recollect cannot read; upgrade it, or check what wrote it")
    try:
        return decoder.decode(body)
    except (DecodeError, ValidationError, UnicodeDecodeError) as error:
        raise Damaged(f"the body cannot be read ({error}); restore it from a backup") from error
