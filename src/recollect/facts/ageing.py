"""How facts fade: their strength halves with time, unless they are used."""

from datetime import datetime, timedelta
from math import log2

from recollect.facts.wanted import AHEAD
from recollect.model import Fact, FactKind, Use

HALF_LIVES: dict[FactKind, timedelta] = {
    "profile": timedelta(days=730),
    "preference": timedelta(days=365),
    "note": timedelta(days=180),
    "goal": timedelta(days=90),
    "event": timedelta(days=30),
}
"""After how long a fact that is never used has half its strength. An event's and a goal's time begins when it is there."""

PAUSE = timedelta(hours=1)
"""Uses of a fact that come closer together are one."""


def strength(fact: Fact, now: datetime) -> float:
    """Return a fact's strength, from 1 down to 0, in steps of a ten-thousandth.

    Each doubling of its uses lengthens its half-life by as much again.
    """
    begins = [fact.said or fact.created, *([fact.used] if fact.used is not None else []), *([fact.valid_from] if fact.kind in AHEAD else [])]
    idle = max((now - max(begins)).total_seconds(), 0.0)
    halvings = idle / (HALF_LIVES[fact.kind].total_seconds() * (1 + log2(1 + fact.uses)))
    return float(round(0.5**halvings, 4))


def used(before: Use | None, now: datetime) -> Use | None:
    """Return what a use makes of the uses before; None if it is too soon to count."""
    if before is None:
        return Use(now)
    return Use(now, before.uses + 1) if now - before.used >= PAUSE else None
