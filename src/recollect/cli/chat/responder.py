"""Who answers in a chat."""

from collections.abc import Callable
from typing import Protocol

from recollect.memory import Session
from recollect.model import Message


class Responder(Protocol):
    """Answers what was said last in a session."""

    @property
    def name(self) -> str:
        """How the chat calls it."""
        ...

    def answer(self, session: Session, show: Callable[[str], None]) -> Message:
        """Return the answer, to be stored by the caller. ``show`` is called with each piece of its text as it comes."""
        ...
