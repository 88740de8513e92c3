"""Whom a clause is about: the speaker, one of theirs ("my sister Ana"), somebody named, or the one named last."""

import re

from msgspec import Struct

from recollect.facts.language import Language
from recollect.facts.templates import Side

LONGEST_NAME = 3
"""Words."""


class Subject(Struct, frozen=True):
    """Whom a clause is about, and what follows.

    ``relation`` and ``name`` are what stands there: "my sister", "my sister Ana".
    """

    who: str
    side: Side
    rest: str
    relation: str | None = None
    name: str | None = None


class Subjects:
    """Reads the subjects of clauses, by the words of a language."""

    def __init__(self, language: Language) -> None:
        self._selves = frozenset(language.selves)
        self._pronouns = frozenset(language.pronouns)
        self._plural = frozenset(language.plural)
        self._owners = frozenset(language.owners)
        self._unlike = language.unlike_names
        self._never = frozenset((*language.never.get("subject", ()), *language.reading.adverbs, *language.reading.leads, *language.reading.asks))
        self._no_name = frozenset(language.never.get("name", ())) | {
            word.lower() for name in ("nationality", "language", "religion") for word in language.lists.get(name, ())
        }
        self._relations = language.relations
        either = _either(language.lists.get("relation", ()))
        every = _either((*language.lists.get("relation", ()), *language.relations.values()))
        qualities = f"(?:(?:{_either(language.qualities)}) )*" if language.qualities else ""
        owners = _either(language.owners)
        clitics = f"(?P<clitic>{_either(tuple(language.clitics))})?" if language.clitics else "(?P<clitic>)"
        self._clitics = language.clitics
        self._kin = re.compile(rf"(?i:(?:{owners}) {qualities}(?P<relation>{either}))(?: (?P<name>[^\W\d_][\w'-]*))?{clitics}(?: |$)")
        self._named = re.compile(rf"(?<!\w)(?i:(?:{owners}) {qualities}(?P<relation>{either})) (?P<name>[^\W\d_][\w-]*)")
        self._ends = re.compile(rf"(?:^|\s)(?P<relation>{every})$", re.IGNORECASE)

    def owned(self, words: frozenset[str]) -> bool:
        """Tell whether a message of these words may name somebody of the speaker's."""
        return not words.isdisjoint(self._owners)

    def read(self, clause: str, speaker: str, person: str | None, *, names: bool) -> Subject | None:
        """Return whom a clause is about, if it says so.

        Args:
            clause: with contractions written out.
            speaker: who speaks.
            person: somebody else that was named last.
            names: whether a bare name may be a subject.

        """
        first, _, rest = clause.partition(" ")
        lowered = first.lower()
        if lowered in self._selves:
            return Subject(speaker, "self", rest)
        if lowered in self._owners:
            return self._relation(clause, speaker)
        if lowered in self._pronouns:
            return Subject(person, "other", rest) if person else None
        return self._name(clause) if names and first[:1].isupper() else None

    def may_begin(self, clause: str) -> bool:
        """Tell whether a sentence's first clause may be one whose subject is left out: "just moved to Rome", but not "moving is hard"."""
        return not clause.split(" ", 1)[0].lower().endswith(self._unlike)

    def named(self, clause: str) -> list[tuple[str, str]]:
        """Return the relations and names that a clause puts together anywhere: "with my sister Ana"."""
        found = [(self._told(match), match["name"]) for match in self._named.finditer(clause)]
        return [(relation, name) for relation, name in found if self.is_name(name)]

    def relation(self, clause: str) -> str | None:
        """Return the relation that a clause ends with: "I have an older brother"."""
        match = self._ends.search(clause)
        return self._told(match) if match else None

    def is_name(self, text: str) -> bool:
        """Tell whether a text may be somebody's name, by its looks."""
        words = text.split(" ")
        return (
            0 < len(words) <= LONGEST_NAME
            and all(word[:1].isupper() and word.replace("-", "").replace("'", "").isalpha() for word in words)
            and not (len(text) > 1 and text.isupper())
            and len(text) > 1
            and words[0].lower() not in self._no_name
        )

    def _relation(self, clause: str, speaker: str) -> Subject | None:
        match = self._kin.match(clause)
        if not match:
            return None
        relation, name, rest = self._told(match), match["name"], clause[match.end() :]
        whose = f"{speaker}'s {relation}"
        if name and not self.is_name(name):
            rest, name = clause[match.start("name") :], None
        elif clitic := match["clitic"]:
            rest = f"{self._clitics[clitic]} {rest}"
        return Subject(name or whose, "other", rest, relation, name)

    def _told(self, match: re.Match[str]) -> str:
        """Return what a relation is called in attributes and subjects."""
        relation = match["relation"].lower()
        return self._relations.get(relation, relation)

    def _name(self, clause: str) -> Subject | None:
        words = clause.split(" ")
        if words[0].lower() in self._never or words[0].endswith(self._unlike):
            return None
        count = 1
        while count < min(len(words) - 1, LONGEST_NAME) and words[count][:1].isupper():
            count += 1
        name = " ".join(words[:count])
        if len(words) == count or words[count].lower() in self._plural or not self.is_name(name):
            return None
        return Subject(name, "other", " ".join(words[count:]))


def _either(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"
