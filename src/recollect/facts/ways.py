"""Rules by the first word of what they match, and what a match says."""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from recollect.errors import Invalid
from recollect.facts.language import Language, Rule
from recollect.facts.templates import Form, Side, form

_LABEL = re.compile(r"\{(\w+)\}")


class Way(Struct, frozen=True, eq=False):
    """A rule, and one of its templates."""

    rule: Rule
    form: Form
    order: int


class Ways:
    """Ways by the first two words of what they match, in the order of the rules.

    ``wild`` are words of which a clause must have one to match a way that may begin with anything.
    """

    def __init__(self, ways: Iterable[Way]) -> None:
        self._wild: list[Way] = []
        by_word: dict[str, list[Way]] = {}
        for way in ways:
            if not way.form.firsts:
                self._wild.append(way)
            for word in way.form.firsts:
                by_word.setdefault(word, []).append(way)
        self.wild = frozenset(word.split()[0] for way in self._wild for word in way.form.needs)
        self._by_word = {word: _by_second(some) for word, some in by_word.items()}

    def begin(self, clause: str, *, wild: bool) -> bool:
        """Tell whether any way may match a clause; with ``wild``, one that may begin with anything too."""
        return _word(clause.partition(" ")[0]) in self._by_word or (wild and bool(self._wilds(clause)))

    def of(self, clause: str) -> Iterable[Way]:
        """Return the ways that may match a clause."""
        first, _, rest = clause.partition(" ")
        seconds = self._by_word.get(_word(first))
        ways = seconds.get(_word(rest.partition(" ")[0]), seconds[""]) if seconds else ()
        return (*ways, *self._wilds(clause)) if self._wild else ways

    def _wilds(self, clause: str) -> list[Way]:
        """Return the ways that begin with a slot, and may match a clause."""
        padded = f" {clause.lower()} " if self._wild else ""
        return [way for way in self._wild if any(word in padded for word in way.form.needs)]


def _word(word: str) -> str:
    word = word.rstrip(",!:").lower()
    return "0" if word.isdigit() else word


def _by_second(ways: list[Way]) -> dict[str, tuple[Way, ...]]:
    """Return, for each second word, the ways that it leaves; under "", those for any other word."""
    words = {word for way in ways for word in way.form.seconds}
    return {word: tuple(way for way in ways if not way.form.seconds or word in way.form.seconds) for word in ("", *words)}


def ways(language: Language, side: Side | None) -> Ways:
    """Return the ways of what follows a subject of one side, or, without a side, of whole clauses.

    Raises:
        Invalid: a template is wrong; the message tells the rule.

    """
    found = []
    for number, rule in enumerate(language.rules):
        spoken_for = frozenset(_LABEL.findall(" ".join((rule.attribute, rule.about or "", *(also.value for also in rule.also)))))
        for template in rule.says if side else rule.whole:
            try:
                found.append(Way(rule, form(template, side or "self", language, spoken_for), number))
            except (Invalid, KeyError, re.error) as error:
                reason = f"there is no list {error}" if isinstance(error, KeyError) else error
                raise Invalid(f"rules[{number}] ({rule.attribute!r}): {reason}") from error
    return Ways(found)


def filled(template: str, fields: Mapping[str, str]) -> str:
    """Put values for the ``{labels}`` of a text; what there is no value for is left out."""
    return " ".join(_LABEL.sub(lambda match: fields.get(match[1], ""), template).split())
