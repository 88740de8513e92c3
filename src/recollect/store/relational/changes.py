"""Changes and erasure: an owner's ledger as a whole."""

from recollect.model import Document, Entry, Owner
from recollect.store.relational.database import Row, Statement, Transaction
from recollect.store.relational.rows import Ledger
from recollect.store.relational.statements import POSITIONS, Statements


def changes_of(sql: Statements, owner: Owner, after: int, limit: int) -> Statement:
    """Return what reads the changes beyond a position, in order; see ``change`` for its rows."""
    part = (sql.number(owner), min(after, POSITIONS), limit)
    return sql.changes, (*part, *part, limit)


def change(row: Row) -> Entry | Document:
    """Return the entry or the document that a row tells of."""
    position, what, first, second, role, created, tokens, digest, body, edition = row
    if what:
        return Document(first.decode(), second.decode(), body, position)
    return Entry(position, second.decode(), role, created, tokens, digest, body, first.decode(), edition)


def erase(tx: Transaction, sql: Statements, owner: Owner) -> bool:
    """See Store.erase. The watermark keeps the owner's positions from being used again, and leaves a gap; nothing tells who was erased."""
    ledger = Ledger(tx, sql, owner)
    ledger.open()
    if ledger.head is None:
        return False
    tx.tell(*((statement, (ledger.number,)) for statement in sql.erase), (sql.raise_watermark, (ledger.head + 1,)))
    return True
