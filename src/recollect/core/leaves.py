"""The texts within a JSON value."""

import re
from collections.abc import Callable
from typing import Any

from recollect.codec.plain import DEPTH

Change = Callable[[str, str], str]
"""Returns what a text is to be; the second argument is the key under which it stands, "" where there is none."""

LEAST = 10**6
"""A smaller number is no value of anybody's, and is not looked at."""

_ENCODED = re.compile(r"data:[^,]{0,200};base64,|[A-Za-z0-9+/_=-]{1024}")
"""How pictures and sounds begin. There is no text in them."""


def changed(value: Any, change: Callable[[str, str], str], key: str = "", depth: int = 0) -> Any:
    """Return a JSON value with its texts changed, keys and large whole numbers among them; what is not JSON is left for others to refuse.

    A number becomes text where its digits are changed. Keys that become equal are told apart by a number behind them.
    """
    if isinstance(value, str):
        return value if _ENCODED.match(value) else change(value, key)
    if isinstance(value, dict) and depth <= DEPTH:
        return _object(value, change, depth)
    if isinstance(value, list) and depth <= DEPTH:
        return [changed(item, change, key, depth + 1) for item in value]
    if type(value) is int and LEAST <= value < 10**40:
        text = str(value)
        new = change(text, key)
        return value if new == text else new
    return value


def _object(value: dict[Any, Any], change: Callable[[str, str], str], depth: int) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for key, item in value.items():
        name = new = change(key, "") if isinstance(key, str) else key
        number = 1
        while new in made and new != key:
            number += 1
            new = f"{name} {number}"
        made[new] = changed(item, change, key if isinstance(key, str) else "", depth + 1)
    return made
