"""What was derived of a ledger: saving, within a transaction, and reading."""

from collections.abc import Sequence
from operator import itemgetter

from recollect.model import Owner, Saved
from recollect.store.relational.database import Row, Statement, Transaction
from recollect.store.relational.rows import Ledger
from recollect.store.relational.statements import Statements

_part = itemgetter(0)


def save(tx: Transaction, sql: Statements, owner: Owner, name: str, position: int, parts: Sequence[bytes]) -> bool:
    """See Store.save. Who appends to the ledger meanwhile waits for it."""
    ledger = Ledger(tx, sql, owner)
    floors, formers = ledger.open((sql.floor, (ledger.number,)), (sql.derived_at, (ledger.number, name.encode())))
    lowest = max([row[0] for row in (*floors, *formers)], default=0)
    if ledger.head is None or not lowest <= position <= ledger.head:
        return False
    rows = [(name.encode(), number, position, part) for number, part in enumerate(parts)]
    tx.tell((sql.remove_derived, (ledger.number, name.encode())), *sql.put_derived(ledger.number, rows))
    return True


def saved_of(sql: Statements, owner: Owner, name: str) -> Statement:
    """Return what reads a derived document; see ``saved`` for its rows."""
    return sql.derived, (sql.number(owner), name.encode())


def saved(rows: list[Row]) -> Saved | None:
    """Return the derived document that the rows tell of."""
    return Saved(rows[0][1], tuple(row[2] for row in sorted(rows, key=_part))) if rows else None
