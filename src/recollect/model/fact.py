"""What is known of a user."""

from datetime import datetime
from typing import Literal, get_args

from msgspec import Struct

FactKind = Literal["profile", "preference", "goal", "event", "note"]
FACT_KINDS: tuple[FactKind, ...] = get_args(FactKind)

Trust = Literal["user", "assistant", "tool", "inferred", "imported"]
TRUSTS: tuple[Trust, ...] = get_args(Trust)
"""Who told a fact, the most trusted first."""


class Source(Struct, frozen=True):
    """What a fact rests on: a message of a session, by id and by position when it was read; or, without a message, a session or a batch by name."""

    session: str
    message: str | None = None
    position: int | None = None


class Fact(Struct, frozen=True, kw_only=True):
    """Something that is known of a user.

    Args:
        id: unique within the user's facts.
        text: the fact as a sentence of its own, such as ``"lives in Lisbon"``.
        kind: what sort of thing.
        subject: whom it is about: ``"user"`` for the user, or a name.
        attribute: what of the subject, such as ``"lives in"``. With the subject it names a slot.
        value: what stands in the slot, such as ``"Lisbon"``.
        adds: the value stands beside the others of its slot, instead of superseding them.
        denies: that this is not so any more; without a value, that nothing in the slot is.
        corrects: what was known before of the slot was wrong.
        replaces: the id of the fact that it corrects, where that was named.
        wrong: the value that it corrects, where that was named.
        sources: the messages, sessions or batches that it rests on.
        trust: who told it.
        said: when the message was written that says so; None where the application told it.
        created: when it was remembered.
        valid_from: from when it holds.
        valid_to: when it was over, or will be. None: it holds on.
        superseded_by: the id of the fact that ended it. One with ``valid_to == valid_from`` was corrected: it never was so.
        also: the ids of later facts that say the same; their sources are among ``sources``.
        strength: from 1 down to 0: it halves with time, unless the fact is used.
        used: when it was last recalled for a model.
        uses: how often it was.
        expires: when it is to be forgotten.
        archived: since when it has been put aside.
        order: what comes first of facts that hold from the same moment: the position at which it was said, and which of that message's facts it is.
        position: where it stands in its owner's ledger.

    ``valid_to``, ``superseded_by``, ``also`` and ``strength`` are seen from all that is known when the fact is read.

    """

    id: str
    text: str
    kind: FactKind = "note"
    subject: str | None = None
    attribute: str | None = None
    value: str | None = None
    adds: bool = False
    denies: bool = False
    corrects: bool = False
    replaces: str | None = None
    wrong: str | None = None
    sources: tuple[Source, ...] = ()
    trust: Trust = "user"
    said: datetime | None = None
    created: datetime
    valid_from: datetime
    valid_to: datetime | None = None
    superseded_by: str | None = None
    also: tuple[str, ...] = ()
    strength: float = 1.0
    used: datetime | None = None
    uses: int = 0
    expires: datetime | None = None
    archived: datetime | None = None
    order: tuple[int, int] = (0, 0)
    position: int = 0

    @property
    def statement(self) -> str:
        """The text, with whom it is about where that is another than the user and the text does not say so."""
        if self.subject in (None, "user") or self.subject.casefold() in self.text.casefold():
            return self.text
        return f"{self.subject}: {self.text}"


class Use(Struct, frozen=True):
    """When a fact was last recalled for a model, and how often it was."""

    used: datetime
    uses: int = 1
