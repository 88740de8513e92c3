"""Which messages have the words of a question, in themselves or in the turns around them."""

from collections.abc import Callable, Iterable
from math import log

import apsw
import msgspec
from msgspec import Struct

from recollect.recall.question import Wanted
from recollect.recall.rows import only
from recollect.recall.tables import LEVEL_BITS, LEVELS

SATURATION = 1.2
"""BM25's k1: how soon more of a word stops to count."""
RELATED = 0.3
"""What a word that is often said for the one asked counts for."""
AROUND = ((1, 0.7), (2, 0.4), (-1, 0.5), (-2, 0.2))
"""What a word counts for the message that stands some turns behind it; an answer needs its question's words more than the reverse."""
SCORED = 20_000
"""Occurrences that are added up to choose candidates; the rarest words come first."""
CANDIDATES = 250
"""Messages whose words are looked at closely, with the turns around them."""

LEVEL = (1 << LEVEL_BITS) - 1
_ROWS = msgspec.json.Decoder(list[int])

Rows = list[int]
Admit = Callable[[Rows], Rows]
"""Takes rows, the best first; returns those to go on with."""


class Match(Struct, frozen=True, gc=False):
    """How well a message matches: by its own words, and with those of the turns around it as well (which is never less)."""

    own: float
    whole: float


class Word(Struct, frozen=True, gc=False):
    """Where a word of the question stands: rows of the word table (row and level), and those of related words."""

    weight: float
    exact: Rows
    related: Rows


def saturated(amount: float) -> float:
    """Return what an amount of a word counts: 1 for once in a usual message, at most 2.2."""
    return amount * (SATURATION + 1) / (amount + SATURATION)


_EXACT = tuple(saturated(amount) for amount in LEVELS)
_LOOSE = tuple(saturated(amount * RELATED) for amount in LEVELS)


def looked_up(db: apsw.Connection, wanted: Iterable[Wanted], count: int) -> list[Word]:
    """Return where each word stands, the rarest first; words that stand nowhere are left out."""
    found = []
    for one in wanted:
        exact = _rows(db, _quoted(one.term) + ("*" if len(one.term) == 1 and not one.term.isascii() else ""))
        related = _rows(db, " OR ".join(_quoted(term) for term in one.related)) if one.related else []
        if exact or related:
            often = len(exact) or len(related)
            found.append(Word(log(1 + (max(0, count - often) + 0.5) / (often + 0.5)), exact, related))
    return sorted(found, key=lambda word: len(word.exact) + len(word.related))


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def _rows(db: apsw.Connection, expression: str) -> Rows:
    return _ROWS.decode(only(db, "SELECT json_group_array(rowid) FROM word WHERE word MATCH ?", expression)[0])


def candidates(words: list[Word]) -> Rows:
    """Return the rows that match by their own words, the best first."""
    scores: dict[int, float] = {}
    spent = 0
    for word in words:
        spent += len(word.exact) + len(word.related)
        if spent > SCORED and scores:
            break
        for rows, impacts in ((word.related, _LOOSE), (word.exact, _EXACT)):
            weights = [word.weight * impact for impact in impacts]
            for number in rows[-SCORED:]:
                row = number >> LEVEL_BITS
                scores[row] = scores.get(row, 0.0) + weights[number & LEVEL]
    return sorted(scores, key=lambda row: (scores[row], row), reverse=True)


def matches(words: list[Word], sources: Iterable[int]) -> dict[int, Match]:
    """Return how well the sources, and the turns around them, match."""
    wanted = frozenset(sources)
    own: dict[int, float] = {}
    whole: dict[int, float] = {}
    for word in words:
        amounts: dict[int, float] = {}
        for rows, factor in ((word.related, RELATED), (word.exact, 1.0)):
            for number in rows:
                if number >> LEVEL_BITS in wanted:
                    amounts[number >> LEVEL_BITS] = factor * LEVELS[number & LEVEL]
        spread = dict(amounts)
        for row, amount in amounts.items():
            own[row] = own.get(row, 0.0) + word.weight * saturated(amount)
            for turns, share in AROUND:
                spread[row + turns] = spread.get(row + turns, 0.0) + share * amount
        for row, amount in spread.items():
            whole[row] = whole.get(row, 0.0) + word.weight * saturated(amount)
    return {row: Match(own.get(row, 0.0), score) for row, score in whole.items()}
