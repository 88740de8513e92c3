"""What fits."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from recollect.errors import Invalid
from recollect.model import Message
from recollect.views.pairs import opening, without_orphans
from recollect.views.tokens import message_tokens


class TokenBudget(Struct, frozen=True):
    """The newest messages that fit into ``tokens`` tokens, behind the system messages that the session opens with (four at the most).

    Tool calls and their results go together. Where a user message is among what fits, it starts there.

    Args:
        tokens: how many the messages may take together, the system messages included.
        counter: returns the tokens of a text, such as ``lambda text: len(encoding.encode(text))``. Without one, the count that
            a message carries is taken, or else the estimate of ``estimate_tokens``.

    """

    tokens: int
    counter: Callable[[str], int] | None = None

    def __post_init__(self) -> None:
        """Check the budget."""
        if type(self.tokens) is not int or self.tokens < 1:
            raise Invalid(f"tokens is {self.tokens!r}; give a whole number from 1 up")
        if self.counter is not None and not callable(self.counter):
            raise Invalid(f"counter is a {type(self.counter).__name__}; give a function from text to its number of tokens")

    @property
    def page(self) -> int:
        """As many messages as the budget holds of 100 tokens."""
        return min(max(self.tokens // 100, 8), 1000)

    def select(self, lead: Sequence[Message], tail: Sequence[Message], whole: bool) -> list[Message] | None:
        """See View.select.

        Raises:
            Invalid: the system messages alone are above the budget.

        """
        left = self.tokens - sum(message_tokens(message, self.counter) for message in lead)
        if left < 0:
            raise Invalid(f"the system messages take {self.tokens - left} tokens, and the budget is {self.tokens}; give a larger one")
        start = len(tail)
        while start > 0 and (left := left - message_tokens(tail[start - 1], self.counter)) >= 0:
            start -= 1
        if start == 0 and not whole:
            return None
        kept = without_orphans(tail[start:])
        return [*lead, *kept[opening(kept) if start > 0 else 0 :]]
