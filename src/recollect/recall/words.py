"""From a text to the terms that it is indexed and looked for by, in any script."""

import re
from collections.abc import Iterator
from functools import cache

from recollect.recall.english import EMPTY
from recollect.recall.stems import folded, stem

_UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
    "\uac00-\ud7af\u1100-\u11ff"  # Korean: spaced, but its particles hang on the words
)
_CODE = r"[a-z0-9]+(?:[@._/-]+[a-z0-9]+)+"
_ASCII_TERM = re.compile(rf"(?P<code>{_CODE})|(?P<word>[^\W_]+)")
_PART = re.compile(r"[a-z]+|[0-9]+")
_SENTENCE_END = re.compile(r"(?<=[.!?؟])\s+|(?<=[。!?])|\n")


def terms(text: str, left_out: frozenset[str] = EMPTY, *, tails: bool = True) -> list[str]:
    """Return the terms of a text, in order, without the words left out. A term has no white space and no quotation mark.

    Scripts without spaces give every two neighbouring signs. ``tails`` adds the last sign of each run, so that every sign
    starts a term, and a query of one sign finds it as a prefix; a query is analysed without.
    """
    return list(_terms(folded(text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"), left_out, tails))


@cache
def _any_term() -> re.Pattern[str]:
    """Return a pattern for scripts without spaces; ids, addresses and versions; words; pictures (emoji) as words of one sign. Made in 10 ms."""
    word = rf"[^\W_](?:[^\W_{_UNSPACED}]|[\u0900-\u0dff\u0f00-\u0fff])*"
    return re.compile(rf"(?P<run>[{_UNSPACED}]+)|(?P<code>{_CODE})|(?P<word>{word})|(?P<sign>[\u2600-\u27bf\U0001f300-\U0001faff])")


def _terms(text: str, left_out: frozenset[str], tails: bool) -> Iterator[str]:
    pattern = _ASCII_TERM if text.isascii() else _any_term()
    for match in pattern.finditer(text):
        found, kind = match.group(), match.lastgroup
        if kind == "word":
            if found not in left_out:
                yield stem(found)
        elif kind == "run":
            yield from (found[start : start + 2] for start in range(len(found) - 1))
            if tails or len(found) == 1:
                yield found[-1]
        elif kind == "code":
            yield from _code(found, left_out)
        else:
            yield found


def _code(found: str, left_out: frozenset[str]) -> Iterator[str]:
    """Yield the parts, and the whole where it is more than words with a hyphen between them: order-12345, ann@example.com, 3.11."""
    for part in _PART.findall(found):
        if part not in left_out:
            yield stem(part)
    if "@" in found or any(sign.isdigit() for sign in found):
        yield stem(found)


def asks(text: str) -> bool:
    """Tell whether a message ends with a question."""
    return text.rstrip(" \t\n\"'*_)").endswith(("?", "?", "؟"))


def stated(text: str) -> str:
    """Return the sentences that are no questions."""
    if not any(sign in text for sign in "??؟"):
        return text
    return " ".join(part for part in _SENTENCE_END.split(text) if not asks(part))
