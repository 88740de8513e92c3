"""Redaction of what is about to be stored, indexed, embedded, or asked of a model."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from msgspec.structs import replace

from recollect.core.leaves import changed
from recollect.core.numbering import Numbers, Value
from recollect.errors import Erased
from recollect.model import Fact, Message, Owner, ToolCall
from recollect.store.protocol import Store

if TYPE_CHECKING:
    from recollect.facts.finding import Finding

T = TypeVar("T")
S = TypeVar("S", bound="Fact | Finding")
Number = Callable[[str, str], int]
"""Returns the number of a value: of which kind, and in its canonical form."""

SHORT = 64
"""A text of at most so many characters is seen together with its key."""

UNKNOWN = 0
"""The number of a value that was never stored. None that was has it."""


class Found(Protocol):
    """Something that is found in a text."""

    @property
    def kind(self) -> str:
        """Of which kind it is, such as ``"EMAIL"``."""
        ...


class Rules(Protocol):
    """What finds values, and says what stands in their place: a ``recollect.Redaction``."""

    def redact(self, text: str, *, role: str | None = None, number: Number) -> str:
        """Return a text without what is found in it."""
        ...

    def find(self, text: str, *, role: str | None = None) -> Sequence[Found]:
        """Return what is found in a text."""
        ...

    @property
    def fingerprint(self) -> str | None:
        """What is equal for equal rules, in any process; None where that cannot be told."""
        ...


class Redacting:
    """The rules of a memory, and the numbers of the values that its owners' ledgers know."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self.rules = rules
        self.numbers = Numbers(store)

    def messages(self, owner: Owner, messages: Sequence[Message]) -> list[Message]:
        """Return messages without what is found in content, name, tool arguments, metadata and extra. New values are numbered."""
        return self._settled(owner, messages, self._message)

    def fact(self, owner: Owner, fact: Fact) -> Fact:
        """Return a fact without what is found in it."""
        return self._settled(owner, [fact], self._fact)[0]

    def findings(self, owner: Owner, findings: "Sequence[tuple[int, Finding]]") -> "list[tuple[int, Finding]]":
        """Return findings, each with the number of its message, without what is found in them."""
        return self._settled(owner, findings, lambda one, number: (one[0], self._stating(one[1], number)))

    def values(self, owner: Owner, values: Sequence[T]) -> list[T]:
        """Return JSON values without what is found in them. Bytes are left as they are."""
        return self._settled(owner, values, lambda one, number: self._value(one, None, number))

    def value(self, owner: Owner, value: T) -> T:
        """Return a JSON value without what is found in it. Bytes are left as they are."""
        return self.values(owner, [value])[0]

    def text(self, owner: Owner, text: str, role: str | None = None) -> str:
        """Return a text without what is found in it."""
        return self._settled(owner, [text], lambda one, number: self.rules.redact(one, role=role, number=number))[0]

    def query(self, owner: Owner, text: str) -> str:
        """Return a text to search by: what was stored has the number that it got there, and nothing is written."""
        wanted: list[Value] = []
        new = self.rules.redact(text, number=lambda kind, value: _note(wanted, Value(kind, value)))
        if not wanted:
            return new
        known = self.numbers.look_up(owner, wanted)
        return self.rules.redact(text, number=lambda kind, value: known.get(Value(kind, value), UNKNOWN))

    def forget(self, owner: Owner) -> None:
        """Let go of what is at hand of an owner, whose ledger is gone."""
        self.numbers.forget(owner)

    def _settled(self, owner: Owner, items: Sequence[T], make: Callable[[T, Number], T]) -> list[T]:
        """Return what is made of items. Those with new values are made again, once all of these are numbered, at once."""
        missing: list[Value] = []

        def number(kind: str, value: str) -> int:
            known = self.numbers.at_hand(owner, Value(kind, value))
            return _note(missing, Value(kind, value)) if known is None else known

        made, again = list[T](), list[int]()
        for place, item in enumerate(items):
            before = len(missing)
            made.append(make(item, number))
            if len(missing) > before:
                again.append(place)
        if again:
            given = self._given(owner, missing)
            for place in again:
                made[place] = make(items[place], lambda kind, value: given.get(Value(kind, value)) or number(kind, value))
        return made

    def _given(self, owner: Owner, missing: Sequence[Value]) -> dict[Value, int]:
        try:
            return self.numbers.give(owner, missing)
        except Erased:
            self.forget(owner)
            raise

    def _message(self, message: Message, number: Number) -> Message:
        if not isinstance(message, Message):
            return message  # it is refused when it is encoded
        role = message.role
        return replace(
            message,
            content=self._value(message.content, role, number),
            name=self._value(message.name, role, number),
            tool_calls=self._calls(message.tool_calls, role, number) if message.tool_calls else message.tool_calls,
            metadata=self._value(message.metadata, role, number) if message.metadata else message.metadata,
            extra=self._value(message.extra, role, number) if message.extra else message.extra,
        )

    def _calls(self, calls: list[ToolCall], role: str, number: Number) -> list[ToolCall]:
        if not isinstance(calls, list):
            return calls  # as above
        return [replace(call, arguments=self._value(call.arguments, role, number)) if isinstance(call, ToolCall) else call for call in calls]

    def _fact(self, fact: Fact, number: Number) -> Fact:
        return self._stating(fact, number)

    def _stating(self, said: S, number: Number) -> S:
        """Return a fact or a finding, the texts of which are redacted."""
        return replace(said, **{name: self._value(getattr(said, name), None, number) for name in ("text", "subject", "attribute", "value", "wrong")})

    def _value(self, value: Any, role: str | None, number: Number) -> Any:
        return changed(value, lambda text, key: self._text(text, key, role, number))

    def _text(self, text: str, key: str, role: str | None, number: Number) -> str:
        """Return a text without what is found. The key under which a short one stands tells what it is: ``{"phone": "5123456"}``."""
        if key and len(text) <= SHORT:
            named = f"{key}: "
            new = self.rules.redact(named + text, role=role, number=number)
            if new.startswith(named):
                return new[len(named) :]
        return self.rules.redact(text, role=role, number=number)


def _note(values: list[Value], value: Value) -> int:
    values.append(value)
    return UNKNOWN
