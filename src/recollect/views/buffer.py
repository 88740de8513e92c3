"""All of it."""

from collections.abc import Sequence

from msgspec import Struct

from recollect.model import Message


class Buffer(Struct, frozen=True):
    """Every message of the session."""

    @property
    def page(self) -> None:
        """All."""

    def select(self, lead: Sequence[Message], tail: Sequence[Message], whole: bool) -> list[Message] | None:
        """See View.select."""
        return [*lead, *tail] if whole else None
