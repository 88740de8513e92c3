"""The first words behind a subject: adverbs are passed over, and negations noted."""

import re

from msgspec import Struct

from recollect.facts.language import Reading

WORDS = 4
"""Among so many words they are looked for; further on they belong to what is said."""


LONGEST = 4
"""Words of a negation at most."""


class Head(Struct, frozen=True):
    """A predicate without adverbs and negations, and whether it is negated, or over."""

    rest: str
    negated: bool = False
    ended: bool = False


class Heads:
    """Reads the beginnings of predicates, by the words of a language."""

    def __init__(self, reading: Reading) -> None:
        self._adverbs = frozenset(reading.adverbs)
        self._phrases: dict[str, list[tuple[list[str], bool]]] = {}
        for phrase in sorted({*reading.negations, *reading.ended}, key=len, reverse=True):
            words = phrase.split(" ")
            self._phrases.setdefault(words[0], []).append((words, phrase in reading.ended))
        self._stops = frozenset(reading.stops)
        self._steering = self._adverbs | frozenset(self._phrases)
        self._over = re.compile(rf"\s(?:{'|'.join(re.escape(word) for word in reading.over)})\W*$" if reading.over else "(?!)", re.IGNORECASE)

    def steers(self, word: str) -> bool:
        """Tell whether a word may be passed over, or negate."""
        return word.lower() in self._steering

    def read(self, predicate: str) -> Head:
        """Return a predicate's head."""
        words = predicate.split(" ", WORDS + LONGEST)
        lowered = [word.lower() for word in words[: WORDS + LONGEST]]
        if self._steering.isdisjoint(lowered[:WORDS]):
            return Head(predicate)
        kept: list[str] = []
        place, negated, ended = 0, False, False
        while place < min(len(words), WORDS):
            phrase = next((one for one in self._phrases.get(lowered[place], ()) if lowered[place : place + len(one[0])] == one[0]), None)
            if phrase:
                negated, ended = True, ended or phrase[1]
                place += len(phrase[0])
                continue
            if lowered[place] in self._stops:
                break
            if lowered[place] not in self._adverbs or place == len(words) - 1:
                kept.append(words[place])
            place += 1
        rest = " ".join(kept + words[place:])
        if negated and not ended:
            ended = self._over.search(rest) is not None
        return Head(rest, negated, ended)
