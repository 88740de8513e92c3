"""The last few turns."""

from collections.abc import Sequence

from msgspec import Struct

from recollect.errors import Invalid
from recollect.model import Message
from recollect.views.pairs import without_orphans


class Window(Struct, frozen=True):
    """The last ``turns`` turns, behind the system messages that the session opens with.

    A turn starts at a user message and holds all that follows it: answers, tool calls and their results. However long
    the turns are, no more than ``messages`` messages are taken of them.
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
        """Two messages a turn."""
        return min(2 * self.turns, self.messages)

    def select(self, lead: Sequence[Message], tail: Sequence[Message], whole: bool) -> list[Message] | None:
        """See View.select."""
        starts = [number for number, message in enumerate(tail) if message.role == "user"]
        if len(starts) < self.turns and not whole and len(tail) < self.messages:
            return None
        start = starts[-self.turns] if len(starts) >= self.turns else 0
        return [*lead, *without_orphans(tail[max(start, len(tail) - self.messages) :])]
