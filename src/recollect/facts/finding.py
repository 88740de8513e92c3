"""What a message says of somebody, before it is remembered."""

from msgspec import Struct

from recollect.model import FACT_KINDS, FactKind

Kind = FactKind
KINDS: frozenset[str] = frozenset(FACT_KINDS)

USER = "user"
"""The subject that stands for the user, whatever the name."""

OPPOSITES: dict[str, str] = {"likes": "dislikes", "dislikes": "likes"}
"""Whatever comes to stand in the one no longer stands in the other."""


class Finding(Struct, frozen=True):
    """One thing that a message says, found by rules or by a model.

    Args:
        text: the thing as a sentence of its own, such as ``"lives in Lisbon"`` or ``"is afraid of dogs"``.
        kind: what sort of thing.
        subject: whom it is about: ``"user"`` for the user, or a name or a relation, such as ``"Ana"`` or ``"user's sister"``.
        attribute: what of the subject, such as ``"lives in"``. With the subject it names a slot.
        value: what stands in the slot, such as ``"Lisbon"``.
        adds: the value stands beside others of its slot (likes, pets), instead of superseding them.
        denies: this is not so any more, or never was; without a value, nothing in the slot is.
        corrects: what was said before of the slot was wrong.
        since: from when it holds, in microseconds since 1970 (UTC), where the message tells a time; otherwise it holds from when it was said.
        until: when it is over, in the same unit, where the message tells that.
        wrong: the value that stood wrongly, where a correction names it: "Ana, not Anna". A correction may name no slot; then the slot is
            the one whose current value is ``wrong``. Without it, it is that of what the speaker told just before, if that is of the
            same sort, and nothing else is; otherwise nothing is corrected.

    """

    text: str
    kind: Kind
    subject: str | None = None
    attribute: str | None = None
    value: str | None = None
    adds: bool = False
    denies: bool = False
    corrects: bool = False
    since: int | None = None
    until: int | None = None
    wrong: str | None = None
