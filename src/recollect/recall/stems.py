"""From a word to what it is indexed by: accents off, endings off, so that forms of a word meet. By script, since that is what can be seen."""

import unicodedata
from functools import cache

import apsw

from recollect.recall.endings import ARABIC_LETTERS, ARABIC_PREFIXES, ARABIC_SUFFIXES, CYRILLIC_ENDINGS
from recollect.recall.english import IRREGULAR

LONGEST = 64
"""Characters of a term. What is longer is no word, and is cut."""


def folded(text: str) -> str:
    """Return a text in lower case, in compatibility form (full-width letters are plain ones), without accents, vowel points and tatweel."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(sign for sign in apart if not _mark(sign))).translate(ARABIC_LETTERS)


def _mark(sign: str) -> bool:
    """Tell the marks that people leave out: of Latin, Greek and Cyrillic, Hebrew and Arabic; not the vowels of Indic scripts or Thai."""
    return "\u0300" <= sign <= "\u036f" or "\u0591" <= sign <= "\u05c7" or "\u064b" <= sign <= "\u065f" or sign == "\u0670"


@cache
def _porter() -> apsw.FTS5Tokenizer:
    return apsw.Connection(":memory:").fts5_tokenizer("porter", ["ascii"])


def stem(word: str) -> str:
    """Return the term that a folded word is indexed by: of one to LONGEST characters."""
    known = _KNOWN.get(word)
    if known is None:
        if len(_KNOWN) >= KEPT:
            _KNOWN.clear()
        known = _KNOWN[word] = _stem(word[:LONGEST])
    return known


KEPT = 50_000
"""Words whose stems are remembered, about 8 MB."""
_KNOWN: dict[str, str] = {}


def _stem(word: str) -> str:
    if word.isascii():
        return _english(IRREGULAR.get(word, word)) if word.isalpha() else word
    first = word[0]
    if "\u0400" <= first <= "\u04ff":
        return _without(word, CYRILLIC_ENDINGS, 3)
    if "\u0600" <= first <= "\u06ff":
        for prefix in ARABIC_PREFIXES:
            if word.startswith(prefix) and len(word) >= len(prefix) + 3:
                word = word.removeprefix(prefix)
                break
        return _without(word, ARABIC_SUFFIXES, 3)
    return word


def _english(word: str) -> str:
    """Return Porter's stem, by SQLite's own tokenizer."""
    for stems in _porter()(word.encode(), apsw.FTS5_TOKENIZE_DOCUMENT, None, include_offsets=False):
        return str(stems[0])
    return word


def _without(word: str, endings: tuple[str, ...], rest: int) -> str:
    """Take the longest of the endings off, if enough letters stay."""
    for ending in endings:
        if word.endswith(ending) and len(word) >= len(ending) + rest:
            return word.removesuffix(ending)
    return word
