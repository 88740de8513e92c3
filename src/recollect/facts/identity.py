"""What facts are about, and whether two say the same. Facts of one slot supersede each other."""

from typing import NamedTuple
from unicodedata import normalize

from recollect.facts.finding import OPPOSITES
from recollect.model import Fact


class Slot(NamedTuple):
    """A subject's attribute, folded; of a fact that is only text, a ``text`` in its place."""

    subject: str
    attribute: str
    text: str = ""


class Key(NamedTuple):
    """What a fact says within its slot, folded: another one that says the same repeats it."""

    attribute: str
    value: str


def fold(text: str | None) -> str:
    """Return a text without differences of case, width and space."""
    if not text:
        return ""
    return " ".join((text if text.isascii() else normalize("NFKC", text)).casefold().split())


def words(text: str) -> set[str]:
    """Return the words of a text, folded, without the signs around them."""
    return {word.strip(".,;:!?\"'()") for word in fold(text).split()} - {""}


def slot_of(fact: Fact) -> Slot:
    """Return the slot that a fact stands in by its own words."""
    if fact.attribute is None:
        return Slot(fold(fact.subject), "", fold(fact.text))
    attribute = fold(fact.attribute)
    return Slot(fold(fact.subject), min(attribute, OPPOSITES.get(attribute, attribute)))


def key_of(fact: Fact) -> Key:
    """Return what a fact says within its slot."""
    if fact.attribute is None:
        return Key("", fold(fact.text))
    return Key(fold(fact.attribute), fold(fact.value))
