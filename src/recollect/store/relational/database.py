"""What the ledger asks of a relational database and its driver."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

Row = tuple[Any, ...]
"""Of int, bytes, str and None."""

Statement = tuple[str, Sequence[Any]]
"""SQL with ``%s`` for each value, and the values: int, bytes, str and None. Names and bodies are bytes."""


class Transaction(Protocol):
    """A transaction that is under way. Each statement sees all that was committed before *it* began (READ COMMITTED)."""

    def ask(self, *statements: Statement) -> list[list[Row]]:
        """Run statements in order, behind those that were told, and return the rows of each: in one round trip where the driver can."""
        ...

    def tell(self, *statements: Statement) -> None:
        """Run statements that return nothing, in order: now, or with the next that are asked, or with the commit."""
        ...


class Database(Protocol):
    """Connections to one database. Every error of the driver leaves as ``StoreError`` or one of its children."""

    def read(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """Run one reading statement in a snapshot of its own, and return its rows. Where the connection was lost, on another one."""
        ...

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run work in a transaction, and return its value once that is durable.

        It is rolled back if work raises. It is run again, some times at the most, where the database gave it up for others
        (a deadlock), and once where the connection was lost before the commit was sent.

        Raises:
            Busy: locks or connections were held by others for longer than the bounded wait.
            StoreError: its outcome is ``unknown`` if the connection was lost behind the commit's sending.

        """
        ...

    def close(self) -> None:
        """Close the connections."""
        ...
