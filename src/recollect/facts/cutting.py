"""Where a value ends, and which times stand in front of a clause: word by word, so that no text takes long."""

from collections.abc import Iterable

from recollect.facts.language import Language

BETWEEN = 3
"""Words of a time behind those that it is known by, at most: "last year in May we …"."""
_PUNCTUATION = ".,!?;:()…\"'"


class Starts:
    """Phrases by their first words."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_word: dict[str, list[list[str]]] = {}
        for phrase in sorted(phrases, key=len, reverse=True):
            words = phrase.lower().split()
            self._by_word.setdefault(words[0], []).append(words)

    def at(self, words: list[str], place: int) -> int:
        """Return of how many words the longest phrase is that begins at a place; 0 if there is none."""
        for phrase in self._by_word.get(words[place], ()) if place < len(words) else ():
            if words[place : place + len(phrase)] == phrase:
                return len(phrase)
        return 0


class Cutter:
    """Finds where a value ends: in front of a word that leads on to something else, or of a time."""

    def __init__(self, language: Language) -> None:
        times, always = language.times, language.cut.get("all", ())
        self._ends = {name: Starts((*words, *always, *times.starts)) for name, words in {"all": (), **language.cut}.items()}
        self._starts, self._before, self._names = Starts(times.starts), Starts(times.before), Starts(times.names)
        self._articles = frozenset(language.articles)
        self._own = frozenset((*language.selves, *language.owners))
        self._bare, self._inverted = language.optional_self, language.inverted

    def cut(self, text: str, name: str | None) -> str:
        """Return what stands in front of the first word that ends a value."""
        words = text.split()
        lowered = _lowered(words)
        ends = self._ends[name or "all"]
        end = next((place for place in range(len(words)) if ends.at(lowered, place) or self._dated(lowered, place)), len(words))
        return " ".join(words[:end])

    def over(self, text: str) -> bool:
        """Tell whether nothing that matters stands in a text."""
        return not text or not self.cut(text, None).strip(_PUNCTUATION + " -~*")

    def untimed(self, clause: str) -> str:
        """Return a clause without the time that it begins with, in front of its subject."""
        words = clause.split(" ")
        lowered = _lowered(words[: 3 * BETWEEN])
        length = self._starts.at(lowered, 0) or self._dated(lowered, 0)
        place = next((place for place in range(length, length + BETWEEN + 1) if length and place < len(lowered) and lowered[place] in self._own), 0)
        if self._inverted and place > length:
            return " ".join((words[place], words[place - 1], *words[place + 1 :]))
        return " ".join(words[place or (length if self._bare else 0) :])

    def is_time(self, clause: str) -> bool:
        """Tell whether a clause is a time and nothing else."""
        words = _lowered(clause.split(" ")) if clause.count(" ") < BETWEEN else []
        return bool(words) and len(words) == (self._starts.at(words, 0) or self._dated(words, 0))

    def _dated(self, lowered: list[str], place: int) -> int:
        """Return of how many words the beginning of a time is that stands behind a word such as "in"; 0 if there is none."""
        length = self._before.at(lowered, place)
        if not length:
            return 0
        after = place + length
        if after < len(lowered) and lowered[after] in self._articles:
            after += 1
        if after < len(lowered) and lowered[after][:1].isdigit():
            return after + 1 - place
        named = self._names.at(lowered, after)
        return after + named - place if named else 0


def _lowered(words: list[str]) -> list[str]:
    return [word.lower() if word.isalpha() else word.lower().strip(_PUNCTUATION) for word in words]
