"""Templates of rules, made into patterns: ``"<be> living in {place}"``, ``"prefer/prefers {first:thing} to {second:thing}"``."""

import re
from typing import Literal

from msgspec import Struct

from recollect.errors import Invalid
from recollect.facts.language import Language, Slot

Side = Literal["self", "other"]

_TOKEN = re.compile(r"\[(?P<maybe>[^\[\]]*)\](?= |$)|\((?P<group>[^()]*)\)(?= |$)|\{(?P<slot>[^{}]*)\}(?P<tail>\S*)|(?P<word>[^\s\[\](){}]+)")
_SLOT = re.compile(r"(?:(?P<label>\w+)(?::(?P<type>\w+)|=(?P<options>[^{}:=]+))?)")
FIRST, SECOND = 0, 1
"""How many words of a template have been read that must be there."""
WIDEST = 80
"""Characters that a slot in the middle takes at most, so that no text makes a pattern slow."""


class Form(Struct, frozen=True, eq=False):
    """A template as a pattern over a clause that ends with a space.

    Args:
        pattern: its groups are the labels of its slots, and ``end_`` is what follows it.
        firsts: the words that it may begin with; empty where it begins with a slot.
        seconds: the words that may follow; empty where that cannot be told.
        needs: words, in lower case with spaces around, without any of which it cannot match.
        slots: labels to slots, for those that take any words.
        main: the label whose value is the finding's, unless the rule tells.

    """

    pattern: re.Pattern[str]
    firsts: frozenset[str]
    seconds: frozenset[str]
    needs: tuple[str, ...]
    slots: dict[str, Slot]
    main: str | None


class _Parts(Struct):
    """What is gathered of a template while it is read."""

    pattern: str = ""
    slots: dict[str, Slot] = {}
    typed: list[str] = []
    labels: list[str] = []
    firsts: set[str] = set()
    seconds: set[str] = set()
    stage: int = 0
    wild: bool = False
    vague: bool = False
    needs: tuple[str, ...] = ()
    free: bool = False


def form(template: str, side: Side, language: Language, spoken_for: frozenset[str] = frozenset()) -> Form:
    """Compile a template for the user's own statements (``"I live"``) or for those about others (``"she lives"``).

    Args:
        template: see docs/rules.md.
        side: which of ``live/lives`` is meant.
        language: its words, lists and slots.
        spoken_for: labels that are not the finding's value.

    Raises:
        Invalid: the template has an unknown word or slot, or brackets that do not close.

    """
    parts = _Parts(slots={}, typed=[], labels=[], firsts=set(), seconds=set())
    _read(_worded(template, language), side, language, parts)
    end = "" if parts.free else "(?P<end_>.*)"
    main = next((label for label in parts.typed if label not in spoken_for), None)
    pattern = re.compile(parts.pattern + end, re.IGNORECASE)
    firsts = frozenset() if parts.wild or not parts.stage else frozenset(parts.firsts)
    seconds = frozenset() if parts.vague or parts.stage < SECOND + 1 else frozenset(parts.seconds)
    return Form(pattern, firsts, seconds, parts.needs, parts.slots, main)


def _worded(template: str, language: Language) -> str:
    """Put the file's ``[words]`` for each ``<word>``."""

    def put(match: re.Match[str]) -> str:
        if match[1] not in language.words:
            raise Invalid(f"template {template!r}: there is no <{match[1]}> in [words]")
        return language.words[match[1]]

    return re.sub(r"<(\w+)>", put, template)


def _read(template: str, side: Side, language: Language, parts: _Parts) -> None:
    end = 0
    for match in _TOKEN.finditer(template):
        if template[end : match.start()].strip():
            break
        end = match.end()
        if parts.free:
            parts.pattern, parts.free = parts.pattern.removesuffix(".+)") + f".{{1,{WIDEST}}}?) ", False
        if (inner := match["maybe"]) is not None:
            _maybe(inner, side, language, parts)
        elif (inner := match["group"]) is not None:
            _fixed([one.strip() for one in _sided(inner, side).split("|")], parts)
        elif (inner := match["slot"]) is not None:
            _slot(inner, match["tail"], language, parts, template)
        else:
            _fixed(_sided(match["word"], side).split("|"), parts)
    if template[end:].strip() or not parts.pattern:
        raise Invalid(f"template {template!r}: cannot be read from {template[end:].strip()!r} on")


def _sided(word: str, side: Side) -> str:
    own, slash, others = word.partition("/")
    return others if slash and side == "other" else own


def _options(options: list[str]) -> str:
    return "|".join(re.escape(one).replace(r"\ ", " ") for one in sorted(options, key=len, reverse=True))


def _begin(options: list[str], parts: _Parts, *, must: bool = True) -> None:
    """Note what a template may begin with, and what may come second."""
    words = [one.lower().split(" ") for one in options]
    if parts.stage == FIRST:
        parts.firsts.update(one[0] for one in words)
        parts.vague = parts.vague or any(len(one) > 1 for one in words)
    elif parts.stage == SECOND:
        parts.seconds.update(one[0] for one in words)
    parts.stage += must


def _fixed(options: list[str], parts: _Parts) -> None:
    _begin(options, parts)
    if min(map(len, options)) >= min(map(len, parts.needs), default=2) - 2:
        parts.needs = tuple(f" {one.lower()} " for one in options)
    parts.pattern += f"(?:{_options(options)}) "


def _maybe(inner: str, side: Side, language: Language, parts: _Parts) -> None:
    mine = _Parts(slots=parts.slots, typed=parts.typed, labels=parts.labels, firsts=parts.firsts, seconds=parts.seconds, stage=parts.stage)
    _read(inner, side, language, mine)
    if mine.free:
        raise Invalid(f"template part [{inner}]: only lists of words and numbers may be left out")
    parts.vague = parts.vague or mine.vague or parts.stage == FIRST
    parts.pattern += f"(?:{mine.pattern})?"


def _slot(inner: str, tail: str, language: Language, parts: _Parts, template: str) -> None:
    match = _SLOT.fullmatch(inner)
    if not match or match["label"] in parts.labels:
        raise Invalid(f"template {template!r}: {{{inner}}} is no slot, or stands twice")
    label, options = match["label"], match["options"]
    parts.labels.append(label)
    after = re.escape(tail) + " "
    if options:
        choice = options.split("|")
        _begin([one + tail for one in choice], parts)
        parts.pattern += f"(?P<{label}>{_options(choice)}){after}"
        return
    slot = language.slots.get(match["type"] or label)
    if slot is None:
        raise Invalid(f"template {template!r}: there is no {match['type'] or label!r} in [slots]")
    parts.typed.append(label)
    if slot.one_of:
        choice = list(language.lists[slot.one_of])
        _begin([one + tail for one in choice], parts)
        parts.pattern += f"(?P<{label}>{_options(choice)}){after}"
    elif slot.digits:
        parts.pattern += f"(?P<{label}>[0-9]{{1,{slot.digits}}}){after}"
        _begin(["0"], parts)
    else:
        parts.slots[label] = slot
        parts.wild = parts.wild or parts.stage == FIRST
        parts.vague = parts.vague or parts.stage == SECOND
        parts.stage += 1
        parts.free = not tail
        parts.pattern += f"(?P<{label}>.{{1,{WIDEST}}}?){after}" if tail else f"(?P<{label}>.+)"
