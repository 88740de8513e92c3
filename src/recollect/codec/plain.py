"""What can be kept: JSON, exactly."""

from math import isfinite
from typing import Any

from recollect.errors import Invalid

DEPTH = 200
"""Values nested deeper than this are refused."""

INT_BITS = 14_000
"""Whole numbers of more bits are refused: Python does not read numbers of more than 4,300 digits."""

PLACE = 120
"""Characters of a place that an error shows, at the most."""

NAME_BYTES = 512
"""The longest tenant, user, session, id, collection or key, in bytes of UTF-8: what every database can index."""


def plain(value: Any, where: str, depth: int = 0) -> Any:
    """Return a copy of a JSON value, in which str subclasses are plain text.

    Raises:
        Invalid: JSON cannot hold the value exactly. The error names the place, such as ``message 3: metadata.size``.

    """
    kind = type(value)
    if kind is str:
        return _text(value, where)
    if value is None or kind is bool:
        return value
    if kind is int or kind is float:
        return _number(value, where)
    if depth > DEPTH and kind in (dict, list):
        raise _refusal(where, f"is nested more than {DEPTH} deep, or contains itself; flatten it")
    if kind is dict:
        return {_key(key, where): plain(item, f"{where}.{key}", depth + 1) for key, item in value.items()}
    if kind is list:
        return [plain(item, f"{where}[{number}]", depth + 1) for number, item in enumerate(value)]
    if isinstance(value, str):
        return _text(str.__str__(value), where)
    raise _refusal(where, f"is a {kind.__name__}, which JSON cannot hold exactly; convert it to text, a number, a list or a dict first")


def check_name(value: object, what: str, *, empty: bool = False) -> str:
    """Return a name (a tenant, user, session, id, collection or key) as plain text.

    Raises:
        Invalid: it is not text, is empty where that is not allowed, has a lone surrogate, or is above NAME_BYTES.

    """
    if type(value) is str and 0 < len(value) <= NAME_BYTES and value.isascii():
        return value
    if not isinstance(value, str):
        raise Invalid(f"{what} is a {type(value).__name__}; give text")
    if not value and not empty:
        raise Invalid(f"{what} is empty; give it at least one character")
    if len(value) > NAME_BYTES or len(_text(value, what).encode()) > NAME_BYTES:
        raise Invalid(f"{what} takes more than {NAME_BYTES} bytes; shorten it, or use a hash of it")
    return str.__str__(value)


def _number(value: float, where: str) -> float:
    if isinstance(value, int):
        if value.bit_length() > INT_BITS:
            raise _refusal(where, f"is a number of more than {INT_BITS} bits; store it as text instead")
    elif not isfinite(value):
        raise _refusal(where, f"is {value}, which JSON cannot hold; store None or text instead")
    return value


def _text(value: str, where: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise _refusal(where, f"has a lone surrogate at character {error.start}, which UTF-8 cannot hold; replace it") from error
    return value


def _key(key: Any, where: str) -> str:
    if not isinstance(key, str):
        raise _refusal(where, f"has a key that is a {type(key).__name__}; JSON keys are text")
    return _text(str.__str__(key), f"{where}: a key")


def _refusal(where: str, why: str) -> Invalid:
    """Return the error for a place. A place may be made of an application's own keys: it is shown short, and printable."""
    place = where if len(where) <= PLACE else f"{where[:PLACE]}…"
    return Invalid(f"{''.join(c if c.isprintable() else ascii(c)[1:-1] for c in place)} {why}")
