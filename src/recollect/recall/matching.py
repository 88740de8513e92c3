"""Which messages have the words of a question, in themselves or in the turns around them."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import islice, zip_longest
from math import log

import apsw
import msgspec
from msgspec import Struct

from recollect.recall.question import Wanted
from recollect.recall.rows import only
from recollect.recall.tables import ASKED, LEVEL_BITS, LEVELS, PLACE_BITS, TURNS

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
SEARCHED = 8
"""How many times longer a list of numbers must be than that of the rows wanted for each to be searched by halving."""
CANDIDATES = 80
"""Messages whose words are looked at closely, with the turns around them, and four more for each hit that is asked for."""

SAMPLE = 2
"""How many times more scores are looked at for a first idea of the best."""

LEVEL = (1 << LEVEL_BITS) - 1
_ROWS = msgspec.json.Decoder(list[int])

Rows = list[int]


class Matches(Struct, frozen=True, gc=False):
    """How well rows match: by their own words; with those of the turns around them as well; and each stretch of a conversation."""

    own: dict[int, float]
    whole: dict[int, float]
    stretches: dict[int, float]


class Word(Struct, frozen=True, gc=False):
    """Where a word of the question stands: numbers of the word table in ascending order, and those of related words."""

    weight: float
    exact: Rows
    related: Rows

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


class Candidates(Struct, frozen=True, gc=False):
    """Rows that match by their own words, the best first; how well; and the places of the words that were read for it."""

    rows: Rows
    scores: dict[int, float]
    places: list[dict[int, int]]


def saturated(amount: float) -> float:
    """Return what an amount of a word counts: 1 for once in a usual message, at most 2.2."""
    return amount * (SATURATION + 1) / (amount + SATURATION)


PLACE = (1 << PLACE_BITS) - 1
LOOSE = 1 << PLACE_BITS
"""Set in what is told of a place if the word there is a related one."""
AMOUNTS = tuple(LEVELS[min(code & LEVEL, len(LEVELS) - 1)] * (RELATED if code & LOOSE else 1.0) for code in range(2 * LOOSE))
"""How much of a word stands in a place, by what is told of it."""
_SATURATED = tuple(map(saturated, AMOUNTS))


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


def candidates(words: list[Word], count: int | None) -> Candidates:
    """Return the rows that match by their own words, of equals the latest first; the best ``count``, unless that is None.

    A word that cannot bring a row among these any more is looked at only for the rows that others brought.
    """
    scores: dict[int, float] = {}
    read: list[dict[int, int]] = []
    spent = 0
    for turn, word in enumerate(words):
        often = len(word.exact) + len(word.related)
        hope = sum([rest.weight for rest in words[turn:]]) * _SATURATED[0]
        if count is not None and often > count < len(scores) and len([1 for score in scores.values() if score > hope]) >= count:
            places = word.places_among(scores.keys())
        elif spent + often > SCORED and scores:
            break
        else:
            spent += often
            places = word.places()
        worth = [word.weight * amount for amount in _SATURATED]
        added = dict(zip(places, map(worth.__getitem__, places.values()), strict=True))
        for row in scores.keys() & added.keys():
            added[row] += scores[row]
        scores |= added
        read.append(places)
    return Candidates(best(scores, count), scores, read)


def best(scores: Mapping[int, float], count: int | None) -> Rows:
    """Return the rows with the best scores, the best first, of equals those that stand first; all, or the best ``count``.

    The scores should begin with good ones: no worse than the ``count``-th best of the first few are all the best.
    """
    rows: Iterable[int] = scores
    if count is not None and len(scores) > SAMPLE * count:
        least = sorted(islice(scores.values(), SAMPLE * count))[-count]
        rows = [row for row, score in scores.items() if score >= least]
    return sorted(rows, key=scores.__getitem__, reverse=True)[:count]


def matches(words: list[Word], found: Candidates, sources: Rows, usual: float, alone: AbstractSet[int] = frozenset()) -> Matches:
    """Return how well the sources, and the turns around them, match.

    ``usual`` is what the turns around count for: 1 where messages are short and lean on each other, less where they are long.
    Rows in the blocks that are ``alone`` have none around.
    """
    soon = SATURATION
    own = {row: found.scores[row] for row in sources}
    whole, stretches = dict.fromkeys(sources, 0.0), dict[int, float]()
    get, shares = whole.get, _shares(usual)
    for word, read in zip_longest(words, found.places):
        most = word.weight * (soon + 1)
        places = word.places_among(own.keys()) if read is None else read
        codes = {row: places[row] for row in sources if row in places}
        near: dict[int, float] = {}
        for row, code in codes.items():
            near[row >> STRETCH] = near.get(row >> STRETCH, 0.0) + AMOUNTS[code]
            if read is None:
                own[row] += word.weight * _SATURATED[code]
        for stretch, amount in near.items():
            stretches[stretch] = stretches.get(stretch, 0.0) + most * amount / (amount + soon)
        for row, amount in _spread(codes, shares).items():
            whole[row] = get(row, 0.0) + most * amount / (amount + soon)
    if alone:
        whole = {row: score for row, score in whole.items() if row in own or row // TURNS not in alone}
    return Matches(own, whole, stretches)


Shares = tuple[float, float, float, float, float]


@lru_cache(maxsize=64)
def _shares(usual: float) -> list[Shares]:
    """Return, by what is told of a place, how much of a word there is in it, in the two turns after it, and in the two before it."""
    shares = []
    for code, amount in enumerate(AMOUNTS):
        near = amount * usual
        shares.append((amount, near * (ANSWER if code & ASKED else NEXT), near * SECOND, near * BEFORE, near * TWO_BEFORE))
    return shares


def _spread(codes: Mapping[int, int], shares: list[Shares]) -> dict[int, float]:
    """Return how much of a word stands in and around each row."""
    spread: dict[int, float] = {}
    get = spread.get
    for row, code in codes.items():
        here, after, second, before, two_before = shares[code]
        spread[row] = get(row, 0.0) + here
        spread[row + 1] = get(row + 1, 0.0) + after
        spread[row + 2] = get(row + 2, 0.0) + second
        spread[row - 1] = get(row - 1, 0.0) + before
        spread[row - 2] = get(row - 2, 0.0) + two_before
    return spread


def among(numbers: Rows, rows: AbstractSet[int]) -> Rows:
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


def surroundings(found: Mapping[int, float], sources: Iterable[int], count: int) -> Rows:
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
