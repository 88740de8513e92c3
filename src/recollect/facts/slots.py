"""What a slot's words come to: cut where the value ends, and checked."""

import re

from recollect.facts.language import Language, Slot
from recollect.facts.reading import POINT

_EDGE = re.compile(r"^[\W_]+(?<![#@$€£(+])|[^\w+#%)'!]+$|(?<!\w)'+$|[!']+$")
_DIGITS = re.compile(r"\d")


class Cutter:
    """Finds where a value ends: in front of a word that leads on to something else, or of a time.

    ``opening`` matches the time that a clause begins with, in front of its subject.
    """

    def __init__(self, language: Language) -> None:
        times = language.times
        time = f"(?:{_either(times.starts)})" if times.starts else "(?!)"
        if times.before:
            names = f"|(?:{_either(times.names)})(?!\\w)" if times.names else ""
            time += rf"|(?:{_either(times.before)}) (?:(?:{_either(language.articles)}) )?(?:\d{names})"
        self.time = re.compile(rf"(?:^|\s)(?:{time})(?!\w).*|(?:^|\s)(?:{time})", re.IGNORECASE | re.DOTALL)
        selves = _either((*language.selves, *language.owners)) if language.selves else "(?!)"
        self.opening = re.compile(rf"(?:{time})(?!\w)(?: [^\s,]+){{0,3}}? (?=(?:{selves})\s)", re.IGNORECASE)
        self._words = {name: _words((*words, *language.cut.get("all", ()))) for name, words in language.cut.items()}
        self._words.setdefault("all", _words(()))

    def cut(self, text: str, name: str | None) -> str:
        """Return what stands in front of the first word that ends a value."""
        end = self._words[name or "all"].search(text)
        if end:
            text = text[: end.start()]
        time = self.time.search(text)
        return text[: time.start()] if time else text

    def over(self, text: str) -> bool:
        """Tell whether nothing that matters stands in a text."""
        return not self.cut(" " + text, None).strip(" .,!?;:()-…~*\"'")


def _either(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _words(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\s(?:{_either(words)})(?!\w)" if words else "(?!)", re.IGNORECASE)


class Slots:
    """Reads values out of slots, by the lists of a language."""

    def __init__(self, language: Language) -> None:
        self.cutter = Cutter(language)
        self._articles = frozenset(language.articles)
        titles = _either(tuple(one.removesuffix(".") for one in language.titles))
        self._titles = re.compile(rf"^(?:{titles})[{POINT}.]* ") if titles else None
        self._same = language.same
        self._never = {name: frozenset(words) for name, words in language.never.items()}
        self._last = self._never.get("last", frozenset())
        self._definite = frozenset(language.definite)
        self._lists = {name: frozenset(word.lower() for word in words) for name, words in language.lists.items()}
        self._heads = {name: frozenset(words) for name, words in language.heads.items()}
        self._starts = {name: tuple(f"{word} " for word in words) for name, words in language.starts.items()}
        self._dated = frozenset(name.lower() for name in language.times.names) | frozenset(language.times.english)

    def read(self, slot: Slot, raw: str) -> str | None:
        """Return the value, or None if the words are not what the slot asks for."""
        text = self.cutter.cut(" " + raw, slot.cut) if not slot.dated else raw
        text = _EDGE.sub("", text.strip()).strip()
        if slot.alone and len(text) < len(_EDGE.sub("", raw.strip())):
            return None
        if slot.definite and self._vaguely_definite(slot.definite, text):
            return None
        if not text or (slot.article and text.split(" ", 1)[0].lower() not in self._articles):
            return None
        if slot.articles == "drop":
            text = self.bare(text)
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

    def fits(self, slot: Slot, text: str) -> bool:
        """Tell whether a value, without its article, is what a slot asks for."""
        lowered = text.lower()
        words = lowered.split()
        if not slot.shortest <= len(words) <= slot.longest or not any(sign.isalnum() for sign in text):
            return False
        if slot.never and self._ruled_out(words, self._never[slot.never]):
            return False
        if words[-1] in self._last or (slot.without and not self._never[slot.without].isdisjoint(words)):
            return False
        if any(lowered in self._lists[name] for name in slot.outside) or (slot.within and lowered not in self._lists[slot.within]):
            return False
        if slot.starts and not f"{lowered} ".startswith(self._starts[slot.starts]):
            return False
        if (slot.first_ends and not words[0].endswith(slot.first_ends)) or (slot.last_ends and not words[-1].endswith(slot.last_ends)):
            return False
        if slot.dated and not (_DIGITS.search(text) or any(word.strip(",.") in self._dated for word in words)):
            return False
        headed = slot.head is not None and self._headed(words, self._heads[slot.head])
        return headed if slot.head and not (slot.capital or "").startswith("or") else headed or self._capital(slot, text, words)

    def _vaguely_definite(self, heads: str, text: str) -> bool:
        """Tell whether a definite article makes a value something that only those who talk know: "the color"."""
        article, _, rest = text.partition(" ")
        return article.lower() in self._definite and not rest[:1].isupper() and not self._headed(rest.lower().split(), self._heads[heads])

    def _ruled_out(self, words: list[str], never: frozenset[str]) -> bool:
        return words[0].strip(",.'!") in never or " ".join(words[:2]) in never or " ".join(words[:3]) in never

    def _headed(self, words: list[str], heads: frozenset[str]) -> bool:
        return any(" ".join(words[-count:]) in heads for count in (1, 2, 3)) or (len(words) > 2 and _of(words, heads))  # noqa: PLR2004

    def _capital(self, slot: Slot, text: str, words: list[str]) -> bool:
        wanted = slot.capital
        if wanted is None:
            return True
        high = text[0].isupper() or text[0].isdigit()
        if wanted == "must":
            return text[0].isupper() and not (len(text) > 1 and len(words) == 1 and text.isupper())
        if wanted == "never":
            return not high
        if wanted == "or head":
            return any(word[:1].isupper() for word in text.split(" "))
        return high or (wanted == "or one word" and len(words) == 1) or (wanted == "or few words" and len(words) <= 3)  # noqa: PLR2004


_PREPOSITIONS = frozenset(("near", "in", "of", "outside", "on", "by", "from", "at", "called", "named", "with", "de", "en", "à", "bei", "in"))


def _of(words: list[str], heads: frozenset[str]) -> bool:
    """Tell whether the word in front of the first preposition is a head: "tiny village near Bordeaux"."""
    return any(word in _PREPOSITIONS and words[place - 1] in heads for place, word in enumerate(words) if place)
