"""The rows of owners and sessions, as the ledger's operations see them."""

import apsw
from msgspec import Struct

from recollect.model import Owner
from recollect.store.sqlite.queries import LEDGER, fetch_one


class LedgerRow(Struct, frozen=True, gc=False):
    """An owner's row, and the highest position that its ledger has reached."""

    id: int
    head: int


class SessionRow(Struct, frozen=True, gc=False):
    """A session's row."""

    id: int
    count: int
    tokens: int
    created: int
    first: int
    activity: int
    ttl: int | None
    expires: int | None

    @property
    def position(self) -> int:
        """Where its latest entry stands; 0 without entries."""
        return self.activity if self.count else 0

    def expired(self, now: int) -> bool:
        """Tell whether its time is over."""
        return self.expires is not None and self.expires <= now


def find(db: apsw.Connection, owner: Owner, name: str) -> tuple[LedgerRow | None, SessionRow | None]:
    """Return the rows of an owner and of one of its sessions, where there are any."""
    row = fetch_one(db, LEDGER, (name, owner.tenant, owner.kind, owner.name))
    if row is None:
        return None, None
    return LedgerRow(*row[:2]), None if row[2] is None else SessionRow(*row[2:])


def make_ledger(db: apsw.Connection, owner: Owner) -> LedgerRow:
    """Make an owner, beyond every position that an erased one has had."""
    sql = "INSERT INTO recollect_owner (tenant, kind, name, base) SELECT ?, ?, ?, position FROM recollect_watermark RETURNING id, base"
    return LedgerRow(*fetch_one(db, sql, (owner.tenant, owner.kind, owner.name)))


def make_session(db: apsw.Connection, own: LedgerRow, name: str, created: int, ttl: int | None, expires: int | None) -> SessionRow:
    """Make an empty session at the ledger's head."""
    sql = """INSERT INTO recollect_session (owner, name, count, tokens, created, updated, first, activity, ttl, expires)
    VALUES (?, ?, 0, 0, ?, ?, ?, ?, ?, ?) RETURNING id, count, tokens, created, first, activity, ttl, expires"""
    return SessionRow(*fetch_one(db, sql, (own.id, name, created, created, own.head, own.head, ttl, expires)))
