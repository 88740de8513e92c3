"""Every signal on the messages that came so far, added up."""

from collections.abc import Mapping, Sequence
from math import log1p

import apsw

from recollect.recall.dates import DAY, Span
from recollect.recall.facts import Fact
from recollect.recall.matching import STRETCH, Match
from recollect.recall.passage import Dense, Hit
from recollect.recall.question import Question
from recollect.recall.rows import array
from recollect.recall.tables import ANSWERS, ASKS, OPENS, PENALTY, PERSONAL, ROLES, TURNS, USUAL
from recollect.recall.weights import Weights

ENOUGH = 15
"""Content words that make a full statement."""
AFTER = 14 * DAY
"""How long after a time people still tell of it, at least; after a longer time, half its length."""

_ENOUGH = log1p(ENOUGH)
_NONE = Match(0.0, 0.0, 0.0)


SIGNALS = ("words", "around", "session", "speaker", "date", "form", "length", "personal", "opens", "recency", "dense")
"""The names in a hit's ``why``, in the order that ``_shares`` gives them in."""


def ranked(
    db: apsw.Connection,
    facts: Sequence[Fact],
    matches: Mapping[int, Match],
    asked: Question,
    k: int,
    dense: Dense | None,
    weights: Weights,
) -> list[Hit]:
    """Return the best ``k`` hits, the best first."""
    highest = max((match.whole for match in matches.values()), default=0.0) or 1.0
    stretches = _stretches(matches)
    best = max(stretches.values(), default=0.0) or 1.0
    alike = _alike(facts, dense)
    oldest = min((fact.created for fact in facts), default=0)
    span = max((fact.created for fact in facts), default=0) - oldest or 1
    roles = None if asked.role is None else ROLES.index(asked.role)
    own = 0 if asked.role == "assistant" else PERSONAL | OPENS
    found = []
    for fact in facts:
        match = matches.get(fact.row, _NONE)
        shares = (
            weights.words * match.own / highest,
            weights.words * (match.whole - match.own) / _norm(fact) / highest,
            weights.session * stretches.get(fact.row >> STRETCH, 0.0) / best,
            weights.speaker if fact.speaker in asked.speakers or fact.role == roles else 0.0,
            weights.date * max(_told(fact.created, one) for one in asked.spans) if asked.spans else 0.0,
            (0.0 if fact.form & ASKS else weights.form) + (weights.form / 2 if fact.form & ANSWERS else 0.0),
            weights.length * min(1.0, log1p(fact.said) / _ENOUGH),
            weights.personal if own & fact.form & PERSONAL else 0.0,
            weights.opens if own & fact.form & OPENS else 0.0,
            weights.recency * (fact.created - oldest) / span,
            weights.dense * alike.get(fact.position, 0.0),
        )
        found.append((sum(shares), fact.position, fact.row, shares))
    found.sort(reverse=True)
    return _hits(db, found[:k])


def _norm(fact: Fact) -> float:
    """Return how much less a message's surroundings count for it: a long one says by itself what it is about."""
    return 1.0 if fact.length <= USUAL else 1 + PENALTY * (fact.length / USUAL - 1)


def _stretches(matches: Mapping[int, Match]) -> dict[int, float]:
    """Return how well each stretch of a session matches."""
    return {row >> STRETCH: match.stretch for row, match in matches.items()}


def _told(created: int, span: Span) -> float:
    """Return how well a message's time fits: 1 within the span, less and less for some time after it."""
    if created < span.since:
        return 0.0
    return 1.0 if created < span.until else max(0.0, 1 - (created - span.until) / max(AFTER, (span.until - span.since) // 2))


def _alike(facts: Sequence[Fact], dense: Dense | None) -> dict[int, float]:
    """Return likeness by vectors, from 0 for the least alike of these messages to 1 for the most, by position."""
    if dense is None:
        return {}
    positions = [fact.position for fact in facts]
    known = {position: like for position, like in zip(positions, dense.similarities(positions), strict=True) if like is not None}
    low, high = min(known.values(), default=0.0), max(known.values(), default=0.0)
    return {position: (like - low) / (high - low) if high > low else 1.0 for position, like in known.items()}


def _hits(db: apsw.Connection, found: Sequence[tuple[float, int, int, tuple[float, ...]]]) -> list[Hit]:
    blocks = array({row // TURNS for _, _, row, _ in found})
    sessions = dict(db.execute("SELECT id, session FROM block WHERE id IN (SELECT value FROM json_each(?))", (blocks,)))
    return [
        Hit(position, sessions[row // TURNS], score, {name: share for name, share in zip(SIGNALS, shares, strict=True) if share})
        for score, position, row, shares in found
    ]
