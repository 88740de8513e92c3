"""One piece of work on a connection."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

from recollect.store.relational.database import Row, Statement


class Answer(Protocol):
    """The answer to a statement."""

    def fetchall(self) -> list[Row]:
        """Return its rows."""
        ...


class Work(ABC):
    """See Transaction. ``handed_over``: from here on, the server may have committed."""

    def __init__(self) -> None:
        self._begun = False
        self._wrote = False
        self._told: list[Statement] = []
        self.handed_over = False

    @abstractmethod
    def alone(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """Run one reading statement, outside of a transaction."""

    @abstractmethod
    def _opening(self) -> list[Statement]:
        """Return what begins a transaction."""

    @abstractmethod
    def _send(self, statements: Sequence[Statement], *, commit: bool = False) -> Sequence[Answer]:
        """Run statements, in as few round trips as the driver can, with the commit behind them. Sets ``handed_over`` as it goes out."""

    def ask(self, *statements: Statement) -> list[list[Row]]:
        """See Transaction.ask."""
        first = self._before()
        return [answer.fetchall() for answer in self._send([*first, *statements])[len(first) :]]

    def tell(self, *statements: Statement) -> None:
        """See Transaction.tell: they wait for what is asked next, or for the commit."""
        self._wrote = True
        self._told += statements

    def commit(self) -> None:
        """Send what was told, and the commit behind it."""
        if self._begun or self._told:
            self._send(self._before(), commit=True)

    def _before(self) -> list[Statement]:
        """Return what is to be sent in front of the next statement."""
        before = self._told if self._begun else [*self._opening(), *self._told]
        self._begun, self._told = True, []
        return before
