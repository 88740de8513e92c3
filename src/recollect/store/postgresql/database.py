"""PostgreSQL as the ledger's database."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import psycopg

from recollect.errors import StoreError
from recollect.store.postgresql.connection import Link, clean, milliseconds
from recollect.store.postgresql.errors import ELSEWHERE, REPEATABLE, translate
from recollect.store.relational import Connections, Statement
from recollect.store.relational.attempts import Attempts, Driver
from recollect.store.relational.database import Row
from recollect.store.relational.work import Work

_BEGIN: Statement = ("BEGIN ISOLATION LEVEL READ COMMITTED", ())
_COMMIT: Statement = ("COMMIT", ())

_DRIVER: Driver[Link, psycopg.Error] = Driver(psycopg.Error, attrgetter("sqlstate"), clean, translate, REPEATABLE, ELSEWHERE)


class PostgreSQL(Attempts[Link, "_Work", psycopg.Error]):
    """See Database. ``wait``: the seconds for which a lock is waited for."""

    def __init__(self, connections: Connections[Link], wait: float) -> None:
        bound: Statement = ("SELECT set_config('lock_timeout', %s, true)", (milliseconds(wait),))
        super().__init__(connections, lambda link: _Work(link, bound), _DRIVER)

    def once(self, sql: str, values: Sequence[Any]) -> list[Row] | None:
        """Run one writing statement as a transaction, in one round trip. Returns its rows; None where a unique row was there already."""
        try:
            return self._run(lambda work: work.once(sql, values))
        except StoreError as error:
            if isinstance(error.__cause__, psycopg.errors.UniqueViolation):
                return None
            raise

    def command(self, sql: str) -> list[str]:
        """Run a command that stands outside of transactions, and return what the server has warned of."""
        return self._run(lambda work: work.command(sql))


class _Work(Work):
    def __init__(self, link: Link, bound: Statement) -> None:
        super().__init__()
        self._link = link
        self._bound = bound

    def alone(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """See Work.alone."""
        return self._link.cursor().execute(sql, values).fetchall()

    def once(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """Run one writing statement, committed by itself."""
        self.handed_over = True
        return self.alone(sql, values)

    def command(self, sql: str) -> list[str]:
        """Run a command outside of a transaction, once, and return the warnings."""
        self.handed_over = True
        warnings: list[str] = []

        def note(told: psycopg.errors.Diagnostic) -> None:
            if told.severity_nonlocalized == "WARNING":
                warnings.append(told.message_primary or "")

        connection = self._link.connection
        connection.add_notice_handler(note)
        try:
            connection.execute(sql, prepare=False)
        finally:
            connection.remove_notice_handler(note)
        return warnings

    def _opening(self) -> list[Statement]:
        return [_BEGIN] if self._link.bounded else [_BEGIN, self._bound]

    def _send(self, statements: Sequence[Statement], *, commit: bool = False) -> list[psycopg.Cursor[Row]]:
        if commit:
            self.handed_over = self._wrote
            statements = [*statements, _COMMIT]
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
