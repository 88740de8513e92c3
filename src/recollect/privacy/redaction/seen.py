"""A text as a person sees it: digits are digits in any script, what is not drawn is gone, escapes of JSON, URLs and HTML are read."""

import re
import sys
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache

from msgspec import Struct

BARRIER = "\x00"
"""Stands in the place of what was found already; no text as it is seen holds it."""

_ODD = re.compile(r"[^\t\n\r -~]|[%\\&]")
"""Without any of these, a text is what it looks like."""

_NAMED = {
    "commat": "@",
    "period": ".",
    "plus": "+",
    "lowbar": "_",
    "colon": ":",
    "sol": "/",
    "num": "#",
    "quot": '"',
    "apos": "'",
    **dict.fromkeys(("hyphen", "dash"), "-"),
    **dict.fromkeys(("nbsp", "ensp", "emsp", "thinsp"), " "),
    **dict.fromkeys(("shy", "zwj", "zwnj", "ZeroWidthSpace", "NoBreak"), "\u200b"),
}
"""Characters by their names in HTML, as far as they may hide a value."""
_ESCAPES = (
    r"(?:%(?:25)*+[0-9A-Fa-f]{2})++"
    r"|\\{1,8}+(?:u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]{1,6}\}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|[nrt\"'/])"
    rf"|&(?:amp;){{0,4}}+(?:#(?:[xX]0{{0,16}}[0-9A-Fa-f]{{1,6}}|0{{0,16}}[0-9]{{1,7}})(?:;|(?=&\#))|(?:{'|'.join(_NAMED)});)"
)
_MARKS = "\u0300-\u036f\u20d0-\u20f0"
"""Drawn over or under the character in front of them."""
_HIDDEN = (
    "\u0305\u0332-\u0338\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u20d0-\u20f0\ufffc"
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff\x00"
)
_GAPS = re.compile(f"[!-~][{_MARKS}]++|{_ESCAPES}|[{_HIDDEN}]++")
_IS_MARKED = re.compile(f"[!-~][{_MARKS}]")
_IS_HIDDEN = re.compile(f"[{_HIDDEN}]")
_IS_GAP = re.compile(f"[{_HIDDEN}{_MARKS}]")
_HEX = re.compile("%(?:25)*+([0-9A-Fa-f]{2})")
_LINES = {"n": "\n", "r": "\n", "t": "\t"}
_DASHES = "\u00ad\u05be\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
_SPACES = "\x0b\x0c\x85\xa0\u1680\u2028\u2029\u202f\u205f\u2800\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_DOTS = "\u2024\u30fb\uff0e\uff65"
_PLANE = 0xFFFF
_FAR = (
    "\U000104a0-\U000104a9\U00010d30-\U00010d49\U00011000-\U00011fff\U00016a60-\U00016b59"
    "\U0001d400-\U0001d7ff\U0001e140-\U0001e959\U0001f100-\U0001f16f\U0001fbf0-\U0001fbf9"
)
"""Where digits and forms of Latin letters stand beyond the first plane. What else is in there costs time alone."""
_LAST = 0x1FC00
"""Above it there are no digits and no forms of Latin letters."""


