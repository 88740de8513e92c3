"""Rewriting: entries hold something else where they stand, within a transaction that the caller holds."""

from collections.abc import Sequence

import apsw

from recollect.errors import Conflict
from recollect.model import Document, Entry, Owner
from recollect.store.protocol import REWRITTEN, Clock
from recollect.store.sqlite.documents import write
from recollect.store.sqlite.queries import POSITIONS, fetch_one
from recollect.store.sqlite.rows import SessionRow, find


def rewrite(db: apsw.Connection, owner: Owner, name: str, entries: Sequence[Entry], edition: int, clock: Clock) -> int:
    """See Store.rewrite."""
    own, session = find(db, owner, name)
    if own is None or session is None or session.expired(clock()):
        return 0
    tokens = session.tokens
    standing = False
    for entry in entries:
        former = _former(db, session, entry)
        if former is None:
            continue
        if not standing:
            _check_edition(db, session, name, edition)
        standing = True
        tokens += (entry.tokens or 0) - (former[0] or 0)
        place = (session.id << 32) + entry.position
        db.execute("UPDATE recollect_entry SET tokens = ?, digest = ?, body = ? WHERE place = ?", (entry.tokens, entry.digest, entry.body, place))
    if not standing:
        return 0
    db.execute("UPDATE recollect_session SET tokens = ?, edition = edition + 1 WHERE id = ?", (tokens, session.id))
    return write(db, own, [Document(REWRITTEN, name, b"")])


def _former(db: apsw.Connection, session: SessionRow, entry: Entry) -> tuple[int | None] | None:
    """Return the tokens of the entry that stands where this one is to stand; None where there is none with its id."""
    if not 0 < entry.position < POSITIONS:
        return None  # it would reach into another session
    found: tuple[int | None] | None = fetch_one(
        db, "SELECT tokens FROM recollect_entry WHERE place = ? AND id = ?", ((session.id << 32) + entry.position, entry.id)
    )
    return found


def _check_edition(db: apsw.Connection, session: SessionRow, name: str, edition: int) -> None:
    present = fetch_one(db, "SELECT edition FROM recollect_session WHERE id = ?", (session.id,))[0]
    if present != edition:
        raise Conflict(f"session {name!r} has been rewritten since edition {edition}; read its entries again, and try again", session.position)
