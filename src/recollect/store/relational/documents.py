"""Documents: writing, within a transaction, and what reads them."""

from collections.abc import Mapping, Sequence

from recollect.errors import Conflict
from recollect.model import Document, Owner
from recollect.store.protocol import NOTICES
from recollect.store.relational.database import Row, Statement, Transaction
from recollect.store.relational.rows import Ledger
from recollect.store.relational.statements import ALL, Statements, marks
from recollect.store.text import beyond_prefix


def put(tx: Transaction, sql: Statements, owner: Owner, documents: Sequence[Document], expect: Mapping[tuple[str, str], int]) -> int:
    """See Store.put."""
    ledger = Ledger(tx, sql, owner)
    answers = ledger.open(*(position_of(ledger, *place) for place in expect), make=bool(documents))
    for (place, position), rows in zip(expect.items(), answers, strict=True):
        check_position(rows, *place, position)
    if not documents:
        return 0
    last = write(ledger, documents)
    ledger.finish()
    return last


def write(ledger: Ledger, documents: Sequence[Document]) -> int:
    """Write documents at the next positions, and return the last of these. With a notice among them, what was derived goes."""
    first = ledger.take(len(documents))
    rows = [(d.collection.encode(), d.key.encode(), position, d.body) for position, d in enumerate(documents, first)]
    ledger.transaction.tell(*ledger.sql.put_documents(ledger.number, rows))
    notices = [position for position, d in enumerate(documents, first) if d.body is None or d.collection in NOTICES]
    if notices:
        sql, number = ledger.sql, ledger.number
        ledger.transaction.tell((sql.remove_all_derived, (number,)), (sql.move_floor, (notices[-1], number)))
    return first + len(documents) - 1


def position_of(ledger: Ledger, collection: str, key: str) -> Statement:
    """Return the question for a document's position."""
    return ledger.sql.document_at, (ledger.number, collection.encode(), key.encode())


def check_position(rows: list[Row], collection: str, key: str, expect: int) -> None:
    """Raise Conflict if a document is not at the position that is expected; 0 for none."""
    position = rows[0][0] if rows else 0
    if position != expect:
        raise Conflict(f"{key!r} in {collection!r} stands at position {position}, not at {expect}; read it, and try again", position)


def by_keys(sql: Statements, owner: Owner, collection: str, keys: Sequence[str]) -> Statement:
    """Return what reads those of the keys that are there, by key."""
    return f"{sql.documents} AND d.name IN ({marks(len(keys))}) ORDER BY d.name", (sql.number(owner), collection.encode(), *map(str.encode, keys))


def by_range(sql: Statements, owner: Owner, collection: str, prefix: str, after: str | None, limit: int | None) -> Statement:
    """Return what reads the keys with a prefix, and beyond another key, by key."""
    end = beyond_prefix(prefix) if prefix else None
    bounds = [(bound, text) for bound, text in ((">=", prefix or None), (">", after), ("<", end)) if text is not None]
    where = "".join([f" AND d.name {bound} %s" for bound, _ in bounds])
    values = (sql.number(owner), collection.encode(), *(text.encode() for _, text in bounds), ALL if limit is None else limit)
    return f"{sql.documents}{where} ORDER BY d.name LIMIT %s", values
