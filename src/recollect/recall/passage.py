"""What is indexed, how it may be narrowed, and what is found."""

from msgspec import Struct, field

FACT = "fact"
"""The role of what is known of the user, beside the messages' roles."""


class Passage(Struct, frozen=True):
    """A message or a fact as the index takes it in.

    ``created`` is in microseconds since 1970 (UTC); ``speaker`` is a name, where one is known. A fact has the role FACT, the
    session "", and a ``key``: one with a key that is known already takes the place of the one that was there. ``others`` tells that it
    is about somebody else than the user.
    """

    session: str
    position: int
    role: str
    created: int
    text: str
    speaker: str | None = None
    key: str | None = None
    others: bool = False


class Filters(Struct, frozen=True):
    """What may be found. Everything unless told.

    Args:
        sessions: only messages of these sessions; facts, which have none, are found all the same.
        roles: only messages of these roles; FACT for facts.
        since: only messages of this time or later, in microseconds since 1970 (UTC).
        until: only messages before this time.
        as_of: only messages of this time or earlier; facts have times of their own, and are found all the same.
        before: only messages that stand before this position in the ledger.
        hidden: the keys of facts that are not to be found, such as those that others superseded.
        prompts: system messages may be found.

    """

    sessions: frozenset[str] | None = None
    roles: frozenset[str] | None = None
    since: int | None = None
    until: int | None = None
    as_of: int | None = None
    before: int | None = None
    hidden: frozenset[str] = frozenset()
    prompts: bool = True


class Hit(Struct, frozen=True):
    """A message or a fact that was found. ``why`` has each signal's share; the shares add up to the score. A fact has a ``key``."""

    position: int
    session: str
    score: float
    why: dict[str, float] = field(default_factory=dict)
    key: str | None = None
