"""Text that comes in pieces: what could still become a value is held back, the rest is passed on redacted."""

import re
from collections.abc import Iterable, Iterator

from recollect.privacy.redaction.redaction import Redaction
from recollect.privacy.redaction.seen import seen
from recollect.privacy.redaction.styles import Number, Numbering

HOLD = 512
"""Characters that are held back at most, but for a long word or a private key."""
LONGEST_WORD = 16_384
"""Characters of a word that are held back at most."""
LONGEST_KEY = 65_536
"""Characters of a private key that are held back at most."""
LOOK_AHEAD = 28
"""Characters behind a number that may tell what it is."""
LOOK_BACK = 128
"""Characters that were passed on, and may tell what comes next."""

_WORD = re.compile(r"[^\s，。！？、；：（）「」…]+")  # noqa: RUF001 - Chinese and Japanese punctuation
_DOTS = ("dot", "punkt", "punto", "point", "ponto", "punt", "kropka", "точка")
_SPELLED = ("at", "arroba", "arobase", "chiocciola", "собака", *_DOTS)
_GROUP = 4
"""Letters of a group that stands among groups of digits, as in IBANs."""
_QUOTED = 66
"""Characters of a quoted local part of an address."""
_OPENING = re.compile(r"(?:^|(?<=[\s<(:,{\[=]))\"[^\s\"]")
_BEGIN = "-----BEGIN "
_END = "-----END "


class RedactingStream:
    """A text that comes in pieces, such as a model's answer, and goes on redacted.

    What is passed on, put together, is the redaction of the whole. Held back are the last words, and a number with the LOOK_AHEAD characters behind
    it: at most HOLD characters, LONGEST_WORD of a word, LONGEST_KEY of a private key. What is longer than these is redacted in parts.
    """

    def __init__(self, redaction: Redaction, number: Number | None = None) -> None:
        """Begin a stream. ``number`` gives the numbers of labels; without it, they count from 1 within this stream."""
        self._redaction = redaction
        self._number = number or Numbering()
        self._passed = ""
        self._held = ""

    def feed(self, piece: str) -> str:
        """Take a piece, and return what can be passed on."""
        fresh = not self._held
        self._held += piece
        length = len(self._held)
        if length < LONGEST_KEY and self._in_private_key():
            return ""
        if length < LONGEST_WORD and not fresh and not _breaks(piece):
            return ""
        return self._pass(_settled(self._held))

    def close(self) -> str:
        """Return the rest."""
        return self._pass(len(self._held))

    def over(self, pieces: Iterable[str]) -> Iterator[str]:
        """Yield all pieces redacted; they are others than those that come."""
        for piece in pieces:
            if passed := self.feed(piece):
                yield passed
        if rest := self.close():
            yield rest

    def _in_private_key(self) -> bool:
        begin = self._held.rfind(_BEGIN)
        if begin < 0:
            return False
        end = self._held.find(_END, begin)
        return end < 0 or self._held.find("-----", end + len(_END)) < 0

    def _pass(self, cut: int) -> str:
        """Redact what is held, and pass on what stands in front of ``cut``, or of a value that reaches beyond."""
        if cut == 0:
            return ""
        skipped = len(self._passed)
        found = [one for one in self._redaction.find(self._passed + self._held) if one.end > skipped]
        for one in found:
            if one.start - skipped < cut < one.end - skipped:
                cut = max(one.start - skipped, 0)
        parts, done = [], 0
        for one in found:
            if one.end - skipped <= cut:
                parts += [self._held[done : max(one.start - skipped, done)], self._redaction.replacement(one, self._number)]
                done = one.end - skipped
        passed = "".join([*parts, self._held[done:cut]])
        self._held = self._held[cut:]
        self._passed = (self._passed + passed)[-LOOK_BACK:]
        return passed


def _breaks(piece: str) -> bool:
    """Tell whether a piece holds more than a part of a word."""
    match = _WORD.search(piece)
    return match is None or match.span() != (0, len(piece))


def _settled(text: str) -> int:
    """Return up to where a text can be passed on, whatever comes behind it."""
    words = list(_WORD.finditer(text))
    if not words:
        return len(text)
    cut, open_next = len(text), False
    for number in range(len(words) - 1, -1, -1):
        word = words[number]
        following = words[number + 1] if number + 1 < len(words) else None
        open_next = _is_open(text, word, following, open_next=open_next)
        if open_next:
            cut = word.start()
        elif len(text) - word.end() >= LOOK_AHEAD:
            break
    opening = list(_OPENING.finditer(text, max(0, len(text) - _QUOTED)))
    if opening and _is_unclosed(text, opening[-1].end()):
        cut = min(cut, opening[-1].start())
    least = len(text) if len(text) >= LONGEST_WORD else min(len(text) - HOLD // 2, words[-1].start()) if len(text) >= HOLD else 0
    return max(cut, least)


def _is_unclosed(text: str, place: int) -> bool:
    """Tell whether the quotation that goes on here has no end, or one that a domain may follow."""
    close = text.find('"', place)
    return close < 0 or text[close + 1 : close + 2] in ("", "@")


def _is_open(text: str, word: re.Match[str], following: re.Match[str] | None, *, open_next: bool) -> bool:
    """Tell whether a word may be part of a value that is not complete. ``open_next``: whether the word behind it may."""
    if following is None:
        lines = text.count("\n", word.end())
        return word.end() == len(text) or lines == 0 or (lines == 1 and _kind(word[0], complete=True) == "number")  # which may go on in the next line
    kind = _kind(word[0], complete=True)
    behind = _kind(following[0], complete=following.end() < len(text))
    if (kind == "number" or seen(word[0]).text.lower() in _DOTS) and "\n" not in text[word.end() :] and len(text) - word.end() < LOOK_AHEAD:
        return True
    if kind in ("number", "group"):
        return open_next and behind != "plain"
    return open_next and (kind == "spelled" or behind == "spelled")


def _kind(word: str, *, complete: bool) -> str:
    """Return what a word may be in a value: a "number", or signs between numbers; a "group" of letters; a "spelled" sign; else it is "plain"."""
    word = seen(word).text or "("  # what is not drawn may be the beginning of anything
    low = word.lower()
    if low[0] in "[({<" or (low in _SPELLED if complete else any(one.startswith(low) for one in _SPELLED)):
        return "spelled"
    if "@" in word or any(map(str.isdigit, word)) or not any(map(str.isalpha, word)):
        return "number"
    return "group" if word.isupper() and len(word) <= _GROUP else "plain"
