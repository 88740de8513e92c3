"""A legal hold."""

from datetime import datetime

from msgspec import Struct


class Hold(Struct, frozen=True, kw_only=True):
    """What must not be removed, and why.

    Args:
        user: whose; None for an anonymous session.
        session: the session that is held; None where all of the user is.
        reason: why, such as the number of a case.
        by: who placed it, as the caller says.
        since: when.

    """

    user: str | None
    session: str | None = None
    reason: str
    by: str | None = None
    since: datetime
