"""What every view is."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from recollect.model import Message

T_co = TypeVar("T_co", covariant=True)


class View(Protocol[T_co]):
    """Makes what the model is to see out of the end of a session, asking for more of it only where that is needed.

    What it returns is to be the same for every tail that is long enough, the whole one included.
    """

    @property
    def page(self) -> int | None:
        """How many of the newest messages to show ``select`` at first, one at the least; None for all."""
        ...

    def select(self, lead: Sequence[Message], tail: Sequence[Message], whole: bool) -> T_co | None:
        """Return what the model is to see, or None to be called again with a longer tail.

        Args:
            lead: the system messages that the session opens with, four at the most.
            tail: the newest of the messages that follow the lead, oldest first.
            whole: the tail reaches back to the lead. Then None is not allowed.

        """
        ...
