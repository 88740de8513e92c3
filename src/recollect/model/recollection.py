"""What is recalled."""

from datetime import datetime

from msgspec import Struct

from recollect.model.fact import Fact
from recollect.model.message import Message


class Recollection(Struct, frozen=True):
    """What was recalled: either a message or a fact.

    Args:
        message: the message; None where it is a fact.
        session: the session that the message stands in; None where it is a fact.
        score: how well it answers, higher is better; comparable within one recall alone.
        why: each signal's share of the score; the shares add up to it.
        fact: the fact; None where it is a message.
        before: the messages right before it in its session, in order, as many as were asked for: context, not found by themselves.
        after: those right after it.

    """

    message: Message | None
    session: str | None
    score: float
    why: dict[str, float]
    fact: Fact | None = None
    before: tuple[Message, ...] = ()
    after: tuple[Message, ...] = ()

    @property
    def text(self) -> str:
        """The text of the message, or of the fact with whom it is about."""
        return self.fact.statement if self.fact is not None else self._message.text

    @property
    def created(self) -> datetime:
        """When the message was written, or since when the fact holds."""
        return self.fact.valid_from if self.fact is not None else self._message.created

    @property
    def position(self) -> int:
        """Where it stands in its owner's ledger."""
        return self.fact.position if self.fact is not None else self._message.position or 0

    @property
    def _message(self) -> Message:
        if self.message is None:
            raise TypeError("a recollection is of a message or of a fact; this one has neither")
        return self.message
