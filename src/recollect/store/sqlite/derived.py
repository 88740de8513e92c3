"""What was derived of a ledger: saving and reading, within a transaction that the caller holds."""

from collections.abc import Sequence

import apsw

from recollect.model import Owner, Saved
from recollect.store.sqlite.queries import BODY, OWNER_ID, fetch_all, fetch_one
from recollect.store.sqlite.rows import LedgerRow, find


def save(db: apsw.Connection, owner: Owner, name: str, position: int, parts: Sequence[bytes]) -> bool:
    """See Store.save."""
    own, _ = find(db, owner, "")
    if own is None or position > own.head:
        return False
    former = "coalesce((SELECT max(position) FROM recollect_derived WHERE owner = o.id AND name = ?), 0)"
    sql = f"SELECT 1 FROM recollect_owner AS o WHERE id = ? AND ? > base AND ? >= floor AND ? >= {former}"
    if fetch_one(db, sql, (own.id, position, position, position, name)) is None:
        return False
    db.execute("DELETE FROM recollect_derived WHERE owner = ? AND name = ?", (own.id, name))
    rows = [(own.id, name, number, position, part) for number, part in enumerate(parts)]
    db.executemany("INSERT INTO recollect_derived (owner, name, part, position, body) VALUES (?, ?, ?, ?, ?)", rows)
    return True


def saved(db: apsw.Connection, owner: Owner, name: str) -> Saved | None:
    """See Store.saved."""
    sql = f"SELECT position, {BODY} FROM recollect_derived WHERE owner = {OWNER_ID} AND name = ? ORDER BY part"
    rows = fetch_all(db, sql, (owner.tenant, owner.kind, owner.name, name))
    return Saved(rows[0][0], tuple(body for _, body in rows)) if rows else None


def remove_derived(db: apsw.Connection, own: LedgerRow, floor: int) -> None:
    """Remove all that was derived of a ledger, and let none be kept that was derived of less than stands up to ``floor``."""
    db.execute("DELETE FROM recollect_derived WHERE owner = ?", (own.id,))
    db.execute("UPDATE recollect_owner SET floor = ? WHERE id = ?", (floor, own.id))
