"""Which of an owner's facts a recall may find."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from recollect.codec.messages import to_micros
from recollect.facts.finding import USER
from recollect.facts.wanted import Wanted
from recollect.model import Fact

if TYPE_CHECKING:
    from recollect.recall.passage import Passage


class Shown(NamedTuple):
    """The facts that may be found, by id, as they are seen from all the others; and the ids of those that may not."""

    facts: Mapping[str, Fact]
    hidden: frozenset[str]


NONE = Shown({}, frozenset())


class _Kept(NamedTuple):
    """What was shown the last time: of the same facts it is the same, until one of them comes to hold, or ends."""

    known: Sequence[Fact]
    indexed: int
    wanted: Wanted
    sessions: frozenset[str] | None
    until: datetime | None
    shown: Shown


class Sight:
    """Chooses facts, and keeps its last choice."""

    def __init__(self) -> None:
        self._kept: _Kept | None = None

    def shown(self, known: Sequence[Fact], indexed: Collection[str], wanted: Wanted, sessions: frozenset[str] | None) -> Shown:
        """Return which facts may be found.

        Args:
            known: all that is known of the owner, derived.
            indexed: the ids of the facts that the index has.
            wanted: what is asked for.
            sessions: those of which a fact must rest on one; None for any.

        """
        kept = self._kept
        if kept is not None and kept.known is known and kept.indexed == len(indexed) and kept.sessions == sessions:
            same = kept.wanted == replace(wanted, at=kept.wanted.at)
            if same and kept.wanted.at <= wanted.at and (kept.until is None or wanted.at < kept.until):
                return kept.shown
        facts = {fact.id: fact for fact in known if wanted.admits(fact) and (sessions is None or _rests_on(fact, sessions))}
        until = min((moment for fact in known for moment in _turns(fact) if moment > wanted.at), default=None)
        shown = Shown(facts, frozenset(id for id in indexed if id not in facts))
        self._kept = _Kept(known, len(indexed), wanted, sessions, until, shown)
        return shown


def passage_of(fact: Fact) -> "Passage":
    """Return a fact as the search index takes it in: what it says, with whom it is about, at the time since when it holds."""
    from recollect.recall.passage import FACT, Passage

    slot = " ".join(part for part in (fact.attribute, fact.value) if part and part.casefold() not in fact.text.casefold())
    text = f"{fact.statement} {slot}" if slot else fact.statement
    return Passage("", fact.position, FACT, to_micros(fact.valid_from, "a fact"), text, key=fact.id, others=fact.subject not in (None, USER))


def _rests_on(fact: Fact, sessions: frozenset[str]) -> bool:
    return any(source.session in sessions for source in fact.sources)


def _turns(fact: Fact) -> Iterable[datetime]:
    """Return the times at which it may come to hold, or end."""
    return (moment for moment in (fact.valid_from, fact.said, fact.created, fact.valid_to, fact.expires) if moment is not None)
