"""The receipt of an erasure."""

from datetime import datetime
from typing import Literal

from msgspec import Struct


class Place(Struct, frozen=True):
    """A place where something of a user may stand, and what became of it.

    Args:
        name: what it is called: see docs/erasure.md.
        state: ``"done"``: what was there is gone; ``"none"``: nothing was there; ``"partial"``: some may be left, and erasing once more, or
            what ``what`` says, removes it; ``"unreached"``: this memory cannot reach it.
        what: what was done, or is to be done, in a sentence.

    """

    name: str
    state: Literal["done", "none", "partial", "unreached"]
    what: str


class Receipt(Struct, frozen=True, kw_only=True):
    """What an erasure did, place by place, signed by the memory. It holds no content, and no name: the subject is a pseudonym.

    A receipt is true where something was erased.

    Args:
        subject: the pseudonym of the user, or of the anonymous session: the same in every receipt of this memory.
        tenant: of which tenant.
        kind: ``"user"``, or ``"session"`` for an anonymous one.
        requested: when the erasure began, also if it was interrupted and went on later.
        finished: when it ended.
        by: who asked for it, as the caller says.
        found: whether anything was there.
        counts: how many sessions, messages, facts and other documents were there.
        places: each place, and what was done there.
        signature: HMAC-SHA256 over all else, by a key that the memory alone has: ``recollect verify`` checks it.

    """

    version: int = 1
    subject: str
    tenant: str
    kind: Literal["session", "tenant", "user"]
    requested: datetime
    finished: datetime
    by: str | None
    found: bool
    counts: dict[str, int]
    places: tuple[Place, ...]
    signature: str = ""

    @property
    def state(self) -> Literal["done", "partial"]:
        """Whether nothing is left anywhere: ``"partial"`` if any place is so, or cannot be reached."""
        return "partial" if self.left else "done"

    @property
    def left(self) -> list[Place]:
        """The places where something may be left."""
        return [place for place in self.places if place.state in ("partial", "unreached")]

    def __bool__(self) -> bool:
        """Tell whether anything was there."""
        return self.found


class Standing(Struct, frozen=True):
    """How a receipt stands in a memory.

    Args:
        genuine: this memory signed it, and nothing in it was changed since.
        erased: the user is still kept from coming back.
        absent: nothing is stored of the user. ``False`` with ``erased`` says that somebody wrote round this library.

    """

    genuine: bool
    erased: bool
    absent: bool

    def __bool__(self) -> bool:
        """Tell whether all is as the receipt says."""
        return self.genuine and self.erased and self.absent
