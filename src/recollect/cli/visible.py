"""Text that a terminal cannot obey: what would move its cursor, change its colours or hide text is shown as an escape."""

import re
from typing import Any
from unicodedata import category

from msgspec.json import Encoder

_JOINERS = frozenset("\u200c\u200d\u200e\u200f\u061c\u00ad")
"""Joiners, direction marks and soft hyphens: words and emoji need them, and they reorder nothing beyond their place."""

_JOINED = re.compile("(?<=[^\x00-\xff])([\u200c\u200d])(?=[^\x00-\xff])")
"""A joiner within a word or an emoji that needs it: it stays also in a name, where one between Latin letters would hide a twin."""

_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Unicode's categories of what is obeyed rather than drawn: controls, formats, surrogates, line and paragraph separators."""

_encoder = Encoder()


def line(text: str) -> str:
    """Return a text as one line: an id, a name, a title, an error. Line ends and tabs are escaped too."""
    if text.isprintable():
        return text
    return "".join(part if number % 2 else "".join(map(_escape, part)) for number, part in enumerate(_JOINED.split(text)))


def lines(text: str) -> list[str]:
    """Return a text as its lines, as they may be shown: tabs are spaces, and what words are joined with stays."""
    if text.isprintable():
        return [text]
    return [
        "".join(char if char in _JOINERS else _escape(char) for char in part.replace("\t", "    ")) for part in text.replace("\r\n", "\n").split("\n")
    ]


def json_line(value: Any) -> str:
    """Return a value as one line of JSON, in which everything that a terminal might obey is escaped."""
    text = _encoder.encode(value).decode()
    return text if text.isprintable() else re.sub(r"[^\x20-\x7e]", _escape_json, text)


def _escape(char: str) -> str:
    if char.isprintable() or category(char) not in _UNSEEN:
        return char
    short = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(char)
    if short is not None:
        return short
    point = ord(char)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"  # noqa: PLR2004  # the widths of the escapes


def _escape_json(found: re.Match[str]) -> str:
    char = found[0]
    if char.isprintable():
        return char
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
