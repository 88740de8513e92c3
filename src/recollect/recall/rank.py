"""Every signal on the messages that came so far, added up."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import log1p, sqrt

import apsw

from recollect.recall.dates import DAY, Span
from recollect.recall.dense import Dense
from recollect.recall.likeness import alike
from recollect.recall.matching import STRETCH, Matches
from recollect.recall.passage import FACT, Hit
from recollect.recall.question import Question
from recollect.recall.rows import array
from recollect.recall.tables import ANSWERS, ASKS, FACTS, FORMS, OPENS, OTHERS, PERSONAL, ROLES, TURNS, USUAL, norm
from recollect.recall.traits import Traits
from recollect.recall.weights import Weights

ENOUGH = 15
"""Content words that make a full statement."""
LATER = 0.9
"""What a time just after the one that is asked for counts."""
AFTER = 14 * DAY
"""How long after a time people still tell of it, at least; after a longer time, half its length."""

_FACT = ROLES.index(FACT)
_FULLNESS = tuple(log1p(words) / log1p(ENOUGH) for words in range(ENOUGH + 1))


SIGNALS = ("words", "around", "session", "speaker", "date", "form", "length", "personal", "opens", "fact", "recency", "dense")
"""The names in a hit's ``why``, in the order that ``_shares`` gives them in."""


def ranked(
    db: apsw.Connection,
    traits: Sequence[Traits],
    sessions: Mapping[int, str],
    matches: Matches,
    asked: Question,
    k: int,
    dense: Dense | None,
    weights: Weights,
    usual: float,
) -> list[Hit]:
    """Return the best ``k`` hits, the best first. ``sessions`` names the session of each block."""
    words = weights.words / (max(matches.whole.values(), default=0.0) or 1.0)
    stretch = weights.session / (max(matches.stretches.values(), default=0.0) or 1.0)
    own, whole, stretches = matches.own.get, matches.whole.get, matches.stretches.get
    like = alike(db, traits, dense, usual)
    trusted = sqrt(usual)  # the vector of a long message says less, and its words more
    words_beside = words * (1 - (1 - weights.beside) * trusted)
    times = [created for _, _, created, *_ in traits]
    oldest = min(times, default=0)
    recency = weights.recency / (max(times, default=0) - oldest or 1)
    asked_roles = () if asked.role is None else (ROLES.index(asked.role), *((_FACT,) if asked.role == "user" else ()))
    not_asked = OTHERS if asked.own else 0
    forms = _forms(weights, asked.role == "assistant")
    fullness = [weights.length * share for share in _FULLNESS]
    found = []
    for row, position, created, said, length, form, role, speaker in traits:
        mine = own(row, 0.0)
        by_words = words_beside if row in like else words
        shares = (
            by_words * mine,
            by_words * (whole(row, mine) - mine) / (1.0 if length <= USUAL else norm(length)),
            stretch * stretches(row >> STRETCH, 0.0),
            weights.speaker if speaker in asked.speakers or (role in asked_roles and not form & not_asked) else 0.0,
            weights.date * max(_told(created, span) for span in asked.spans) if asked.spans else 0.0,
            forms[form][0],
            fullness[said if said < ENOUGH and role != _FACT else ENOUGH],
            forms[form][1],
            forms[form][2],
            weights.fact if role == _FACT else 0.0,
            recency * (created - oldest),
            weights.dense * trusted * like.get(row, 0.0),
        )
        found.append((sum(shares), position, row, shares))
    found.sort(reverse=True)
    return _hits(db, sessions, found[:k])


@lru_cache(maxsize=16)
def _forms(weights: Weights, of_assistant: bool) -> list[tuple[float, float, float]]:
    """Return what each form counts for as a statement, as personal, and as a session's first message."""
    return [
        (
            (0.0 if form & ASKS else weights.form) + (weights.form / 2 if form & ANSWERS else 0.0),
            weights.personal if form & PERSONAL and not of_assistant else 0.0,
            weights.opens if form & OPENS and not of_assistant else 0.0,
        )
        for form in range(FORMS)
    ]


def _told(created: int, span: Span) -> float:
    """Return how well a message's time fits: 1 within the span, less and less for some time after it."""
    if created < span.since:
        return 0.0
    return 1.0 if created < span.until else LATER * max(0.0, 1 - (created - span.until) / max(AFTER, (span.until - span.since) // 2))


def _hits(db: apsw.Connection, sessions: Mapping[int, str], found: Sequence[tuple[float, int, int, tuple[float, ...]]]) -> list[Hit]:
    alone = [row for _, _, row, _ in found if sessions[row // TURNS] == FACTS]
    keys = dict(db.execute("SELECT row, key FROM fact WHERE row IN (SELECT value FROM json_each(?))", (array(alone),))) if alone else {}
    return [
        Hit(position, sessions[row // TURNS], score, {name: share for name, share in zip(SIGNALS, shares, strict=True) if share}, keys.get(row))
        for score, position, row, shares in found
    ]
