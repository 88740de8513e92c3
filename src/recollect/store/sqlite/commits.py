"""Shared commits: the writes of many threads, made durable by one sync."""

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

import apsw

from recollect.errors import Outcome, RecollectError, StorageFull, StoreError
from recollect.store.sqlite.errors import translate

T = TypeVar("T")

FAULTS = (RecollectError, apsw.Error, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a caller's work may raise, be it for a value that the driver cannot bind: it is raised for that caller alone."""


class _Ticket:
    """One caller's work, and what became of it."""

    __slots__ = ("done", "error", "value", "values", "work")

    def __init__(self, work: Callable[..., Any], values: tuple[Any, ...]) -> None:
        self.work = work
        self.values = values
        self.done = False
        self.value: Any = None
        self.error: Exception | None = None


class Commits:
    """Runs callers' work on one connection. Whoever holds ``lock`` commits what all the waiting callers have handed in.

    ``check`` is called behind each commit, before it is acknowledged; it raises StoreError if that must not be.
    """

    def __init__(self, connection: apsw.Connection, check: Callable[[], None] = lambda: None) -> None:
        self.connection = connection
        self._check = check
        self.lock = Lock()
        self._waiting: deque[_Ticket] = deque()

    def run(self, work: Callable[..., T], *values: Any) -> T:
        """Run ``work(connection, *values)`` within a transaction, and return its value once that is durable.

        Work that raises has no effect, and does not disturb the work of others. It may be run more than once.
        """
        ticket = _Ticket(work, values)
        self._waiting.append(ticket)
        with self.lock:
            if not ticket.done:
                self._commit(ticket)
        if ticket.error is not None:
            raise ticket.error
        value: T = ticket.value
        return value

    def _commit(self, own: _Ticket) -> None:
        """Commit all that waits, together; where one caller's work fails, roll back, and go on without it."""
        tickets: list[_Ticket] = []
        while self._waiting:
            tickets.append(self._waiting.popleft())
        if own not in tickets:  # a thread was interrupted that had taken it
            tickets.append(own)
        try:
            while tickets:
                failed = self._attempt(tickets)
                if failed is None:
                    tickets.clear()
                else:
                    failed.done = True
                    tickets.remove(failed)
        finally:
            if tickets:  # after an interrupt, or a fault in somebody's work: the others are still to be served
                self._waiting.extendleft(ticket for ticket in reversed(tickets) if not ticket.done and ticket is not own)

    def _attempt(self, tickets: list[_Ticket]) -> _Ticket | None:
        """Run one transaction and return the ticket whose work failed; None when all are done."""
        current: _Ticket | None = None
        outcome: Outcome = "failed"
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            for current in tickets:
                current.value = current.work(self.connection, *current.values)
            current, outcome = None, "unknown"
            self.connection.execute("COMMIT")
            self._check()
            for ticket in tickets:
                ticket.error, ticket.done = None, True
        except FAULTS as error:
            if current is None:
                _finish(tickets, error, outcome)
            else:
                current.error = _ours(error, "failed")
        finally:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            elif (
                outcome == "unknown" and not tickets[-1].done
            ):  # an interrupt came behind the commit: to do the work again could tell a false conflict
                _finish([ticket for ticket in tickets if not ticket.done], apsw.InterruptError("while it was at the commit"), outcome)
        return current


def _finish(tickets: list[_Ticket], error: Exception, outcome: Outcome) -> None:
    for ticket in tickets:
        ticket.error = _ours(error, outcome)
        ticket.done = True


def _ours(error: Exception, outcome: Outcome) -> Exception:
    if not isinstance(error, apsw.Error):
        return error
    translated: StoreError = translate(error, outcome)
    if isinstance(translated, StorageFull):
        translated.outcome = "failed"  # the commit record itself found no room
    translated.__cause__ = error
    return translated
