"""What learning, ageing and looking through a user's facts come to."""

from msgspec import Struct

from recollect.model import Fact

FAINT = 0.05
"""A fact that is weaker has faded: unless told otherwise, pruning puts it aside."""


class Learned(Struct, frozen=True):
    """What learning came to.

    Args:
        messages: how many were read.
        found: how many facts are new.
        dropped: how many findings could not be believed, or not be kept.
        superseded: how many older facts the new ones ended.
        through: up to which position of the ledger everything has been learned.

    """

    messages: int = 0
    found: int = 0
    dropped: int = 0
    superseded: int = 0
    through: int = 0


class Pruned(Struct, frozen=True):
    """What pruning put aside, and what it removed because it had expired. ``change`` takes the first back with ``undo``; None if there is none."""

    archived: list[Fact]
    expired: list[Fact]
    change: str | None = None


class Merged(Struct, frozen=True):
    """The fact that stands for all, and the change, to be undone."""

    fact: Fact
    change: str


class Hygiene(Struct, frozen=True):
    """What was found.

    Args:
        facts: how many are known now.
        duplicates: facts that say the same in the same words.
        similar: pairs that say nearly the same, the first 1,000.
        contradicted: pairs of which the one says what the other denies, or that a less trusted source superseded (that one is second), the
            first 1,000.
        stale: facts that are weaker than 0.25, the weakest first.
        unused: facts that were never used, the oldest first.
        more: how many pairs there are beyond those.

    """

    facts: int
    duplicates: list[tuple[Fact, ...]]
    similar: list[tuple[Fact, Fact]]
    contradicted: list[tuple[Fact, Fact]]
    stale: list[Fact]
    unused: list[Fact]
    more: int = 0
