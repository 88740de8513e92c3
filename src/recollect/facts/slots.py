"""What a slot's words come to: cut where the value ends, and checked."""

import re

from recollect.facts.cutting import Cutter
from recollect.facts.language import Language, Slot
from recollect.facts.reading import POINT

_EDGE = re.compile(r"^[\W_]+(?<![#@$€£(+])|[^\w+#%)'!]+$|(?<!\w)'+$|[!']+$")
FEW = 3
"""Words that a place in small letters has at most."""

_DIGITS = re.compile(r"\d")


def _either(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


class Slots:
    """Reads values out of slots, by the lists of a language."""

    def __init__(self, language: Language) -> None:
        self.cutter = Cutter(language)
        self._articles = frozenset(language.articles)
        self._told = frozenset(language.told_articles)
        titles = _either(tuple(one.removesuffix(".") for one in language.titles))
        self._titles = re.compile(rf"^(?:{titles})[{POINT}.]* ") if titles else None
        self._same = language.same
        self._never = {name: frozenset(words) for name, words in language.never.items()}
        self._last = self._never.get("last", frozenset())
        self._definite = frozenset(language.definite)
        self._lists = {name: frozenset(word.lower() for word in words) for name, words in language.lists.items()}
        self._heads = {name: frozenset(words) for name, words in language.heads.items()}
        self._starts = {name: tuple(f"{word} " for word in words) for name, words in language.starts.items()}
        self._prepositions = frozenset(language.prepositions)
        self._dated = frozenset(name.lower() for name in language.times.names) | frozenset(language.times.english)

    def read(self, slot: Slot, raw: str) -> str | None:
        """Return the value, or None if the words are not what the slot asks for."""
        text = self.cutter.cut(raw, slot.cut) if not slot.dated else raw
        text = text.strip()
        if not (text and text[0].isalnum() and text[-1].isalnum()):
            text = _EDGE.sub("", text).strip()
        if slot.alone and len(text) < len(_EDGE.sub("", raw.strip())):
            return None
        if slot.definite and self._vaguely_definite(slot.definite, text):
            return None
        if not text or (slot.article and text.split(" ", 1)[0].lower() not in self._articles):
            return None
        if slot.articles == "drop":
            bare = self.bare(text)
            if slot.capital == "or few words" and bare is not text and not (bare[:1].isupper() or self._has_head(slot, bare)):
                return None
            text = bare
        if slot.capital and self._titles:
            text = self._titles.sub("", text)
        return self.same(text) if self.fits(slot, text) else None

    def same(self, text: str) -> str:
        """Return a value as it is kept, of several that are one."""
        return self._same.get(text.lower()) or text.replace(POINT, ".")

    def bare(self, text: str) -> str:
        """Return a value without its article."""
        first, _, rest = text.partition(" ")
        return rest.strip() if rest and first.lower() in self._articles else text

    def told(self, raw: str, value: str) -> str:
        """Return a value as a text tells it: with the article that was said in front of it."""
        article, _, rest = raw.strip().partition(" ")
        return f"{article.lower()} {value}" if article.lower() in self._told and rest.startswith(value) else value

    def fits(self, slot: Slot, text: str) -> bool:
        """Tell whether a value, without its article, is what a slot asks for."""
        words = text.lower().split()
        return (
            slot.shortest <= len(words) <= slot.longest
            and any(sign.isalnum() for sign in text)
            and not self._ruled_out(slot, words)
            and self._listed(slot, text.lower())
            and self._shaped(slot, words)
            and self._stands_out(slot, text, words)
        )

    def _ruled_out(self, slot: Slot, words: list[str]) -> bool:
        """Tell whether a value is, begins with, ends with or holds a word that it must not."""
        if words[-1] in self._last or (slot.without and not self._never[slot.without].isdisjoint(words)):
            return True
        never = self._never[slot.never] if slot.never else frozenset[str]()
        return words[0].strip(",.'!") in never or " ".join(words[:2]) in never or " ".join(words[:3]) in never

    def _listed(self, slot: Slot, lowered: str) -> bool:
        if slot.within and lowered not in self._lists[slot.within]:
            return False
        return not any(lowered in self._lists[name] for name in slot.outside)

    def _shaped(self, slot: Slot, words: list[str]) -> bool:
        if slot.starts and not f"{' '.join(words)} ".startswith(self._starts[slot.starts]):
            return False
        if slot.dated and not any(word.strip(",.") in self._dated or _DIGITS.search(word) for word in words):
            return False
        return (not slot.first_ends or words[0].endswith(slot.first_ends)) and (not slot.last_ends or words[-1].endswith(slot.last_ends))

    def _stands_out(self, slot: Slot, text: str, words: list[str]) -> bool:
        """Tell whether a value has the head, or the capitals, that its slot asks for."""
        if self._has_head(slot, text):
            return slot.capital not in {"never", "must"} or _high(text) == (slot.capital == "must")
        return (slot.head is None or (slot.capital or "").startswith("or")) and _capital(slot, text, len(words))

    def _vaguely_definite(self, heads: str, text: str) -> bool:
        """Tell whether a definite article makes a value something that only those who talk know: "the color"."""
        article, _, rest = text.partition(" ")
        return article.lower() in self._definite and not rest[:1].isupper() and not self._headed(rest.lower().split(), self._heads[heads])

    def _has_head(self, slot: Slot, text: str) -> bool:
        return slot.head is not None and self._headed(text.lower().split(), self._heads[slot.head])

    def _headed(self, words: list[str], heads: frozenset[str]) -> bool:
        """Tell whether a head is at a value's end, or in front of its first preposition: "tiny village near Bordeaux"."""
        if any(" ".join(words[-count:]) in heads for count in (1, 2, 3)):
            return True
        return any(word in self._prepositions and words[place - 1] in heads for place, word in enumerate(words) if place)


def _high(text: str) -> bool:
    """Tell whether there is a capital in the first word: "Canon", "iPhone"."""
    return any(sign.isupper() for sign in text.split(" ", 1)[0])


def _capital(slot: Slot, text: str, words: int) -> bool:
    wanted, high = slot.capital, _high(text)
    if wanted is None:
        return True
    if wanted == "must":
        return high and not (slot.alone and words == 1 and text.isupper())
    if wanted == "never":
        return not high
    if wanted == "or head":
        return any(word[:1].isupper() for word in text.split(" "))
    if wanted == "or one word":
        return words == 1 or all(word[:1].isupper() for word in text.split(" "))
    return high or text[0].isdigit() or words <= FEW
