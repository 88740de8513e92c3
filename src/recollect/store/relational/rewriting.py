"""Rewriting entries in place, within a transaction."""

from collections.abc import Sequence

from msgspec.structs import replace

from recollect.errors import Conflict
from recollect.model import Document, Entry, Owner
from recollect.store.protocol import REWRITTEN
from recollect.store.relational.database import Row, Statement, Transaction
from recollect.store.relational.documents import write
from recollect.store.relational.rows import Ledger, session_row
from recollect.store.relational.statements import POSITIONS, Statements

AT_ONCE = 10_000
"""How many positions are asked for in one statement."""


def rewrite(tx: Transaction, sql: Statements, owner: Owner, name: str, entries: Sequence[Entry], edition: int, now: int) -> int:
    """See Store.rewrite."""
    wanted = {entry.position: entry for entry in entries if 0 < entry.position < POSITIONS}
    ledger = Ledger(tx, sql, owner)
    found, *answers = ledger.open(ledger.find(name), *_questions(ledger, list(wanted), now))
    session = session_row(found)
    standing = [row for rows in answers for row in rows if (row[6], row[1]) == (name.encode(), wanted[row[0]].id.encode())]
    if ledger.head is None or session is None or not standing:
        return 0
    if session.edition != edition:
        raise Conflict(f"session {name!r} has been rewritten since edition {edition}; read its entries again, and try again", session.position)
    news = [_as_it_stands(wanted[row[0]], row) for row in standing]
    more = sum([entry.tokens or 0 for entry in news]) - sum([row[4] or 0 for row in standing])
    tx.tell(*sql.add_entries(ledger.number, session.number, [(entry.position, entry) for entry in news], replacing=True))
    tx.tell((sql.raise_edition, (more, ledger.number, session.number)))
    position = write(ledger, [Document(REWRITTEN, name, b"")])
    ledger.finish()
    return position


def _questions(ledger: Ledger, positions: Sequence[int], now: int) -> list[Statement]:
    """Return what asks which session's the positions are, and what stays as it is there."""
    parts = [positions[start : start + AT_ONCE] for start in range(0, len(positions), AT_ONCE)]
    return [ledger.sql.standing(ledger.number, part, now) for part in parts]


def _as_it_stands(entry: Entry, row: Row) -> Entry:
    return replace(entry, role=row[2], created=row[3])
