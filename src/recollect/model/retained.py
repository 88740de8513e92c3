"""What retention has removed."""

from msgspec import Struct


class Retained(Struct, kw_only=True):
    """What rules of retention removed; of a dry run, what they would remove.

    Args:
        dry_run: whether nothing was removed.
        owners: users and anonymous sessions that were looked at.
        sessions: sessions removed, since nothing in them is to be kept any longer, with ``messages`` messages.
        messages: see there.
        emptied: messages of which only id, role and time stay, because their session goes on.
        facts: facts removed, with what they had superseded.
        audit: records of the audit removed.
        held: users and sessions that were passed over, since they are under a legal hold.

    """

    dry_run: bool
    owners: int = 0
    sessions: int = 0
    messages: int = 0
    emptied: int = 0
    facts: int = 0
    audit: int = 0
    held: int = 0
