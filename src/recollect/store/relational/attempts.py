"""Work on a server's connections: tried again where that is right, the connection left in order, the outcome told."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct

from recollect.errors import Outcome, StoreError
from recollect.store.relational.database import Row, Transaction
from recollect.store.relational.pool import Connections
from recollect.store.relational.work import Work

C = TypeVar("C")
E = TypeVar("E", bound=Exception)
T = TypeVar("T")
W = TypeVar("W", bound=Work)

ATTEMPTS = 10
"""So many times a transaction is tried that the server gives up for the sake of others."""


class Driver(Struct, Generic[C, E], frozen=True):
    """What drivers differ in.

    ``error``: the class of their errors. ``code`` tells what an error is. ``clean`` rolls back what is under way on a connection, and
    returns whether it is in order afterwards. ``translate`` returns our error for one of theirs. Of codes: ``repeatable`` are those of a
    transaction that the server has rolled back for others; ``elsewhere``, where the next connection may lead to a better server;
    ``uncertain``, what may come in answer to a COMMIT that was carried out.
    """

    error: type[E]
    code: Callable[[E], object]
    clean: Callable[[C], bool]
    translate: Callable[[E, Outcome], StoreError]
    repeatable: frozenset[Any]
    elsewhere: frozenset[Any]
    uncertain: frozenset[Any] = frozenset()


class Attempts(Generic[C, W, E]):
    """See Database. ``begin`` makes a piece of work on a connection."""

    def __init__(self, connections: Connections[C], begin: Callable[[C], W], driver: Driver[C, E]) -> None:
        self._connections = connections
        self._begin = begin
        self._driver = driver

    def read(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """See Database.read."""
        return self._run(lambda work: work.alone(sql, values))

    def write(self, work: Callable[[Transaction], T]) -> T:
        """See Database.write."""

        def whole(transaction: W) -> T:
            value = work(transaction)
            transaction.commit()
            return value

        return self._run(whole)

    def close(self) -> None:
        """See Database.close."""
        self._connections.close()

    def _run(self, work: Callable[[W], T]) -> T:
        """Run work on a connection, again where that is right, and leave the connection in order."""
        driver, lost, attempts = self._driver, False, 0
        while True:
            connection = self._connections.take()
            current = self._begin(connection)
            try:
                value = work(current)
            except driver.error as error:
                code = driver.code(error)
                kept = self._leave(connection, code)
                attempts += 1
                if not kept and not lost and not current.handed_over:
                    lost = True
                    self._connections.clear()  # what the server did to one connection, it did to all
                    continue
                if kept and code in driver.repeatable and attempts < ATTEMPTS:
                    time.sleep(random.uniform(0, 0.002 * 2**attempts))
                    continue
                outcome: Outcome = "unknown" if current.handed_over and (not kept or code in driver.uncertain) else "failed"
                raise driver.translate(error, outcome) from error
            except BaseException:
                self._leave(connection, None)
                raise
            self._connections.give(connection)
            return value

    def _leave(self, connection: C, code: object) -> bool:
        """Give a connection back, or drop it. Returns whether it was still in order."""
        kept = False
        try:
            kept = self._driver.clean(connection)
        finally:
            (self._connections.give if kept and code not in self._driver.elsewhere else self._connections.drop)(connection)
        return kept