class Seen(Struct, frozen=True, gc=False):
    """A text as it is seen, and where each piece of it comes from.

    Args:
        text: what is seen.
        begins: the places in ``text`` at which pieces begin; empty if every character stands where it stood.
        origins: where each piece stood. A piece of width 0 was taken over as it was.
        widths: of a piece that is one character: how many it was written with.

    """

    text: str
    begins: Sequence[int] = ()
    origins: Sequence[int] = ()
    widths: Sequence[int] = ()

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return where a span of the text that is seen stood in the original, with what is not drawn behind it."""
        if not self.begins:
            return start, end
        return self._first(start), self._first(end) if end < len(self.text) else self._behind(end - 1)

    def _first(self, place: int) -> int:
        piece = bisect_right(self.begins, place) - 1
        return self.origins[piece] + (0 if self.widths[piece] else place - self.begins[piece])

    def _behind(self, place: int) -> int:
        piece = bisect_right(self.begins, place) - 1
        return self.origins[piece] + (self.widths[piece] or place - self.begins[piece] + 1)


def seen(text: str) -> Seen:
    """Return a text as it is seen, in time linear in its length."""
    if _ODD.search(text) is None:
        return Seen(text)
    escaped = "%" in text or "\\" in text or "&" in text
    if not (escaped or _IS_GAP.search(text)) or _GAPS.search(text) is None:
        return Seen(_folded(text))
    parts: list[str] = []
    begins, origins, widths = array("Q"), array("Q"), array("Q")  # numbers alone: millions of them are nothing to the garbage collector
    length = done = 0

    def take(part: str, origin: int, width: int) -> None:
        nonlocal length
        parts.append(part)
        begins.append(length)
        origins.append(origin)
        widths.append(width)
        length += len(part)

    for gap in _GAPS.finditer(text):
        start = gap.start()
        if start > done:
            take(text[done:start], done, 0)
        for character, place, width in _read(gap[0]):
            take(character, start + place, width)
        done = gap.end()
    if done < len(text) or not parts:
        take(text[done:], done, 0)
    return Seen(_folded("".join(parts)), begins, origins, widths)


def _read(gap: str) -> Iterator[tuple[str, int, int]]:
    """Yield the characters that an escape stands for, or what is drawn over, each with its place and its width; nothing for what is not drawn."""
    if _IS_MARKED.match(gap):
        yield unicodedata.normalize("NFC", gap)[0] if gap[0].isalpha() else gap[0], 0, len(gap)
        return
    if gap[0] == "%":
        yield from _percent(gap)
        return
    if gap[0] == "\\":
        code = gap.lstrip("\\")
        character = _coded(code[1:].strip("{}"), 16) if code[0] in "uUx" else _LINES.get(code, code)
    elif gap[0] == "&":
        code = gap[1:].replace("amp;", "").rstrip(";")
        character = _NAMED[code] if code[0] != "#" else _coded(code[2:], 16) if code[1] in "xX" else _coded(code[1:], 10)
    else:
        return
    if not _IS_HIDDEN.match(character):
        yield character, 0, len(gap)


def _coded(digits: str, base: int) -> str:
    number = int(digits, base)
    return chr(number) if number <= sys.maxunicode else " "


def _percent(gap: str) -> Iterator[tuple[str, int, int]]:
    """Read percent-encoded UTF-8; what is not UTF-8 stays as it is written."""
    octets, starts = bytearray(), array("Q")
    for one in _HEX.finditer(gap):
        octets.append(int(one[1], 16))
        starts.append(one.start())
    starts.append(len(gap))
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        yield from ((character, place, 1) for place, character in enumerate(gap))
        return
    number = 0
    for character in text:
        behind = number + len(character.encode())
        if not _IS_HIDDEN.match(character):
            yield character, starts[number], starts[behind] - starts[number]
        number = behind


def _folded(text: str) -> str:
    """Return the text with plain digits, Latin letters, dashes and spaces for their other forms, character by character."""
    if text.isascii():
        return text
    table, forms = _forms()
    return text.translate(table) if forms.search(text) else text


@cache
def _forms() -> tuple[dict[int, str], re.Pattern[str]]:
    """Return the plain form of each character that has one, and what finds those characters."""
    table = {ord(one): plain for some, plain in ((_DASHES, "-"), (_SPACES, " "), (_DOTS, ".")) for one in some}
    for code in range(0xA0, _LAST):
        character = chr(code)
        digit = unicodedata.digit(character, None)
        if digit is not None:
            table[code] = str(digit)
        elif code not in table and unicodedata.decomposition(character).startswith("<"):
            plain = unicodedata.normalize("NFKC", character)
            if len(plain) == 1 and " " <= plain <= "~":
                table[code] = plain
    near = "".join(map(chr, sorted(code for code in table if code <= _PLANE)))
    return table, re.compile(f"[{re.escape(near)}{_FAR}]")
