"""What fits."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from recollect.errors import Invalid
from recollect.model import Message
from recollect.views.pairs import without_orphans
from recollect.views.tokens import message_tokens


class TokenBudget(Struct, frozen=True):
    """The newest messages that fit into ``tokens`` tokens, behind the system messages that the session opens with.

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

    @property
    def page(self) -> int:
        """As many messages as the budget holds of about 60 tokens."""
        return min(max(self.tokens // 60, 8), 500)

    def select(self, lead: Sequence[Message], tail: Sequence[Message], whole: bool) -> list[Message] | None:
        """See View.select.

        Raises:
            Invalid: the system messages alone are above the budget.

        """
        left = self.tokens - sum(message_tokens(message, self.counter) for message in lead)
        if left < 0:
            raise Invalid(f"the system messages take {self.tokens - left} tokens, and the budget is {self.tokens}; give a larger one")
        start = len(tail)
        for number in range(len(tail) - 1, -1, -1):
            left -= message_tokens(tail[number], self.counter)
            if left < 0:
                break
            if tail[number].role != "tool":
                start = number
        if left >= 0 and not whole:
            return None
        kept = tail[start:]
        if start > 0:
            kept = kept[next((number for number, message in enumerate(kept) if message.role == "user"), 0) :]
        return [*lead, *without_orphans(kept)]
