"""MySQL or MariaDB as the ledger's database."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pymysql

from recollect.errors import Outcome, StorageFull, StoreError
from recollect.store.mysql.connection import Answer, Link, clean, pack
from recollect.store.mysql.errors import ELSEWHERE, PACKET, REPEATABLE, UNCERTAIN, number_of, translate
from recollect.store.mysql.literals import rendered
from recollect.store.mysql.quick import NOT_SO
from recollect.store.relational import Pool, Statement, Transaction
from recollect.store.relational.database import Row

T = TypeVar("T")

ATTEMPTS = 10
"""So many times a transaction is tried that the server gives up for the sake of others."""


class MySQL:
    """See Database."""

    def __init__(self, connections: Pool[Link]) -> None:
        self._connections = connections

    def read(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """See Database.read."""
        return self._run(lambda work: work.alone((sql, values)))

    def write(self, work: Callable[[Transaction], T]) -> T:
        """See Database.write."""

        def whole(transaction: "_Work") -> T:
            value = work(transaction)
            transaction.commit()
            return value

        return self._run(whole)

    def once(self, statements: Sequence[Statement]) -> int | None:
        """Run writing statements as a transaction. Returns the number that the first hands out; None where one of them finds what is NOT_SO.

        An id tells whether what it wrote is there: who gets an ``unknown`` outcome may look, and do it again.
        """
        try:
            return self._run(lambda work: work.once(statements))
        except StoreError as error:
            if isinstance(error.__cause__, pymysql.MySQLError) and number_of(error.__cause__) in NOT_SO:
                return None
            raise

    def close(self) -> None:
        """See Database.close."""
        self._connections.close()

    def _run(self, work: Callable[["_Work"], T]) -> T:
        """Run work on a connection, again where that is right, and leave the connection in order."""
        lost, attempts = False, 0
        while True:
            link = self._connections.take()
            current = _Work(link)
            try:
                value = work(current)
            except pymysql.MySQLError as error:
                number = number_of(error)
                kept = self._leave(link, number)
                attempts += 1
                if not kept and not lost and not current.handed_over:
                    lost = True
                    self._connections.clear()  # what the server did to one connection, it did to all
                    continue
                if kept and number in REPEATABLE and attempts < ATTEMPTS:
                    time.sleep(random.uniform(0, 0.002 * 2**attempts))
                    continue
                outcome: Outcome = "unknown" if current.handed_over and (not kept or number in UNCERTAIN) else "failed"
                raise translate(error, outcome) from error
            except BaseException:
                self._leave(link, 0)
                raise
            link.used = time.monotonic()
            self._connections.give(link)
            return value

    def _leave(self, link: Link, number: int) -> bool:
        """Give a connection back, or drop it. Returns whether it was still in order."""
        kept = False
        try:
            kept = clean(link)
        finally:
            link.used = time.monotonic()
            (self._connections.give if kept and number not in ELSEWHERE else self._connections.drop)(link)
        return kept


class _Work:
    """One piece of work on a connection; see Transaction. ``handed_over``: from here on, the server may have committed."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._begun = False
        self._wrote = False
        self._told: list[Statement] = []
        self.handed_over = False

    def alone(self, statement: Statement) -> list[Row]:
        """Run one reading statement, outside of a transaction."""
        return self._link.rows(_checked(self._link, rendered(statement)))

    def once(self, statements: Sequence[Statement]) -> int:
        """Run writing statements, committed together, and return the number that the first hands out."""
        self._wrote = True
        opening = self._opening()
        return self._send(*opening, *statements, last="COMMIT")[len(opening)].number

    def ask(self, *statements: Statement) -> list[list[Row]]:
        """See Transaction.ask."""
        first = [*self._opening(), *self._told]
        self._told = []
        return [answer.rows for answer in self._send(*first, *statements)[len(first) :]]

    def tell(self, *statements: Statement) -> None:
        """See Transaction.tell: they wait for what is asked next, or for the commit."""
        self._wrote = True
        self._told += statements

    def commit(self) -> None:
        """Send what was told, and the commit behind it."""
        if self._begun or self._told:
            self._send(*self._opening(), *self._told, last="COMMIT")

    def _opening(self) -> list[Statement]:
        if self._begun:
            return []
        self._begun = True
        return [("START TRANSACTION", ())]

    def _send(self, *statements: Statement, last: str | None = None) -> list[Answer]:
        """Send statements, with ``last`` behind them, in as few messages as the server takes, and return their answers.

        A statement that fails is the last one that the server runs of a message.
        """
        texts = [_checked(self._link, rendered(statement)) for statement in statements]
        groups = pack(self._link, texts if last is None else [*texts, last])
        answers: list[Answer] = []
        for number, group in enumerate(groups, 1):
            self.handed_over = last is not None and self._wrote and number == len(groups)
            answers += self._link.run(";".join(group), len(group))
        return answers


def _checked(link: Link, text: str) -> str:
    """Refuse what the server would answer by closing the connection."""
    if len(text) >= link.packet:
        raise StorageFull(f"{PACKET} (max_allowed_packet is {link.packet} bytes, the statement has {len(text)})")
    return text
