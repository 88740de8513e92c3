"""PostgreSQL as the ledger's database."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import psycopg

from recollect.errors import Outcome
from recollect.store.postgresql.connection import Link, clean, milliseconds
from recollect.store.postgresql.errors import REPEATABLE, translate
from recollect.store.relational import Statement, Transaction
from recollect.store.relational.database import Row

T = TypeVar("T")

ATTEMPTS = 10
"""So many times a transaction is tried that the server gives up for the sake of others."""

WRONG_SERVER = frozenset({"25006", "57P03"})
"""The connection is in order, but the next one may lead to a better server."""

_BEGIN: Statement = ("BEGIN ISOLATION LEVEL READ COMMITTED", ())
_COMMIT: Statement = ("COMMIT", ())


class Connections(Protocol):
    """Where connections come from; see ``Pool``."""

    def take(self) -> Link:
        """Return a connection that is the caller's until it is given back or dropped."""
        ...

    def give(self, connection: Link, /) -> None:
        """Take back a connection that is in order."""
        ...

    def drop(self, connection: Link, /) -> None:
        """Take back a connection that is not."""
        ...

    def clear(self) -> None:
        """Close the idle connections."""
        ...

    def close(self) -> None:
        """Close all connections that are ours to close."""
        ...


class PostgreSQL:
    """See Database. ``wait``: the seconds for which a lock is waited for."""

    def __init__(self, connections: Connections, wait: float) -> None:
        self._connections = connections
        self._bound: Statement = ("SELECT set_config('lock_timeout', %s, true)", (milliseconds(wait),))

    def read(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """See Database.read."""
        return self._run(lambda work: work.alone(sql, values))

    def once(self, sql: str, values: Sequence[Any]) -> list[Row] | None:
        """Run one writing statement as a transaction, in one round trip. Returns its rows; None where a unique row was there already."""
        try:
            return self._run(lambda work: work.once(sql, values))
        except _Taken:
            return None

    def write(self, work: Callable[[Transaction], T]) -> T:
        """See Database.write."""

        def whole(transaction: "_Work") -> T:
            value = work(transaction)
            transaction.commit()
            return value

        return self._run(whole)

    def close(self) -> None:
        """See Database.close."""
        self._connections.close()

    def _run(self, work: Callable[["_Work"], T]) -> T:
        """Run work on a connection, again where that is right, and leave the connection in order."""
        lost, attempts = False, 0
        while True:
            link = self._connections.take()
            current = _Work(link, self._bound)
            try:
                value = work(current)
            except psycopg.Error as error:
                kept = self._leave(link, error.sqlstate)
                attempts += 1
                if not kept and not lost and not current.handed_over:
                    lost = True
                    self._connections.clear()  # what the server did to one connection, it did to all
                    continue
                if kept and error.sqlstate in REPEATABLE and attempts < ATTEMPTS:
                    time.sleep(random.uniform(0, 0.002 * 2**attempts))
                    continue
                if isinstance(error, psycopg.errors.UniqueViolation) and current.single:
                    raise _Taken from error
                outcome: Outcome = "unknown" if current.handed_over and not kept else "failed"
                raise translate(error, outcome) from error
            except BaseException:
                self._leave(link, None)
                raise
            self._connections.give(link)
            return value

    def _leave(self, link: Link, state: str | None) -> bool:
        """Give a connection back, or drop it. Returns whether it was still in order."""
        kept = False
        try:
            kept = clean(link)
        finally:
            (self._connections.give if kept and state not in WRONG_SERVER else self._connections.drop)(link)
        return kept


class _Taken(Exception):
    """A unique row was there already."""


class _Work:
    """One piece of work on a connection; see Transaction. ``handed_over``: from here on, the server may have committed."""

    def __init__(self, link: Link, bound: Statement) -> None:
        self._link = link
        self._bound = bound
        self._begun = False
        self._wrote = False
        self._told: list[Statement] = []
        self.handed_over = False
        self.single = False

    def alone(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """Run one reading statement, outside of a transaction."""
        return self._link.cursor().execute(sql, values).fetchall()

    def once(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """Run one writing statement, committed by itself."""
        self.handed_over = self.single = True
        return self.alone(sql, values)

    def ask(self, *statements: Statement) -> list[list[Row]]:
        """See Transaction.ask."""
        first = [*self._opening(), *self._told]
        self._told = []
        return [cursor.fetchall() for cursor in self._send(*first, *statements)[len(first) :]]

    def tell(self, *statements: Statement) -> None:
        """See Transaction.tell: they wait for what is asked next, or for the commit."""
        self._wrote = True
        self._told += statements

    def commit(self) -> None:
        """Send what was told, and the commit behind it."""
        if self._begun or self._told:
            self.handed_over = self._wrote
            self._send(*self._opening(), *self._told, _COMMIT)

    def _opening(self) -> list[Statement]:
        if self._begun:
            return []
        self._begun = True
        return [_BEGIN] if self._link.bounded else [_BEGIN, self._bound]

    def _send(self, *statements: Statement) -> list[psycopg.Cursor[Row]]:
        """Send statements together, and return the cursor of each."""
        if len(statements) == 1:
            return [self._link.cursor().execute(*statements[0])]
        failure: psycopg.Error | None = None
        cursors: list[psycopg.Cursor[Row]] = []
        try:
            with self._link.connection.pipeline():
                try:
                    cursors = [self._link.cursor().execute(*statement) for statement in statements]
                except psycopg.Error as error:  # kept from the pipeline's end, which would tell the log of another that follows from it
                    failure = error
        except psycopg.Error as error:
            raise failure or error from None
        if failure is not None:
            raise failure
        return cursors
