"""A conversation as one text."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.json import Encoder
from msgspec.structs import replace

from recollect.errors import Invalid
from recollect.model import ROLES, Json, Message
from recollect.views.buffer import Buffer
from recollect.views.lookup import AnyView, Lookup, asking, lookup
from recollect.views.tokens import is_media

PREFIXES = {"user": "Human", "assistant": "AI", "system": "System", "tool": "Tool"}

_encoder = Encoder()


class String(Struct, frozen=True):
    """What another view gives, as lines of text such as ``Human: …`` and ``AI: …``. ``prefixes`` replaces names by role.

    Tool calls stand behind the text as ``[name({"argument": …})]``, and what is not text as ``[image]``, by its block's type.
    """

    view: AnyView[list[Message]] = field(default_factory=Buffer)
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the roles."""
        unknown = sorted(set(self.prefixes) - ROLES)
        if unknown:
            raise Invalid(f"there is no role {unknown[0]!r}; give prefixes for {', '.join(sorted(ROLES))}")

    @property
    def page(self) -> int | None:
        """As the inner view's."""
        return self.view.page

    def asking(self, query: str) -> "String":
        """See Recalling.asking."""
        return replace(self, view=asking(self.view, query))

    def lookup(self, lead: Sequence[Message], tail: Sequence[Message], whole: bool) -> Lookup[str] | None:
        """See Recalling.lookup."""
        wanted = lookup(self.view, lead, tail, whole)
        return None if wanted is None else Lookup(wanted.searches, lambda found: self._text(wanted.make(found)))

    def select(self, lead: Sequence[Message], tail: Sequence[Message], whole: bool) -> str | None:
        """See View.select. Not for what is recalled: that needs ``lookup``."""
        wanted = self.lookup(lead, tail, whole)
        if wanted is not None and wanted.searches:
            raise Invalid(f"{type(self.view).__name__} recalls, which select alone cannot do; give the view to context")
        return None if wanted is None else wanted.make(())

    def _text(self, messages: Sequence[Message]) -> str:
        return "\n".join(self._line(message) for message in messages)

    def _line(self, message: Message) -> str:
        media = [f"[{block['type']}]" for block in message.content if isinstance(block, dict) and is_media(block)]
        calls = [f"[{call.name}({_arguments(call.arguments)})]" for call in message.tool_calls]
        said = " ".join(part for part in (message.text, *media, *calls) if part)
        return f"{self.prefixes.get(message.role, PREFIXES[message.role])}: {said}"


def _arguments(arguments: Json | str) -> str:
    return arguments if isinstance(arguments, str) else _encoder.encode(arguments).decode()
