"""What a template's match says, as findings."""

import re

from msgspec import Struct
from msgspec.structs import replace

from recollect.facts.finding import USER, Finding
from recollect.facts.heads import Head
from recollect.facts.language import Also, Language, Rule, Slot
from recollect.facts.slots import Slots
from recollect.facts.templates import Form
from recollect.facts.times import Clock, span_text
from recollect.facts.ways import Way, filled

FEW = 3
"""Words of a thing in a list, at most, where its things are not alike."""

RELATION = "relation"
"""The slot for relations: what stands there goes by one name in all languages."""

_NAME = Slot(longest=4)


class Said(Struct, frozen=True):
    """The findings of a match, the words behind it, the first one's value in its text, and its slot, if that may go on as a list."""

    findings: tuple[Finding, ...]
    rest: str
    told: str
    goes_on: Slot | None = None


class _Fields(Struct, frozen=True):
    """What stands in the slots of a match, by label: the values, and how a text tells them."""

    values: dict[str, str]
    told: dict[str, str]

    def filled(self, template: str, value: str) -> str:
        """Return a text with these and a value in it."""
        return filled(template, {**self.told, "value": value})


class Teller:
    """Makes findings of matches, by the lists of a language."""

    def __init__(self, language: Language) -> None:
        self._slots = Slots(language)
        self._relations = language.relations
        self._only = frozenset(self._relations.get(one, one) for one in language.lists.get("only_one", ()))
        self._clock = Clock(language.times)
        self._dated = frozenset(language.times.names) | frozenset(language.times.english)

    def tell(self, way: Way, match: re.Match[str], head: Head, subject: str, said: int, clause: str) -> Said | None:
        """Return what a match of a way says, or None if it does not fit.

        Args:
            way: a rule and a template.
            match: of the template.
            head: whether what was matched is negated.
            subject: whom it is about.
            said: when.
            clause: all of it, where a time may stand.

        """
        rule, shape = way.rule, way.form
        if (not head.negated and (rule.negated == "affirm" or not rule.affirmed)) or (head.negated and (rule.denies or rule.negated == "drop")):
            return None
        span = self._clock.when(clause, said, ahead=True) if rule.future else None
        if rule.future and span is None:
            return None
        fields = self._fields(shape, match)
        if fields is None:
            return None
        if rule.about:
            subject = f"{subject}'s {filled(rule.about, fields.values).lower()}"
        first = self._finding(rule, shape, fields, head, subject)
        if first is None:
            return None
        if span:
            first = replace(first, text=f"{first.text}, {span_text(span)}", until=span.until)
        elif rule.kind in {"profile", "event"} and not rule.undated and (past := self._clock.when(clause, said, ahead=False)):
            first = replace(first, since=past.since)
        others = [made for also in rule.also if not head.negated and (made := self._second(also, fields, subject))]
        main = shape.slots.get(shape.main or "")
        return Said((first, *others), self._rest(match, fields.values), fields.told.get(shape.main or "", ""), main if main and main.split else None)

    def item(self, said: Said, text: str) -> list[Finding]:
        """Return the finding of a further thing of a list."""
        first = said.findings[0]
        value = self._slots.read(said.goes_on, text) if said.goes_on else None
        if value is None or first.value is None or not _alike(first.value, value):
            return []
        return [replace(first, value=value, text=first.text.replace(said.told, self._slots.told(text, value)))]

    def relation(self, relation: str, name: str, whose: str) -> Finding:
        """Return the finding that somebody stands in a relation to the speaker."""
        text = f"has a {relation} called {name}"
        return Finding(text if whose == USER else f"{whose} {text}", "profile", whose, relation, name, adds=relation not in self._only)

    def meant(self, shape: Form, clause: str) -> str | None:
        """Return what a correction names as right: no time, which stands in no slot by itself."""
        match = shape.pattern.match(clause + " ")
        fields = self._fields(shape, match) if match else None
        value = fields.values[shape.main] if fields and shape.main else None
        return None if value is None or (len(value) > 1 and value.isupper()) or not self._dated.isdisjoint(value.lower().split()) else value

    def name(self, text: str) -> str | None:
        """Return a value of a few words."""
        return self._slots.read(_NAME, text)

    def untimed(self, clause: str) -> str:
        """Return a clause without the time that it begins with."""
        return self._slots.cutter.untimed(clause)

    def is_time(self, clause: str) -> bool:
        """Tell whether a clause is a time and nothing else: "tomorrow", in front of a comma."""
        return self._slots.cutter.is_time(clause)

    def _fields(self, shape: Form, match: re.Match[str]) -> _Fields | None:
        fields, told = {}, {}
        for label, raw in match.groupdict().items():
            if raw is None or label == "end_":
                continue
            value = self._slots.read(shape.slots[label], raw) if label in shape.slots else self._slots.same(raw.strip())
            if value is None:
                return None
            fields[label] = self._relations.get(value.lower(), value) if label == RELATION else value
            told[label] = self._slots.told(raw, value) if label in shape.slots else fields[label]
        return _Fields(fields, told) if self._slots.cutter.over(match.groupdict().get("end_") or "") else None

    def _finding(self, rule: Rule, shape: Form, fields: _Fields, head: Head, subject: str) -> Finding | None:
        value, told = (filled(f"{{{shape.main}}}" if rule.value is None else rule.value, one) for one in (fields.values, fields.told))
        attribute = filled(rule.attribute, {label: one.lower() for label, one in fields.values.items()})
        denies = rule.denies
        if head.negated and rule.negated == "opposite" and not head.ended and rule.opposite:
            attribute = rule.opposite
            text = f"{attribute} {told}"
        else:
            text = fields.filled(rule.text or "", told) or f"{attribute} {told}".strip()
            denies = denies or (head.negated and rule.negated != "affirm")
        if denies:
            text = f"no longer: {text}" if head.ended or rule.denies else f"not: {text}"
        return Finding(
            _about(subject, text), rule.kind, subject, attribute, value or None, adds=rule.adds and attribute not in self._only, denies=denies
        )

    def _second(self, also: Also, fields: _Fields, subject: str) -> Finding | None:
        value, told = filled(also.value, fields.values), filled(also.value, fields.told)
        if not value:
            return None
        text = fields.filled(also.text or "", told) or f"{also.attribute} {told}"
        text = f"no longer: {text}" if also.denies else text
        return Finding(_about(subject, text), also.kind, subject, also.attribute, value, adds=also.adds, denies=also.denies)

    def _rest(self, match: re.Match[str], fields: dict[str, str]) -> str:
        """Return what stands behind the value in the last slot."""
        label = match.lastgroup
        if label is None or label not in fields:
            return ""
        return match[label].partition(fields[label])[2].strip()


def _alike(one: str, other: str) -> bool:
    """Tell whether two values may be things of one list: both of few words, or with first words that end alike ("reading …, writing …")."""
    short = max(one.count(" "), other.count(" ")) < FEW
    return short or one.split(" ", maxsplit=1)[0][-3:] == other.split(" ", maxsplit=1)[0][-3:]


def _about(subject: str, text: str) -> str:
    return text if subject == USER else f"{subject} {text}"
