"""What stands in the place of a value."""

from collections.abc import Callable
from hashlib import sha256
from hmac import new as hmac
from typing import Literal, get_args

from recollect.privacy.redaction.kinds import Found

Style = Literal["label", "mask", "hash", "remove"]
STYLES: frozenset[str] = frozenset(get_args(Style))

Number = Callable[[str, str], int]
"""Given a kind and a canonical value, the number in its label: the same for the same value, from 1."""

MASK = "•" * 8
"""It hides how long the value was, too."""
_LEFT = {"CARD": 4, "IBAN": 4, "PHONE": 2}
"""How many of the last characters a mask leaves."""
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
"""Hashes are written in letters, so that no digits of theirs look like a number, and no number can pass for one of them."""
_HASH_LENGTH = 16


class Numbering:
    """Numbers for labels, kept in this object alone: from 1, by kind, in the order in which values are met."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, int]] = {}

    def __call__(self, kind: str, value: str) -> int:
        """Return the number of a value."""
        numbers = self._numbers.setdefault(kind, {})
        return numbers.setdefault(value, len(numbers) + 1)


def replacement(style: Style, found: Found, number: Number, key: bytes) -> str:
    """Return what stands in the place of a value. ``key`` is what hashes are keyed with."""
    if style == "label":
        return f"<{found.kind}_{number(found.kind, found.value)}>"
    if style == "mask":
        left = _LEFT.get(found.kind, 0)
        return MASK + (found.value[-left:] if left else "")
    return "" if style == "remove" else f"<{found.kind}:{_hashed(key, found)}>"


def _hashed(key: bytes, found: Found) -> str:
    """Return 64 bits of HMAC-SHA256 over the kind and the value, as letters from a to p."""
    kind = found.kind.encode()
    mac = hmac(key, len(kind).to_bytes(2, "big") + kind + found.value.encode("utf-8", "surrogatepass"), sha256)
    return mac.hexdigest()[:_HASH_LENGTH].translate(_LETTERS)
