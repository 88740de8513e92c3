"""Changes and erasure: an owner's ledger as a whole, within a transaction that the caller holds."""

from collections.abc import Iterator
from heapq import heappop, heappush, heapreplace

import apsw

from recollect.model import Document, Entry, Owner
from recollect.store.sqlite.derived import remove_derived
from recollect.store.sqlite.queries import BODY, DIGEST, fetch_all, fetch_each
from recollect.store.sqlite.rows import LedgerRow, find


def changes(db: apsw.Connection, owner: Owner, after: int, limit: int) -> list[Entry | Document]:
    """See Store.changes: merges the owner's documents and sessions, opening a session only when its turn has come."""
    own, _ = find(db, owner, "")
    if own is None or limit < 1:
        return []
    after = max(after, 0)  # one below 0 would reach into the session in front of another
    sessions = fetch_all(
        db, "SELECT first, id, name, edition FROM recollect_session WHERE owner = ? AND activity > ? AND count > 0 ORDER BY first", (own.id, after)
    )[::-1]
    heap: list[tuple[int, Entry | Document, Iterator[Entry | Document]]] = []
    _open(heap, _document_rows(db, own, after, limit))
    found: list[Entry | Document] = []
    while len(found) < limit:
        while sessions and (not heap or sessions[-1][0] < heap[0][0]):
            _, session, name, edition = sessions.pop()
            _open(heap, _entry_rows(db, session, name, edition, after, limit))
        if not heap:
            break
        _, item, rest = heap[0]
        found.append(item)
        following = next(rest, None)
        if following is None:
            heappop(heap)
        else:
            heapreplace(heap, (following.position, following, rest))
    return found


def _open(heap: list[tuple[int, Entry | Document, Iterator[Entry | Document]]], rows: Iterator[Entry | Document]) -> None:
    first = next(rows, None)
    if first is not None:
        heappush(heap, (first.position, first, rows))


def _entry_rows(db: apsw.Connection, session: int, name: str, edition: int, after: int, limit: int) -> Iterator[Entry]:
    sql = (
        f"SELECT place & 0xFFFFFFFF, id, role, created, tokens, {DIGEST}, {BODY} FROM recollect_entry "
        "WHERE place > ? AND place < ? ORDER BY place LIMIT ?"
    )
    return (Entry(*(*row, name, edition)) for row in fetch_each(db, sql, ((session << 32) + after, session + 1 << 32, limit)))


def _document_rows(db: apsw.Connection, own: LedgerRow, after: int, limit: int) -> Iterator[Document]:
    sql = f"SELECT collection, key, {BODY}, position FROM recollect_document WHERE owner = ? AND position > ? ORDER BY position LIMIT ?"
    return (Document(*row) for row in fetch_each(db, sql, (own.id, after, limit)))


def erase(db: apsw.Connection, owner: Owner) -> bool:
    """See Store.erase. The watermark keeps the owner's positions from being used again, and leaves a gap."""
    own, _ = find(db, owner, "")
    if own is None:
        return False
    for (session,) in fetch_all(db, "SELECT id FROM recollect_session WHERE owner = ?", (own.id,)):
        db.execute("DELETE FROM recollect_entry WHERE place > ? AND place < ?", (session << 32, session + 1 << 32))
    db.execute("DELETE FROM recollect_session WHERE owner = ?", (own.id,))
    db.execute("DELETE FROM recollect_document WHERE owner = ?", (own.id,))
    remove_derived(db, own, own.head)
    db.execute("DELETE FROM recollect_owner WHERE id = ?", (own.id,))
    db.execute("UPDATE recollect_watermark SET position = max(position, ?)", (own.head + 1,))
    return True
