"""All that is found in a text: the surest kinds first, each value once."""

import re
from collections.abc import Iterable, Iterator, Sequence

from recollect.privacy.redaction.addresses import addresses
from recollect.privacy.redaction.cards import cards
from recollect.privacy.redaction.digits import Run, runs
from recollect.privacy.redaction.emails import emails, spelled
from recollect.privacy.redaction.ibans import ibans
from recollect.privacy.redaction.identities import identities, social_security
from recollect.privacy.redaction.kinds import Found
from recollect.privacy.redaction.rules import Rule
from recollect.privacy.redaction.secrets import secrets
from recollect.privacy.redaction.seen import BARRIER, seen

_OURS = re.compile(r"<[A-Z][A-Z0-9_]{0,31}(?:_[0-9]{1,6}|:[a-p]{16})>|•{4,}+(?:[0-9A-Za-z]{0,4}+(?![0-9A-Za-z]))?")
"""What redaction put there before."""
_UUID = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![0-9A-Za-z])")
_BINARY = re.compile(r"[A-Za-z0-9+/]{160,}+={0,2}")
"""Base64 of pictures and the like, in which digits mean nothing."""
_HYPHENS = 4
_FEWEST_IN_CODE = 6
_PART = re.compile(rf"[^\s{BARRIER}](?:[^{BARRIER}]*[^\s{BARRIER}])?")
_MOST_ROUNDS = 16
_PHONE = re.compile("<PHONE[_:]")


def find(text: str, own: Sequence[Rule] = (), region: str | None = None, *, phones: bool = True) -> list[Found]:
    """Return what is found in a text, in order; no two overlap. Linear in the text's length, as far as the own rules are.

    Args:
        text: any text.
        own: rules that come before all others.
        region: the country whose national telephone numbers count wherever they stand.
        phones: whether to look for telephone numbers, which takes the package phonenumbers.

    """
    view = seen(text)
    search = _Search(view.text, own, region, phones=phones)
    search.run()
    found = [Found(kind, *view.origin(start, end), value) for kind, start, end, value in search.found]
    return sorted(found, key=lambda one: one.start)


class _Search:
    """What was found so far, and the rest of the text, in which barriers stand for it."""

    def __init__(self, text: str, own: Sequence[Rule], region: str | None, *, phones: bool) -> None:
        self.found: list[Found] = []
        self._patterns = [rule for rule in own if rule.recogniser is None]  # a recogniser may be slow: it is asked once
        self._own, self._region, self._phones = own, region, phones
        self._numbers: list[int] = []
        self._rest, self._read = text, ""
        self._known: list[Run] = []
        if "<" in text or "•" in text:
            ours = list(_OURS.finditer(text))
            self._numbers = [one.end() for one in ours if _PHONE.match(one[0])]
            self._rest = _without(text, [one.span() for one in ours])

    def run(self) -> None:
        """Look until nothing more is found: what was found no longer stands in the way of what is beside it."""
        for number in range(_MOST_ROUNDS):
            count = len(self.found)
            self._round(own=self._own if number == 0 else self._patterns)
            if len(self.found) == count:
                break

    def _round(self, own: Sequence[Rule]) -> None:
        for rule in own:
            self._keep(_between_barriers(self._rest, rule.find(self._rest)))
        self._keep(secrets(self._rest))
        if "@" in self._rest:
            self._keep(emails(self._rest))
        self._keep(spelled(self._rest))
        digits = _count(self._rest)
        if digits:
            self._keep(addresses(self._rest))
        if digits >= _FEWEST_IN_CODE:
            spans = [one.span() for one in _UUID.finditer(self._rest)] if self._rest.count("-") >= _HYPHENS else []
            self._numbers_in(_without(self._rest, spans + [one.span() for one in _BINARY.finditer(self._rest)]))

    def _numbers_in(self, text: str) -> None:
        found, failing = ibans(text)
        text = _without(self._keep(found, text), failing)  # digits of these mean nothing else
        for recogniser in (cards, social_security, identities):
            text = self._keep(recogniser(text, self._runs(text)), text)
        if self._phones:
            from recollect.privacy.redaction.phones import phones

            self._keep(phones(text, self._region, self._numbers), text)

    def _runs(self, text: str) -> list[Run]:
        """Return the runs of digits in a text; for the same text, those from before."""
        if text is not self._read:
            self._read, self._known = text, runs(text)
        return self._known

    def _keep(self, some: Iterable[Found], text: str | None = None) -> str:
        """Take over what was found, and return the text without it."""
        kept = _apart(some)
        if kept:
            self.found += kept
            self._numbers += [one.end for one in kept if one.kind == "PHONE"]
            spans = [(one.start, one.end) for one in kept]
            self._rest = _without(self._rest, spans)
            return self._rest if text is None else _without(text, spans)
        return self._rest if text is None else text


def _apart(some: Iterable[Found]) -> list[Found]:
    """Return what was found in order; what overlaps becomes one."""
    apart: list[Found] = []
    for one in sorted(some, key=lambda one: (one.start, -one.end)):
        if one.end <= one.start:
            continue
        if apart and one.start < apart[-1].end:
            if one.end > apart[-1].end:
                last = apart[-1]
                apart[-1] = last._replace(end=one.end, value=last.value + one.value[last.end - one.end :])
        else:
            apart.append(one)
    return apart


def _between_barriers(text: str, some: Iterable[Found]) -> Iterator[Found]:
    """Yield what was found without what had been found there before."""
    for one in some:
        if BARRIER not in text[one.start : one.end]:
            yield one
            continue
        for part in _PART.finditer(text, one.start, one.end):
            yield Found(one.kind, *part.span(), part[0])


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return the text with barriers for spans, which may overlap."""
    parts, done = [], 0
    for start, end in sorted(spans):
        if end > done:
            parts += [text[done : max(start, done)], BARRIER * (end - max(start, done))]
            done = end
    return "".join([*parts, text[done:]]) if parts else text


def _count(text: str) -> int:
    """Return how many digits a text has."""
    return sum(map(text.count, "0123456789"))
