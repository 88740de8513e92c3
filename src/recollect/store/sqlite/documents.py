"""Documents: writing and reading, within a transaction that the caller holds."""

from collections.abc import Mapping, Sequence

import apsw

from recollect.errors import Conflict, StoreError
from recollect.model import Document, Owner
from recollect.store.protocol import NOTICES
from recollect.store.sqlite.derived import remove_derived
from recollect.store.sqlite.queries import BODY, OWNER_ID, POSITIONS, fetch_all, fetch_one
from recollect.store.sqlite.rows import LedgerRow, find, make_ledger
from recollect.store.text import beyond_prefix


def put(db: apsw.Connection, owner: Owner, documents: Sequence[Document], expect: Mapping[tuple[str, str], int]) -> int:
    """See Store.put."""
    own = find(db, owner, "")[0] or (make_ledger(db, owner) if documents else LedgerRow(0, 0))  # no owner has the number 0
    for (collection, key), position in expect.items():
        check_position(db, own, collection, key, position)
    return write(db, own, documents) if documents else 0


def documents(
    db: apsw.Connection, owner: Owner, collection: str, keys: Sequence[str] | None, prefix: str, after: str | None, limit: int | None
) -> list[Document]:
    """See Store.documents."""
    sql = f"SELECT collection, key, {BODY}, position FROM recollect_document WHERE owner = {OWNER_ID} AND collection = ? AND body IS NOT NULL"
    where = (owner.tenant, owner.kind, owner.name, collection)
    if keys is not None:
        found = [row for key in sorted(set(keys)) for row in fetch_all(db, f"{sql} AND key = ?", (*where, key))]
        kept = [row for row in found if row[1].startswith(prefix) and (after is None or row[1] > after)]
        return [Document(*row) for row in kept[:limit]]
    end = beyond_prefix(prefix)
    sql += " AND key >= ?" + (" AND key > ?" if after is not None else "") + (" AND key < ?" if end is not None else "") + " ORDER BY key LIMIT ?"
    bounds = [bound for bound in (prefix, after, end) if bound is not None]
    return [Document(*row) for row in fetch_all(db, sql, (*where, *bounds, -1 if limit is None else limit))]


def write(db: apsw.Connection, own: LedgerRow, documents: Sequence[Document]) -> int:
    """Write documents at the next positions, and return the last of these. With a notice among them, what was derived goes."""
    last = own.head + len(documents)
    if last >= POSITIONS:
        raise StoreError(f"the ledger is full: it holds {POSITIONS:,} positions")
    db.executemany(
        "INSERT OR REPLACE INTO recollect_document (owner, collection, key, position, body) VALUES (?, ?, ?, ?, ?)",
        [(own.id, document.collection, document.key, position, document.body) for position, document in enumerate(documents, own.head + 1)],
    )
    notices = [position for position, d in enumerate(documents, own.head + 1) if d.body is None or d.collection in NOTICES]
    if notices:
        remove_derived(db, own, notices[-1])
    return last


def check_position(db: apsw.Connection, own: LedgerRow, collection: str, key: str, expect: int) -> None:
    """Raise Conflict if a document is not at the position that is expected; 0 for none."""
    sql = "SELECT position FROM recollect_document WHERE owner = ? AND collection = ? AND key = ? AND body IS NOT NULL"
    row = fetch_one(db, sql, (own.id, collection, key))
    position = 0 if row is None else row[0]
    if position != expect:
        raise Conflict(f"{key!r} in {collection!r} stands at position {position}, not at {expect}; read it, and try again", position)
