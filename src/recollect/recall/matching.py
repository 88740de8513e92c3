"""Which messages have the words of a question, in themselves or in the turns around them."""

import sys
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import islice, zip_longest

from msgspec import Struct

from recollect.recall.occurrences import AMOUNTS, SCORED, Word
from recollect.recall.tables import ASKED, TURNS

SATURATION = 1.2
"""BM25's k1: how soon more of a word stops to count."""
ANSWER, NEXT, SECOND, BEFORE, TWO_BEFORE = 0.9, 0.5, 0.4, 0.5, 0.2
"""What a word counts for the messages around: for the one that follows a question; for the next otherwise; and so on."""
LENT = 5
"""Turns from one message to another, from which on they lend words to no message in common."""
FURTHER = 16
"""Turns around a match that are looked at where matches are few."""
STRETCH = 6
"""Bits of a turn's number: 64 turns of a session are one stretch of conversation."""
CANDIDATES = 60
"""Messages whose words are looked at closely, with the turns around them, and four more for each hit that is asked for."""

SAMPLE = 2
"""How many times more scores are looked at for a first idea of the best."""


Rows = list[int]


class Matches(Struct, frozen=True, gc=False):
    """How well rows match: by their own words; with those of the turns around them as well; and each stretch of a conversation."""

    own: dict[int, float]
    whole: dict[int, float]
    stretches: dict[int, float]


class Candidates(Struct, frozen=True, gc=False):
    """Rows that match by their own words, the best first; how well; and the places of the words that were read for it."""

    rows: Rows
    scores: dict[int, float]
    places: list[dict[int, int]]


def saturated(amount: float) -> float:
    """Return what an amount of a word counts: 1 for once in a usual message, at most 2.2."""
    return amount * (SATURATION + 1) / (amount + SATURATION)


_SATURATED = tuple(map(saturated, AMOUNTS))


def candidates(words: list[Word], count: int | None) -> Candidates:
    """Return the rows that match by their own words, of equals the latest first; the best ``count``, unless that is None.

    A word that cannot bring a row among these any more is looked at only for the rows that others brought.
    """
    scores: dict[int, float] = {}
    read: list[dict[int, int]] = []
    spent = 0
    for turn, word in enumerate(words):
        often = word.often
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
        _spread(codes, word.weight, usual, whole)
    if alone:
        whole = {row: score for row, score in whole.items() if row in own or row // TURNS not in alone}
    return Matches(own, whole, stretches)


Shares = tuple[float, float, float, float, float]
"""What a word counts for in its message, in the two after it, and in the two before it."""


@lru_cache(maxsize=64)
def _shares(usual: float) -> tuple[list[Shares], list[Shares]]:
    """Return, by what is told of a place, how much of a word there is in it and around it; and what that counts for, if it is all there is."""
    shares = []
    for code, amount in enumerate(AMOUNTS):
        near = amount * usual
        shares.append((amount, near * (ANSWER if code & ASKED else NEXT), near * SECOND, near * BEFORE, near * TWO_BEFORE))
    return shares, [tuple(map(saturated, some)) for some in shares]  # type: ignore[misc]  # five of five


def _spread(codes: Mapping[int, int], weight: float, usual: float, whole: dict[int, float]) -> None:
    """Add what a word of some weight counts for in and around each row.

    What rows near each other lend to the same rows is added up before it is saturated.
    """
    shares, alone = _shares(usual)
    rows = sorted(codes)
    get, amounts = whole.get, dict[int, float]()
    amount, last = amounts.get, -LENT
    for row, following in zip(rows, [*rows[1:], sys.maxsize], strict=False):
        if row - last >= LENT <= following - row:
            here, after, second, before, two_before = alone[codes[row]]
            whole[row] = get(row, 0.0) + weight * here
            whole[row + 1] = get(row + 1, 0.0) + weight * after
            whole[row + 2] = get(row + 2, 0.0) + weight * second
            whole[row - 1] = get(row - 1, 0.0) + weight * before
            whole[row - 2] = get(row - 2, 0.0) + weight * two_before
        else:
            here, after, second, before, two_before = shares[codes[row]]
            amounts[row] = amount(row, 0.0) + here
            amounts[row + 1] = amount(row + 1, 0.0) + after
            amounts[row + 2] = amount(row + 2, 0.0) + second
            amounts[row - 1] = amount(row - 1, 0.0) + before
            amounts[row - 2] = amount(row - 2, 0.0) + two_before
        last = row
    for row, some in amounts.items():
        whole[row] = get(row, 0.0) + weight * (some * (SATURATION + 1) / (some + SATURATION))


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
