"""Writes in an outage: what is checked before they are acknowledged, and what of it is kept for the replay."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from recollect.model import Document, Entry
from recollect.store import decisions
from recollect.store.failover.operations import Append, Clear, Delete, Erase, Operation, Put, Seen, Update, digest
from recollect.store.failover.overlay import Overlay
from recollect.store.protocol import SETTINGS


class Proposal(NamedTuple):
    """What is to be spooled, if anything, and what its caller gets, where that does not come of its happening."""

    operation: Operation | None
    result: int = 0


Propose = Callable[[Overlay, int], Proposal]
"""Checks a write against what an owner has at a time (microseconds since 1970), and raises Conflict as Store does."""


def append(session: str, entries: Sequence[Entry], expect: int | None) -> Propose:
    """See Store.append."""

    def propose(overlay: Overlay, now: int) -> Proposal:
        overlay.know_session(session)
        events, value = decisions.append(overlay.ledger, session, entries, expect, now)
        found = overlay.ledger.live(session, now)
        last = found.entries[-1].id if found is not None and found.entries else ""
        operation = Append(session, list(entries), None if expect is None else last)
        return Proposal(operation if events else None, value)

    return propose


def update_session(session: str, settings: bytes, ttl: int | None, expect: int) -> Propose:
    """See Store.update_session."""

    def propose(overlay: Overlay, now: int) -> Proposal:
        overlay.know_session(session)
        decisions.update_session(overlay.ledger, session, settings, ttl, expect, now)
        at = overlay.ledger.document(SETTINGS, session) if expect else None
        return Proposal(Update(session, settings, ttl, None if at is None else digest(overlay.fetch_document(at).body)))

    return propose


def put(documents: Sequence[Document], expect: Mapping[tuple[str, str], int]) -> Propose:
    """See Store.put."""

    def propose(overlay: Overlay, _: int) -> Proposal:
        known = {name: overlay.know_document(*name) for name in expect}
        decisions.put(overlay.ledger, documents, expect)
        seen = [Seen(*name, None if document is None else digest(document.body)) for name, document in known.items()]
        return Proposal(Put(list(documents), seen) if documents else None)

    return propose


def clear_session(session: str) -> Propose:
    """See Store.clear_session. It is spooled whatever the copy has: the primary may have more."""

    def propose(overlay: Overlay, _: int) -> Proposal:
        overlay.know_session(session)
        return Proposal(Clear(session))

    return propose


def delete_session(session: str) -> Propose:
    """See Store.delete_session. It is spooled whatever the copy has: the primary may have more."""

    def propose(overlay: Overlay, _: int) -> Proposal:
        overlay.know_session(session)
        return Proposal(Delete(session))

    return propose


def erase(overlay: Overlay, _: int) -> Proposal:
    """See Store.erase. It is spooled whatever the copy has: the primary may have more."""
    return Proposal(Erase(), overlay.exists())
