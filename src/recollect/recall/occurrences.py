"""Where the words of questions stand in an index."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from math import log

import apsw
import msgspec
from msgspec import Struct

from recollect.recall.question import Wanted, related
from recollect.recall.rows import only
from recollect.recall.tables import LEVEL_BITS, LEVELS, PLACE_BITS

RELATED = 0.3
"""What a word that is often said for the one asked counts for."""
BEGINNING = 5
"""Letters that a word which stands nowhere must have in common with one that does: musician, music."""
SCORED = 20_000
"""Occurrences that are added up to choose candidates; the rarest words come first."""
SEARCHED = 8
"""How many times longer a list of numbers must be than that of the rows wanted for each to be searched by halving."""

LEVEL = (1 << LEVEL_BITS) - 1
PLACE = (1 << PLACE_BITS) - 1
LOOSE = 1 << PLACE_BITS
"""Set in what is told of a place if the word there is a related one."""
AMOUNTS = tuple(LEVELS[min(code & LEVEL, len(LEVELS) - 1)] * (RELATED if code & LOOSE else 1.0) for code in range(2 * LOOSE))
"""How much of a word stands in a place, by what is told of it."""

KEPT = 16
"""Occurrences that are kept at hand, for each message of the index."""
OCCURRENCE = 8
"""The bytes that one takes."""
WORD = 40
"""What a word at hand takes besides, as so many occurrences."""

_NUMBERS = msgspec.json.Decoder(list[int])

Numbers = Sequence[int]
NONE: Numbers = ()


class Word(Struct, frozen=True, gc=False):
    """A word of a question: what it weighs, numbers of the word table in ascending order where it stands, and those of related words."""

    weight: float
    exact: Numbers
    related: Numbers

    @property
    def often(self) -> int:
        """How often it stands, with related words."""
        return len(self.exact) + len(self.related)

    def places(self) -> dict[int, int]:
        """Return the rows where it stands, the latest first, with what their numbers tell."""
        exact = {number >> PLACE_BITS: number & PLACE for number in reversed(self.exact[-SCORED:])}
        if not self.related:
            return exact
        return {number >> PLACE_BITS: number & PLACE | LOOSE for number in reversed(self.related[-SCORED:])} | exact

    def places_among(self, rows: AbstractSet[int]) -> dict[int, int]:
        """Return the same for some rows."""
        places = {number >> PLACE_BITS: number & PLACE | LOOSE for number in among(self.related, rows)}
        places.update({number >> PLACE_BITS: number & PLACE for number in among(self.exact, rows)})
        return places


class Occurrences:
    """Where words stand in an index. What was asked lately is kept at hand until a message that has the word comes, or any goes."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._kept: dict[str, tuple[Numbers, Numbers]] = {}
        self._count = 0

    @property
    def size(self) -> int:
        """The bytes of what is kept at hand."""
        return self._count * OCCURRENCE

    def look_up(self, wanted: Iterable[Wanted], count: int) -> list[Word]:
        """Return where each word stands among ``count`` messages, the rarest first; words that stand nowhere are left out."""
        while self._count > KEPT * count:
            self._drop(next(iter(self._kept)))  # the one that is longest at hand
        found = []
        for one in wanted:
            exact, loose = self._kept.get(one.term) or self._read(one)
            often = len(exact) or len(loose)
            if often:
                found.append(Word(log(1 + (max(0, count - often) + 0.5) / (often + 0.5)), exact, loose))
        return sorted(found, key=_often)

    def added(self, terms: Iterable[str]) -> None:
        """Let go of what is not so any more, because a message with these words came."""
        if self._kept:
            for term in {*terms}:
                for said in (term, *related().get(term, ())):
                    self._drop(said)

    def forget(self) -> None:
        """Let go of everything."""
        self._kept.clear()
        self._count = 0

    def _drop(self, term: str) -> None:
        if term in self._kept:
            self._count -= _weight(*self._kept.pop(term))

    def _read(self, one: Wanted) -> tuple[Numbers, Numbers]:
        begins = len(one.term) == 1 and not one.term.isascii()  # one sign of a script without spaces stands for all that begin with it
        exact = self._numbers(_quoted(one.term) + ("*" if begins else ""))
        loosely = [_quoted(term) for term in one.related]
        if not exact and len(one.term) > BEGINNING and one.term.isalpha():
            begins = True
            loosely.append(_quoted(one.term[:BEGINNING]) + "*")
        loose = self._numbers(" OR ".join(loosely)) if loosely else NONE
        if not begins:  # of such, no single word tells when they change
            self._kept[one.term] = exact, loose
            self._count += _weight(exact, loose)
        return exact, loose

    def _numbers(self, expression: str) -> Numbers:
        return array("q", _NUMBERS.decode(only(self._db, "SELECT json_group_array(rowid) FROM word WHERE word MATCH ?", expression)[0]))


def _weight(exact: Numbers, loose: Numbers) -> int:
    """Return how many occurrences a word at hand counts as: its own bytes are those of some."""
    return WORD + len(exact) + len(loose)


def _often(word: Word) -> int:
    return word.often


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def among(numbers: Sequence[int], rows: AbstractSet[int]) -> list[int]:
    """Return which of a word's numbers, in ascending order, are of some rows."""
    if len(numbers) <= SEARCHED * len(rows):
        return [number for number in numbers if number >> PLACE_BITS in rows]
    found = []
    for row in rows:
        at = bisect_left(numbers, row << PLACE_BITS)
        while at < len(numbers) and numbers[at] >> PLACE_BITS == row:
            found.append(numbers[at])
            at += 1
    return found
