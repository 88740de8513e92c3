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
    """Ways by the first word of what they match, in the order of the rules."""

    def __init__(self, ways: Iterable[Way]) -> None:
        self._by_word: dict[str, list[Way]] = {}
        self._wild: list[Way] = []
        for way in ways:
            if not way.form.firsts:
                self._wild.append(way)
            for word in way.form.firsts:
                self._by_word.setdefault(word, []).append(way)

    def of(self, clause: str) -> list[Way]:
        """Return the ways that may match a clause."""
        word = clause.split(" ", 1)[0].rstrip(".,!:").lower()
        ways = self._by_word.get("0" if word.isdigit() else word, [])
        if self._wild:
            lowered = clause.lower()
            ways = [*ways, *(way for way in self._wild if way.form.needs in lowered)]
        return ways


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
