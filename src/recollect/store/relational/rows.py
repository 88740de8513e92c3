"""The rows of owners and sessions, as the ledger's operations see them."""

from collections.abc import Sequence

from msgspec import Struct

from recollect.errors import Busy
from recollect.model import Owner
from recollect.store.relational.database import Row, Statement, Transaction
from recollect.store.relational.statements import Statements

ATTEMPTS = 100
"""So many times an owner is made that others erase again."""


class SessionRow(Struct, frozen=True, gc=False):
    """A session's row. ``number``: the first position that was the session's, by which its entries know it."""

    number: int
    count: int
    tokens: int
    created: int
    updated: int
    activity: int
    ttl: int | None
    expires: int | None
    edition: int = 0

    @property
    def position(self) -> int:
        """Where its latest entry stands; 0 without entries."""
        return self.activity if self.count else 0

    def expired(self, now: int) -> bool:
        """Tell whether its time is over."""
        return self.expires is not None and self.expires <= now


class Ledger:
    """An owner's ledger within a transaction that holds the lock of its row.

    ``head`` is the highest position that was given out; None where there is no such owner. What is told is written by the
    transaction's end, the head by ``finish``.
    """

    def __init__(self, transaction: Transaction, sql: Statements, owner: Owner) -> None:
        self.transaction = transaction
        self.sql = sql
        self.owner = owner
        self.number = sql.number(owner)
        self.head: int | None = None

    def open(self, *questions: Statement, make: bool = False) -> list[list[Row]]:
        """Lock the owner's row, and return the answers to questions that are asked behind it.

        ``make``: make the owner where there is none, beyond every position that an erased one has had.
        """
        lock = (self.sql.lock, (self.number,))
        heads, *answers = self.transaction.ask(lock, *questions)
        for _ in range(ATTEMPTS if make else 0):  # others may make the owner, and erase it, in between
            if heads:
                break
            names = [self.owner.tenant.encode(), self.owner.kind, self.owner.name.encode()]
            # the row first, and its head by a statement that begins when an erasure of the same owner, if there is one, is over
            self.transaction.tell((self.sql.make_owner, (self.number, *names)), (self.sql.raise_head, (self.number,)))
            heads, *answers = self.transaction.ask(lock, *questions)
        if make and not heads:
            raise Busy("others kept erasing the same owner; try again")
        self.head = heads[0][0] if heads else None
        return answers

    def find(self, name: str) -> Statement:
        """Return the question for a session."""
        return self.sql.find, (self.number, name.encode())

    def take(self, count: int) -> int:
        """Give out positions, and return the first of them."""
        first = (self.head or 0) + 1
        self.head = first + count - 1
        return first

    def finish(self) -> None:
        """Write the head."""
        self.transaction.tell((self.sql.move_head, (self.head, self.number)))

    def set_session(self, row: SessionRow) -> None:
        """Write a session's row anew."""
        values = (row.count, row.tokens, row.created, row.updated, row.activity, row.ttl, row.expires, self.number, row.number)
        self.transaction.tell((self.sql.set_session, values))

    def make_session(self, name: str, row: SessionRow) -> None:
        """Write a new session's row."""
        counts = (row.count, row.tokens, row.created, row.updated, row.activity, row.ttl, row.expires)
        self.transaction.tell((self.sql.make_session, (self.number, row.number, name.encode(), *counts)))


def session_row(rows: Sequence[Row]) -> SessionRow | None:
    """Return the session that an answer holds."""
    return SessionRow(*rows[0]) if rows else None
