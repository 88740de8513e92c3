"""Reading rows from SQLite."""

from collections.abc import Iterable
from typing import Any

import apsw
import msgspec

Value = int | str | None
Row = tuple[Any, ...]


def first(db: apsw.Connection, statement: str, *values: Value) -> Row | None:
    """Return a statement's first row, or None."""
    rows: list[Row] = db.execute(statement, values).fetchall()
    return rows[0] if rows else None


def only(db: apsw.Connection, statement: str, *values: Value) -> Row:
    """Return the one row of a statement that always has one."""
    rows: list[Row] = db.execute(statement, values).fetchall()
    return rows[0]


def listed(db: apsw.Connection, statement: str, *values: Value) -> list[Any]:
    """Return the first column of every row."""
    return [row[0] for row in db.execute(statement, values)]


def array(values: Iterable[int | str]) -> str:
    """Return values as SQLite's json_each takes them."""
    return msgspec.json.encode(list(values)).decode()
