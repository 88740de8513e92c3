"""Which facts a reader asks for."""

from datetime import datetime

from msgspec import Struct

from recollect.facts.identity import fold
from recollect.facts.trust import passes
from recollect.model import Fact, FactKind, Trust

AHEAD: frozenset[FactKind] = frozenset({"event", "goal"})
"""Kinds that matter before they begin: a flight on Friday is known today."""


class Wanted(Struct, frozen=True):
    """What a fact must be to be listed. ``at`` is the time that is asked about; ``subject`` and ``attribute`` are folded."""

    at: datetime
    subject: str | None = None
    attribute: str | None = None
    kinds: frozenset[str] | None = None
    trust: Trust | None = None
    source: str | None = None
    history: bool = False
    archived: bool = False

    def admits(self, fact: Fact) -> bool:
        """Tell whether a fact is listed."""
        return (
            (self.history or holds(fact, self.at))
            and (self.archived or fact.archived is None)
            and (fact.expires is None or fact.expires > self.at)
            and (self.attribute is None or fold(fact.attribute) == self.attribute)
            and (self.subject is None or fold(fact.subject) == self.subject)
            and (self.kinds is None or fact.kind in self.kinds)
            and (self.source is None or any(source.session == self.source for source in fact.sources))
            and passes(fact, self.trust)
        )


def holds(fact: Fact, at: datetime) -> bool:
    """Tell whether a fact is so at a time. What is planned counts from when it was told."""
    if fact.denies or (fact.valid_to is not None and fact.valid_to <= at):
        return False
    return fact.valid_from <= at or (fact.kind in AHEAD and (fact.said or fact.created) <= at)
