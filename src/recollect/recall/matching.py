"""Which messages have the words of a question, in themselves or in the turns around them."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from math import log

import apsw
import msgspec
from msgspec import Struct

from recollect.recall.question import Wanted
from recollect.recall.rows import only
from recollect.recall.tables import ASKED, LEVEL_BITS, LEVELS, PLACE_BITS

SATURATION = 1.2
"""BM25's k1: how soon more of a word stops to count."""
RELATED = 0.3
"""What a word that is often said for the one asked counts for."""
ANSWER, NEXT, SECOND, BEFORE, TWO_BEFORE = 0.9, 0.5, 0.4, 0.5, 0.2
"""What a word counts for the messages around: for the one that follows a question; for the next otherwise; and so on."""
BEGINNING = 5
"""Letters that a word which stands nowhere must have in common with one that does: musician, music."""
SCORED = 20_000
"""Occurrences that are added up to choose candidates; the rarest words come first."""
FURTHER = 16
"""Turns around a match that are looked at where matches are few."""
STRETCH = 6
"""Bits of a turn's number: 64 turns of a session are one stretch of conversation."""
CANDIDATES = 250
"""Messages whose words are looked at closely, with the turns around them."""

LEVEL = (1 << LEVEL_BITS) - 1
_ROWS = msgspec.json.Decoder(list[int])

Rows = list[int]


class Match(Struct, frozen=True, gc=False):
    """How well a message matches: by its own words, with those of the turns around it as well, and its stretch of the conversation."""

    own: float
    whole: float
    stretch: float


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
        loosely = [_quoted(term) for term in one.related]
        if not exact and len(one.term) > BEGINNING and one.term.isalpha():
            loosely.append(_quoted(one.term[:BEGINNING]) + "*")
        related = _rows(db, " OR ".join(loosely)) if loosely else []
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
                row = number >> PLACE_BITS
                scores[row] = scores.get(row, 0.0) + weights[number & LEVEL]
    return sorted(scores, key=lambda row: (scores[row], row), reverse=True)


def matches(words: list[Word], sources: Iterable[int], usual: float) -> dict[int, Match]:
    """Return how well the sources, and the turns around them, match.

    ``usual`` is what the turns around count for: 1 where messages are short and lean on each other, less where they are long.
    """
    wanted = frozenset(sources)
    own = dict.fromkeys(wanted, 0.0)
    whole: dict[int, float] = {}
    stretches: dict[int, float] = {}
    for word in words:
        amounts, asking = _amounts(word, wanted)
        near: dict[int, float] = {}
        for row, amount in amounts.items():
            near[row >> STRETCH] = near.get(row >> STRETCH, 0.0) + amount
            own[row] += word.weight * saturated(amount)
        for scores, given in ((stretches, near), (whole, _spread(amounts, asking, usual))):
            for place, amount in given.items():
                scores[place] = scores.get(place, 0.0) + word.weight * (amount * (SATURATION + 1) / (amount + SATURATION))
    return {row: Match(own.get(row, 0.0), score, stretches.get(row >> STRETCH, 0.0)) for row, score in whole.items()}


def _amounts(word: Word, wanted: frozenset[int]) -> tuple[dict[int, float], set[int]]:
    """Return how much of a word stands in each of the wanted rows, and which of these end with a question."""
    amounts: dict[int, float] = {}
    asking: set[int] = set()
    for numbers, factor in ((word.related, RELATED), (word.exact, 1.0)):
        for number in numbers:
            row = number >> PLACE_BITS
            if row in wanted:
                amounts[row] = factor * LEVELS[number & LEVEL]
                if number & ASKED:
                    asking.add(row)
    return amounts, asking


def _spread(amounts: Mapping[int, float], asking: AbstractSet[int], usual: float) -> dict[int, float]:
    """Return how much of a word stands in each row and those around it."""
    spread = dict(amounts)
    get = spread.get
    for row, amount in amounts.items():
        lent = usual * amount
        spread[row + 1] = get(row + 1, 0.0) + lent * (ANSWER if row in asking else NEXT)
        spread[row + 2] = get(row + 2, 0.0) + lent * SECOND
        spread[row - 1] = get(row - 1, 0.0) + lent * BEFORE
        spread[row - 2] = get(row - 2, 0.0) + lent * TWO_BEFORE
    return spread


def surroundings(found: Mapping[int, Match], sources: Iterable[int], count: int) -> Rows:
    """Return rows of the conversation further around the sources: what is left to say where few messages have a word of the question."""
    rows: dict[int, None] = {}
    for turns in range(3, FURTHER):
        for row in sources:
            for near in (row + turns, row - turns):
                if near not in found and near >= 0:
                    rows[near] = None
        if len(rows) >= count:
            break
    return list(rows)
