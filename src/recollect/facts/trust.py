"""How far a fact is trusted, by who told it."""

from recollect.model import TRUSTS, Fact, Trust

_RANKS = {trust: rank for rank, trust in enumerate(TRUSTS)}


def passes(fact: Fact, trust: Trust | None) -> bool:
    """Tell whether a fact is trusted at least so; every fact is, where no trust is asked for."""
    return trust is None or _RANKS[fact.trust] <= _RANKS[trust]


def most(first: Trust, second: Trust) -> Trust:
    """Return the higher of two."""
    return min(first, second, key=_RANKS.__getitem__)
