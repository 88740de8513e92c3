"""What should be looked at among the facts of a user: what is there twice, what contradicts, what fades. No model is asked."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil

from recollect.facts.ageing import strength
from recollect.facts.identity import fold
from recollect.facts.outcome import Hygiene
from recollect.facts.trust import passes
from recollect.facts.wanted import holds
from recollect.model import Fact

ALIKE = 0.6
"""The part of all their words that two facts share, from which on they are near duplicates."""

COMMON = 200
"""Facts that share a word that tells them from others, at the most: with more of them, the word tells nothing."""

STALE = 0.25
"""A fact that is weaker is stale."""

UNUSED = timedelta(days=90)
"""After how long a fact that was never used is worth a look."""

PAIRS = 1_000
"""Pairs of a sort that are told, at the most: nobody looks at more, and there may be two hundred for each fact."""

NEGATIONS = frozenset({"not", "no", "never", "without", "n't", "cannot", "dont", "doesnt", "isnt"})


def report(known: Sequence[Fact], now: datetime) -> Hygiene:
    """Look through all that is known, derived."""
    facts = [fact for fact in known if holds(fact, now) and fact.archived is None and (fact.expires is None or fact.expires > now)]
    same = _same(facts)
    first = [group[0] for group in same]
    near, opposed = _First(), _First()
    for pair in _alike(first):
        (opposed if _negated(pair[0]) != _negated(pair[1]) else near).take(pair)
    for pair in _outdone(known):
        opposed.take(pair)
    weak = sorted((strength(fact, now), fact.id, fact) for fact in facts)
    return Hygiene(
        len(facts),
        [tuple(group) for group in same if len(group) > 1],
        near.pairs,
        opposed.pairs,
        [fact for value, _, fact in weak if value < STALE],
        [fact for fact in sorted(facts, key=lambda fact: (fact.created, fact.id)) if not fact.uses and now - fact.created > UNUSED],
        near.more + opposed.more,
    )


class _First:
    """The first pairs, and how many more there are."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Fact, Fact]] = []
        self.more = 0

    def take(self, pair: tuple[Fact, Fact]) -> None:
        """Keep a pair, or count it."""
        if len(self.pairs) < PAIRS:
            self.pairs.append(pair)
        else:
            self.more += 1


def _same(facts: Iterable[Fact]) -> list[list[Fact]]:
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(fold(fact.statement).rstrip("."), []).append(fact)
    return list(groups.values())


def _outdone(known: Iterable[Fact]) -> list[tuple[Fact, Fact]]:
    """Return facts with those that superseded them, where these are less trusted."""
    ids = {id: fact for fact in known for id in (fact.id, *fact.also)}
    ended = ((fact, ids[fact.superseded_by]) for fact in ids.values() if fact.superseded_by in ids)
    return list(dict.fromkeys((fact, by) for fact, by in ended if not passes(by, fact.trust)))


def _alike(facts: Sequence[Fact]) -> Iterator[tuple[Fact, Fact]]:
    """Yield pairs that share most of their words.

    Two sets that share so much share a word among the rarest few of each, so only facts that do are compared.
    """
    words = [_words(fact) for fact in facts]
    count: defaultdict[str, int] = defaultdict(int)
    for of_one in words:
        for word in of_one:
            count[word] += 1
    by_word: defaultdict[str, list[int]] = defaultdict(list)
    for number, of_one in enumerate(words):
        rare = sorted(of_one, key=lambda word: (count[word], word))[: len(of_one) - ceil(ALIKE * len(of_one)) + 1]
        others = {other for word in rare for other in by_word[word][-COMMON:]}
        alike = [facts[other] for other in sorted(others) if _share(words[other], of_one) >= ALIKE]
        yield from ((other, facts[number]) for other in alike if _near(other, facts[number]))
        for word in rare:
            by_word[word].append(number)


def _words(fact: Fact) -> frozenset[str]:
    from recollect.recall.words import terms

    slot = " ".join(part for part in (fact.attribute, fact.value) if part and fold(part) not in fold(fact.text))
    return frozenset(terms(f"{fact.statement} {slot}")) - NEGATIONS


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0


def _near(one: Fact, other: Fact) -> bool:
    """Tell whether two alike facts may be one: those that stand beside each other in a slot, such as two likes, are not."""
    return (
        one.attribute is None
        or fold(one.attribute) != fold(other.attribute)
        or fold(one.value) in fold(other.value)
        or fold(other.value) in fold(one.value)
    )


def _negated(fact: Fact) -> bool:
    return any(word.removesuffix("n't") != word or word in NEGATIONS for word in fold(fact.statement).split())
