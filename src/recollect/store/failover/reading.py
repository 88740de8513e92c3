"""Reads of one owner in an outage: pages that begin in the copy, and go on in the spool."""

from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec.structs import replace

from recollect.model import Document, Entry, SessionState
from recollect.store.failover.overlay import Frozen, Overlay, Place, spooled
from recollect.store.ledger import Session, select
from recollect.store.protocol import SETTINGS

PAGE = 100
"""Sessions that are read of the copy at a time."""


def entries(overlay: Overlay, name: str, after: int, before: int | None, limit: int | None, newest: bool, opening: int, now: int) -> list[Entry]:
    """See Store.entries."""
    if name not in overlay.sessions:
        return [] if overlay.erased else overlay.copy.entries(overlay.owner, name, after, before, limit, newest, opening)
    overlay.copy.upper(before)
    session = overlay.ledger.live(name, now)
    if session is None:
        return []
    frozen = overlay.frozen(session)
    if frozen is None or not frozen.end:
        found = overlay.fetch_entries(select(session.entries, after, before, limit, newest, opening))
    else:
        found = _mixed(overlay, frozen, after, before, limit, newest, opening)
    return overlay.as_rewritten(session, found)


def _mixed(overlay: Overlay, frozen: Frozen, after: int, before: int | None, limit: int | None, newest: bool, opening: int) -> list[Entry]:
    """Return entries of a session that begins in the copy."""
    name, new = frozen.session.name, spooled(frozen.session)

    def copied(after: int, before: int | None, limit: int | None, newest: bool) -> list[Entry]:
        until = frozen.end + 1 if before is None else min(before, frozen.end + 1)
        return overlay.copy.entries(overlay.owner, name, after, until, limit, newest)

    if limit is None:
        return [*copied(after, before, None, newest=False), *overlay.fetch_entries(select(new, after, before, None, newest, 0))]
    if newest:
        last = overlay.fetch_entries(select(new, after, before, limit, newest, 0))
        page = [*(copied(after, before, limit - len(last), newest=True) if len(last) < limit else []), *last]
    else:
        page = copied(after, before, limit, newest=False)
        page += overlay.fetch_entries(select(new, after, before, limit - len(page), newest, 0))
    if not (opening and page and len(page) == limit):
        return page
    lead = copied(0, None, opening, newest=False)
    lead += overlay.fetch_entries(new[: opening - len(lead)])
    return [*(entry for entry in lead if entry.position < page[0].position), *page]


def at(overlay: Overlay, positions: Sequence[int], now: int) -> list[Entry]:
    """See Store.at. Its cost is that of what is returned, and of what was written in the outage."""
    wanted = set(positions)
    written = {name: session for name in overlay.sessions if (session := overlay.ledger.live(name, now)) is not None}
    found = []
    for session in written.values():
        kept = overlay.fetch_entries([kept for kept in spooled(session) if kept.position in wanted])
        found += overlay.as_rewritten(session, kept)
    for entry in [] if overlay.erased else overlay.copy.at(overlay.owner, positions):
        live = written.get(entry.session)
        frozen = None if live is None else overlay.frozen(live)
        if live is not None and frozen is not None and entry.position <= frozen.end:
            found += overlay.as_rewritten(live, [entry])
        elif entry.session not in overlay.sessions:
            found.append(entry)
    return sorted(found, key=lambda entry: entry.position)


def session(overlay: Overlay, name: str, now: int) -> SessionState | None:
    """See Store.session."""
    if name not in overlay.sessions:
        return None if overlay.erased else overlay.copy.session(overlay.owner, name)
    found = overlay.ledger.live(name, now)
    return None if found is None else _state(overlay, found)


def sessions(overlay: Overlay, after: int | None, limit: int, now: int) -> list[SessionState]:
    """See Store.sessions. Its cost is that of the page, and of what was written to in the outage."""
    overlay.copy.upper(after)
    known = [
        found for name in overlay.sessions if (found := overlay.ledger.live(name, now)) is not None and (after is None or found.activity < after)
    ]
    known.sort(key=lambda found: -found.activity)
    merged: list[SessionState] = []
    copied = _copied(overlay, after)
    waiting = next(copied, None)
    for found in known:
        while waiting is not None and waiting.activity > found.activity and len(merged) < limit:
            merged.append(waiting)
            waiting = next(copied, None)
        if len(merged) >= limit:
            return merged
        merged.append(_state(overlay, found))
    while waiting is not None and len(merged) < limit:
        merged.append(waiting)
        waiting = next(copied, None)
    return merged[:limit]


def documents(overlay: Overlay, collection: str, keys: Sequence[str] | None, prefix: str, after: str | None, limit: int | None) -> list[Document]:
    """See Store.documents."""
    new = [overlay.fetch_document(at) for at in overlay.ledger.documents(collection, keys, prefix, after, limit)]
    if overlay.erased:
        return new
    hidden = {key for of, key in overlay.documents if of == collection}
    wider = None if limit is None else limit + len(hidden)
    copied = overlay.copy.documents(overlay.owner, collection, keys, prefix, after, wider)
    kept = [document for document in copied if document.key not in hidden]
    return sorted([*new, *kept], key=lambda document: document.key)[:limit]


def _copied(overlay: Overlay, after: int | None) -> Iterator[SessionState]:
    """Yield the copy's sessions that were not written to, by falling activity."""
    while not overlay.erased:
        page = overlay.copy.sessions(overlay.owner, after, PAGE)
        yield from (state for state in page if state.name not in overlay.sessions)
        if len(page) < PAGE:
            return
        after = page[-1].activity


def _state(overlay: Overlay, found: Session[Place]) -> SessionState:
    state, _ = overlay.ledger.describe(found)
    at = overlay.ledger.document(SETTINGS, found.name)
    if at is not None:
        state = replace(state, settings=overlay.fetch_document(at).body)
    frozen = overlay.frozen(found)
    if frozen is None:
        return state
    return replace(state, count=state.count + frozen.older, tokens=state.tokens + frozen.tokens)


def latest(overlay: Overlay, limit: int, now: int) -> list[SessionState]:
    """Return the sessions that were written to, the latest ``updated`` first."""
    found = [live for name in overlay.sessions if (live := overlay.ledger.live(name, now)) is not None]
    return [_state(overlay, live) for live in islice(sorted(found, key=lambda live: -live.updated), limit)]
