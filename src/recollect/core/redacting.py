"""Redaction of what is about to be stored, indexed, embedded, or asked of a model."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from recollect.core.numbering import Numbers, Value
from recollect.errors import Erased, Invalid
from recollect.model import Fact, Message, Owner, ToolCall
from recollect.privacy.redaction import Number, Redaction, redact_json, redact_message, redact_text
from recollect.store.protocol import Store

if TYPE_CHECKING:
    from recollect.facts.finding import Finding

T = TypeVar("T")
S = TypeVar("S", bound="Fact | Finding")

UNKNOWN = 0
"""The number of a value that was never stored. None that was has it."""

_LABEL = re.compile(r"<([A-Z][A-Z0-9_]{0,31}_[0-9]{1,6})>")

STATED = ("text", "subject", "attribute", "value", "wrong")
"""Where a fact or a finding has words."""


class Redacting:
    """The rules of a memory, and the numbers of the values that its owners' ledgers know."""

    def __init__(self, store: Store, rules: Redaction) -> None:
        if not isinstance(rules, Redaction):
            raise Invalid(f"the redaction is a {type(rules).__name__}; give a recollect.privacy.redaction.Redaction")
        self.rules = rules
        self.numbers = Numbers(store)

    def messages(self, owner: Owner, messages: Sequence[Message]) -> list[Message]:
        """Return messages without what is found in content, name, tool arguments, metadata and extra. New values are numbered."""
        return self._settled(owner, messages, lambda one, number: redacted_message(self.rules, one, number))

    def fact(self, owner: Owner, fact: Fact) -> Fact:
        """Return a fact without what is found in it."""
        return self._settled(owner, [fact], lambda one, number: redacted_statement(self.rules, one, number))[0]

    def findings(self, owner: Owner, findings: "Sequence[tuple[int, Finding]]", texts: Sequence[str]) -> "list[tuple[int, Finding]]":
        """Return findings, each with the number of its text, without what is found in them, and with labels as they stand in the text."""
        redacted = self._settled(owner, findings, lambda one, number: (one[0], redacted_statement(self.rules, one[1], number)))
        return [(place, labelled(finding, texts[place])) for place, finding in redacted]

    def values(self, owner: Owner, values: Sequence[T]) -> list[T]:
        """Return JSON values without what is found in them. Bytes are left as they are."""
        return self._settled(owner, values, lambda one, number: redact_json(self.rules, one, number))

    def value(self, owner: Owner, value: T) -> T:
        """Return a JSON value without what is found in it. Bytes are left as they are."""
        return self.values(owner, [value])[0]

    def query(self, owner: Owner, text: str) -> str:
        """Return a text to search by: what was stored has the number that it got there, and nothing is written."""
        rules = self.rules.of_role("user")
        return text if rules is None else self._known(owner, rules, text)

    def names(self, owner: Owner, *names: str | None) -> list[str | None]:
        """Return names to look for, such as of a fact's subject, as they were stored."""
        return [self._known(owner, self.rules, name) if isinstance(name, str) else name for name in names]

    def _known(self, owner: Owner, rules: Redaction, text: str) -> str:
        wanted: list[Value] = []
        new = redact_text(rules, text, lambda kind, value: _note(wanted, Value(kind, value)))
        if not wanted:
            return new
        known = self.numbers.look_up(owner, wanted)
        return redact_text(rules, text, lambda kind, value: known.get(Value(kind, value), UNKNOWN))

    def number(self, owner: Owner, value: Value) -> int:
        """Return the number of a value, a new one if it has none. The store is asked each time."""
        return self._given(owner, [value])[value]

    def forget(self, owner: Owner) -> None:
        """Let go of what is at hand of an owner, whose ledger is gone."""
        self.numbers.forget(owner)

    def _settled(self, owner: Owner, items: Sequence[T], make: Callable[[T, Number], T]) -> list[T]:
        """Return what is made of items. Those with new values are made again, once all of these are numbered, at once."""
        while True:  # ends: each further round is another erasure of the owner
            key = self.numbers.key(owner)
            missing, used = list[Value](), list[Value]()
            made, again = self._made(owner, items, make, missing, used)
            if missing:
                self._given(owner, missing)
            if used and key != (self.numbers.key(owner) if missing else self.numbers.present_key(owner)):
                continue  # what was at hand is of a ledger that is gone
            for place in again:
                made[place] = make(items[place], lambda kind, value: self._at_hand(owner, Value(kind, value)))
            return made

    def _made(
        self, owner: Owner, items: Sequence[T], make: Callable[[T, Number], T], missing: list[Value], used: list[Value]
    ) -> tuple[list[T], list[int]]:
        """Return what is made of items with the numbers at hand, and the places of those for which some are missing."""

        def number(kind: str, value: str) -> int:
            known = self.numbers.at_hand(owner, Value(kind, value))
            (missing if known is None else used).append(Value(kind, value))
            return UNKNOWN if known is None else known

        made, again = list[T](), list[int]()
        for place, item in enumerate(items):
            before = len(missing)
            made.append(make(item, number))
            if len(missing) > before:
                again.append(place)
        return made, again

    def _at_hand(self, owner: Owner, value: Value) -> int:
        known = self.numbers.at_hand(owner, value)
        return self.number(owner, value) if known is None else known

    def _given(self, owner: Owner, values: Sequence[Value]) -> dict[Value, int]:
        try:
            return self.numbers.give(owner, values)
        except Erased:
            self.forget(owner)
            raise


def redacted_message(rules: Redaction, message: Message, number: Number) -> Message:
    """Return a message without what is found in it. What is no message is left for the codec to refuse."""
    sound = isinstance(message, Message) and isinstance(message.role, str) and isinstance(message.tool_calls, list)
    if not sound or not all(isinstance(call, ToolCall) for call in message.tool_calls):
        return message
    return redact_message(rules, message, number)


def redacted_statement(rules: Redaction, said: S, number: Number) -> S:
    """Return a fact or a finding without what is found in it. What its attribute is called tells what its value is."""
    changed = {}
    for name in STATED:
        text = getattr(said, name)
        if isinstance(text, str):
            context = (said.attribute or "") if name in ("value", "wrong") else ""
            changed[name] = redact_text(rules, text, number, context)
    return replace(said, **changed)


def labelled(finding: "Finding", text: str) -> "Finding":
    """Return a finding in which the labels of its text have their brackets, which whoever finds something in a text may leave out."""
    for label in set(_LABEL.findall(text)):
        bare = re.compile(rf"(?<![<\w]){label}(?![>\w])")
        said = {name: getattr(finding, name) for name in STATED}
        finding = replace(finding, **{name: bare.sub(f"<{label}>", words) for name, words in said.items() if isinstance(words, str)})
    return finding


def _note(values: list[Value], value: Value) -> int:
    values.append(value)
    return UNKNOWN
