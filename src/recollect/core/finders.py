"""What finds facts in messages: rules, by name or as they are, or a model. Checked before anything is read."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from recollect.codec.messages import to_micros
from recollect.codec.plain import check_name
from recollect.core.asking import Asking
from recollect.core.engine import Engine
from recollect.errors import Invalid
from recollect.facts.finding import Finding
from recollect.facts.rules import Rules, check_language
from recollect.model import Message
from recollect.runtime import Model

ENGLISH = "en"


class Finder(Protocol):
    """What finds facts in a message: ``recollect.facts.rules.Rules``, or another one of this method."""

    def find(self, text: str, said: int, role: str, speaker: str | None = None) -> list[Finding]:
        """Return what a text says, by somebody of a role, at a time in microseconds since 1970 (UTC).

        Only where people talk with each other is there a ``speaker``: the name of who speaks, which stands for the user, whatever the role.
        """
        ...


@runtime_checkable
class Named(Protocol):
    """A finder with a name of its own, under which is kept how far it has read; that of its class serves otherwise."""

    @property
    def name(self) -> str:
        """The name, such as ``"en"``."""
        ...


class Way(Protocol):
    """A way to find facts.

    Args:
        name: under which is kept how far it has read.
        most: messages that it reads at a time.
        doubted: whether what it says stands in a message is looked for there.

    """

    name: str
    most: int
    doubted: bool

    async def find(self, engine: Engine, messages: Sequence[tuple[Message, str | None]]) -> tuple[list[tuple[int, Finding]], int]:
        """Return what messages say, each finding with the number of its message, and how many findings were dropped."""
        ...


class ByRules:
    """By rules: without a model. Those of a language are loaded when there is something to read."""

    most = 500
    doubted = False

    def __init__(self, rules: Finder | str) -> None:
        self._rules = rules
        self.name = _name(rules)

    async def find(self, engine: Engine, messages: Sequence[tuple[Message, str | None]]) -> tuple[list[tuple[int, Finding]], int]:
        """See Way.find."""
        return await engine.runtime.io(self._find, messages), 0

    def _find(self, messages: Sequence[tuple[Message, str | None]]) -> list[tuple[int, Finding]]:
        if isinstance(self._rules, str):
            self._rules = Rules.of(self._rules)
        found = []
        for number, (message, speaker) in enumerate(messages):
            said = to_micros(message.created, "a message")
            whose = {} if speaker is None else {"speaker": speaker}
            found += [(number, one) for one in self._rules.find(message.text, said, message.role, **whose)]
        return found


def way(model: Model | None, rules: Finder | str | None) -> Way:
    """Return the way to find facts that a caller asks for: by English rules, unless there is a model, or other rules.

    Raises:
        Invalid: there is both, or what is there is neither a model nor rules.

    """
    if model is None:
        return ByRules(ENGLISH if rules is None else _checked(rules))
    if rules is not None:
        raise Invalid("a model and rules exclude each other; give one of them, and learn once more with the other")
    if isinstance(model, type) or not (_has(model, "invoke") or _has(model, "ainvoke")):
        told = f"{model!r} is no model; give a LangChain chat model, or another object with an invoke method"
        raise Invalid(f"{told}; rules are given by rules=, such as rules='de'")
    return Asking(model)


def _checked(rules: Finder | str) -> Finder | str:
    if isinstance(rules, str):
        return check_language(rules)
    if isinstance(rules, type | bytes | bytearray) or not _has(rules, "find"):
        raise Invalid(f"rules is {rules!r}; give the name of a language, such as 'de', Rules.load(path), or another object with a find method")
    return rules


def _has(thing: object, method: str) -> bool:
    return callable(getattr(thing, method, None))


def _name(rules: Finder | str) -> str:
    name = rules if isinstance(rules, str) else rules.name if isinstance(rules, Named) else type(rules).__name__
    if check_name(name, "the name of rules") == Asking.name:
        raise Invalid(f"rules are called {name!r}, as what a model has read is; give them another name")
    return name
