"""Which facts hold when: derived from all of a slot's facts, whatever the order in which they arrived.

Facts come one after another by ``valid_from``, then by ``order``; where two clocks may have differed, by ``order``. Each ends what
stands in its slot, unless it adds to it or repeats it. A denial ends without taking the place. A correction, which counts from when it
was said, takes what it corrects out of the slot's story and its place in it: the wrong one never was so, and what that one had ended
is as if it never had been.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from recollect.facts.finding import OPPOSITES
from recollect.facts.identity import Key, key_of
from recollect.facts.trust import most
from recollect.model import Fact

SKEW = timedelta(minutes=5)
"""By how much the clocks of those who write may differ without a change of the order."""

_Order = tuple[int, int, str]


class _Point(NamedTuple):
    """A fact, and when it counts."""

    time: datetime
    order: _Order
    fact: Fact


class _Span:
    """How long something was so, and the facts that say it, the first first."""

    def __init__(self, point: _Point) -> None:
        self.points = [point]
        self.start = point.time
        self.until = point.fact.valid_to
        self.end: datetime | None = None
        self.by: str | None = None

    @property
    def id(self) -> str:
        return self.points[0].fact.id

    def over(self, time: datetime) -> bool:
        return self.until is not None and self.until <= time

    def repeat(self, point: _Point) -> None:
        self.points.append(point)
        self.until = point.fact.valid_to or self.until

    def close(self, time: datetime, by: str) -> None:
        if not self.over(time):
            self.end, self.by = time, by


class _Story:
    """What stands in a slot, as its facts come."""

    def __init__(self, points: Iterable[_Point] = ()) -> None:
        self.points: list[_Point] = []
        self.spans: list[_Span] = []
        self.standing: dict[Key, _Span] = {}
        for point in points:
            self.tell(point)

    def tell(self, point: _Point) -> None:
        """Take in a fact that counts from its point on."""
        self.points.append(point)
        fact, key = point.fact, key_of(point.fact)
        old = self.standing.get(key)
        if fact.denies:
            self._close([key] if fact.value is not None or fact.attribute is None else self._beside(key), point)
            self.spans.append(_Span(point))
            return
        if not fact.adds and fact.attribute is not None:
            self._close([other for other in self._beside(key) if other != key], point)
        if key.attribute in OPPOSITES:
            self._close([Key(OPPOSITES[key.attribute], key.value)], point)
        if old is not None and not old.over(point.time):
            old.repeat(point)
        else:
            self.standing[key] = _Span(point)
            self.spans.append(self.standing[key])

    def wrong(self, fact: Fact) -> _Span | None:
        """Return what a correction corrects: what it names, or what came last to stand in the slot."""
        if fact.replaces is not None:
            return next((span for span in self.spans if any(point.fact.id == fact.replaces for point in span.points)), None)
        key = key_of(fact)
        if fact.wrong is not None:
            return self.standing.get(Key(key.attribute, key_of(replace(fact, value=fact.wrong)).value))
        if fact.denies and fact.value is not None:
            return self.standing.get(key)
        others = [self.standing[other] for other in self._beside(key) if other != key]
        return max(others, key=lambda span: span.points[0][:2], default=None)

    def without(self, span: _Span, point: _Point | None) -> "_Story":
        """Return the story without something that never was, and with what takes its place."""
        points = [one for one in self.points if all(one is not gone for gone in span.points)]
        if point is not None:
            insort(points, point, key=lambda one: one[:2])
        return _Story(points)

    def _beside(self, key: Key) -> list[Key]:
        return [other for other in self.standing if other.attribute == key.attribute]

    def _close(self, keys: Sequence[Key], point: _Point) -> None:
        for key in keys:
            if (span := self.standing.pop(key, None)) is not None:
                span.close(point.time, point.fact.id)


class _Stated:
    """What was said to be so, by the time from which it was."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        known = sorted(((fact.valid_from, key_of(fact)) for fact in facts), key=lambda one: one[0])
        self.times = [time for time, _ in known]
        self.keys = [key for _, key in known]
        self.ends = list(range(1, len(known) + 1))
        for place in range(len(known) - 2, -1, -1):
            if self.keys[place] == self.keys[place + 1]:
                self.ends[place] = self.ends[place + 1]

    def contest(self, fact: Fact, said: datetime) -> bool:
        """Tell whether something else was said to be so from some time between a fact's beginning and its telling."""
        first, last = bisect_right(self.times, fact.valid_from), bisect_right(self.times, said)
        if first >= last or fact.adds or fact.denies:
            return False
        return self.keys[first] != key_of(fact) or self.ends[first] < last


def derive_slot(facts: Sequence[Fact]) -> Iterator[Fact]:
    """Yield what the facts of one slot say together. The first of those that say the same stands for all of them."""
    if len(facts) == 1:
        yield facts[0]
        return
    story, gone = _Story(), []
    stated = _Stated(fact for fact in facts if fact.said is not None and not (fact.adds or fact.denies))
    for point in sorted(_in_turn(_point(fact, stated) for fact in facts), key=lambda point: point[:2]):
        span = story.wrong(point.fact) if point.fact.corrects else None
        if span is None:
            story.tell(point)
            continue
        span.end, span.by, span.until = span.start, point.fact.id, None
        gone.append(span)
        story = story.without(span, _Point(span.start, span.points[0].order, point.fact) if not point.fact.denies else None)
        if point.fact.denies:
            gone.append(_Span(point))
    yield from map(_fact, (*story.spans, *gone))


def _point(fact: Fact, stated: _Stated) -> _Point:
    """Return when a fact counts.

    A correction does from when it was said. So does a fact whose beginning is told afterwards, if something else was said to be
    so in between: "since last year" is no date that would undo what was said in May.
    """
    order = (*fact.order, fact.id)
    if fact.said is None or not (fact.corrects or stated.contest(fact, fact.said)):
        return _Point(fact.valid_from, order, fact)
    return _Point(fact.said, order, fact)


def _in_turn(points: Iterable[_Point]) -> Iterator[_Point]:
    """Let what was told later count later, where clocks that differ a little say otherwise.

    What one conversation tells, and what the application tells, stands in the ledger in the order in which it was told.
    """
    latest: dict[str | None, datetime] = {}
    for point in sorted(points, key=lambda point: point.order):
        fact = point.fact
        time = point.time
        if time == (fact.said or fact.created):
            teller = fact.sources[0].session if fact.said is not None and fact.sources else None
            before = latest.get(teller, time)
            time = before if timedelta() < before - time <= SKEW else time
            latest[teller] = max(before, time)
        yield point._replace(time=time)


def _fact(span: _Span) -> Fact:
    first = span.points[0].fact
    ends = [end for end in (span.until, span.end) if end is not None]
    changes = {"valid_from": span.start, "valid_to": max(min(ends), span.start) if ends else None, "superseded_by": span.by}
    facts = [point.fact for point in span.points]
    if len(facts) == 1:
        return replace(first, **changes)
    trust = first.trust
    for fact in facts:
        trust = most(trust, fact.trust)
    archived = [fact.archived for fact in facts if fact.archived is not None]
    expires = [fact.expires for fact in facts if fact.expires is not None]
    return replace(
        first,
        **changes,
        trust=trust,
        also=tuple(dict.fromkeys(fact.id for fact in facts[1:])),
        sources=tuple(dict.fromkeys(source for fact in facts for source in fact.sources)),
        used=max((fact.used for fact in facts if fact.used is not None), default=None),
        uses=sum(fact.uses for fact in facts),
        archived=max(archived) if len(archived) == len(facts) else None,
        expires=max(expires) if len(expires) == len(facts) else None,
    )
