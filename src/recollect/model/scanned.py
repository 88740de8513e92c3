"""What a scan for personal values has found."""

from msgspec import Struct, field


class Scanned(Struct, frozen=True):
    """What a scan has looked through, found and redacted: counts, and never the values.

    Args:
        dry_run: nothing was changed.
        owners: users, anonymous sessions, and the tenant's own documents, as far as there is anything of them.
        held: owners that were passed over, because something of theirs is under a legal hold.
        messages: how many were looked through. What an earlier scan with the same rules has done is not looked through again.
        facts: how many were.
        documents: how many were, of the application's own.
        sessions: of how many the title and metadata were.
        found: how many values, by kind.
        changed: how many messages, facts, documents and sessions had some.
        binary: documents of plain bytes, which are not looked into.
        unread: messages and documents that are damaged, or of a newer version, and were left as they are.
        left: where former bytes may remain for a while, and what to do about it.

    """

    dry_run: bool = False
    owners: int = 0
    held: int = 0
    messages: int = 0
    facts: int = 0
    documents: int = 0
    sessions: int = 0
    found: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    binary: int = 0
    unread: int = 0
    left: tuple[str, ...] = ()
