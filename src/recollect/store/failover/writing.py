"""Writes in an outage: what is checked before they are acknowledged, and what of it is kept for the replay."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from recollect.errors import Conflict
from recollect.model import Document, Entry
from recollect.store import decisions
from recollect.store.failover import reading
from recollect.store.failover.operations import Append, Clear, Delete, Erase, Operation, Put, Rewrite, Seen, Update, digest
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
        operation = Append(session, list(entries), None if expect is None else _last(overlay, session, now))
        return Proposal(operation if events else None, value)

    return propose


def _last(overlay: Overlay, session: str, now: int) -> str:
    """Return the id of a session's latest entry; "" without entries."""
    found = overlay.ledger.live(session, now)
    return found.entries[-1].id if found is not None and found.entries else ""


def rewrite(session: str, entries: Sequence[Entry], edition: int) -> Propose:
    """See Store.rewrite. Of what it finds, the ids are kept, the digests of the bodies, and what is to be there."""

    def propose(overlay: Overlay, now: int) -> Proposal:
        overlay.know_session(session)
        live = overlay.ledger.live(session, now)
        wanted = {entry.position: entry for entry in entries}
        found = [] if live is None else reading.at(overlay, list(wanted), now)
        standing = [was for was in found if was.session == session and was.id == wanted[was.position].id]
        there = {was.position for was in standing}
        overlay.check_origin([entry for entry in entries if entry.position not in there], live)
        if live is None or not standing:
            return Proposal(None)
        if live.edition != edition:
            raise Conflict(f"session {session!r} has been rewritten since edition {edition}; read its entries again, and try again", live.position)
        news = [_rewritten(was, wanted[was.position]) for was in standing]
        tokens = sum([entry.tokens or 0 for entry in news]) - sum([was.tokens or 0 for was in standing])
        return Proposal(Rewrite(session, news, [digest(was.body) for was in standing], tokens))

    return propose


def _rewritten(was: Entry, entry: Entry) -> Entry:
    return Entry(was.position, was.id, was.role, was.created, entry.tokens, entry.digest, entry.body)


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


def delete_session(session: str, expect: int | None) -> Propose:
    """See Store.delete_session. Where nothing is expected, it is spooled whatever the copy has: the primary may have more."""

    def propose(overlay: Overlay, now: int) -> Proposal:
        overlay.know_session(session)
        if expect is None:
            return Proposal(Delete(session))
        _, was = decisions.delete_session(overlay.ledger, session, expect, now)
        state = reading.session(overlay, session, now)
        return Proposal(Delete(session, _last(overlay, session, now), state.count) if was and state is not None else None)

    return propose


def erase(overlay: Overlay, _: int) -> Proposal:
    """See Store.erase. It is spooled whatever the copy has: the primary may have more."""
    return Proposal(Erase(), overlay.exists())
