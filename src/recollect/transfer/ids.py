"""Ids for what has none in its source: the same for the same content at the same place, in every run."""

import json
from hashlib import blake2b
from typing import Any

from msgspec.json import Encoder

from recollect.errors import Invalid

_encoder = Encoder(order="deterministic")


def derived_id(*parts: Any) -> str:
    """Return a UUID version 8 (RFC 9562) as text, made of the parts: JSON values, of which none runs into another.

    Raises:
        Invalid: a part is nested too deep.

    """
    digest = blake2b(_bytes(parts), digest_size=16).digest()
    bits = int.from_bytes(digest, "big") & ~(0xF << 76 | 3 << 62) | 8 << 76 | 2 << 62
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _bytes(parts: tuple[Any, ...]) -> bytes:
    try:
        try:
            return _encoder.encode(parts)
        except UnicodeEncodeError:  # a lone surrogate: to be refused by name when the message is encoded, not here
            return json.dumps(parts, sort_keys=True).encode()
    except RecursionError as error:
        raise Invalid("it is nested too deep; flatten it") from error
