"""JSON values as documents' bodies, and back."""

from typing import Any

from msgspec.json import Decoder

from recollect.codec.body import BYTES, pack, unpack
from recollect.codec.plain import plain
from recollect.errors import StoreError

_decoder: Decoder[Any] = Decoder()


def encode_value(value: Any, where: str) -> bytes:
    """Return the body of a JSON value. ``where`` is how an error calls it.

    Raises:
        Invalid: JSON cannot hold the value exactly.

    """
    return pack(plain(value, where))


def decode_value(body: bytes, where: str) -> Any:
    """Return the JSON value of a body.

    Raises:
        NewerFormat, Damaged: the body cannot be read.

    """
    try:
        return unpack(body, _decoder)
    except StoreError as error:
        raise type(error)(f"{where}: {error}") from error


def encode_bytes(value: bytes) -> bytes:
    """Return the body of plain bytes."""
    return BYTES + value


def decode_bytes(body: bytes) -> bytes | None:
    """Return the bytes of a body; None where it holds a JSON value."""
    return body[1:] if body[:1] == BYTES else None
