"""The last few turns."""

from collections.abc import Sequence

from msgspec import Struct

from recollect.errors import Invalid
from recollect.model import Message
from recollect.views.pairs import opening, turns, without_orphans


class Window(Struct, frozen=True):
    """The last ``turns`` turns, behind the system messages that the session opens with (four at the most).

    A turn starts at a user message and holds all that follows it: answers, tool calls and their results, and what the user
    says while a tool is at work. However long the turns are, only the last ``messages`` messages are looked at.
    """

    turns: int
    messages: int = 1000

    def __post_init__(self) -> None:
        """Check the sizes."""
        for name, value in (("turns", self.turns), ("messages", self.messages)):
            if type(value) is not int or value < 1:
                raise Invalid(f"{name} is {value!r}; give a whole number from 1 up")

    @property
    def page(self) -> int:
        """Two messages a turn, and no fewer than a turn with a few tool calls takes."""
        return min(max(2 * self.turns, 8), self.messages + 1)

    def select(self, lead: Sequence[Message], tail: Sequence[Message], whole: bool) -> list[Message] | None:
        """See View.select."""
        cut = len(tail) > self.messages
        seen = without_orphans(tail[-self.messages :]) if whole or cut else tail
        starts = turns(seen)
        if len(starts) >= self.turns:
            return [*lead, *seen[starts[-self.turns] :]]
        if not whole and not cut:
            return None
        return [*lead, *seen[opening(seen) if cut else 0 :]]
