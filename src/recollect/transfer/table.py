"""The rows of a LangChain ``message_store`` table in a SQLite file that somebody else wrote."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

import apsw

from recollect.errors import Invalid, StoreError
from recollect.transfer.source import Source

MAGIC = b"SQLite format 3\0"
"""What a SQLite file starts with."""

_COLUMNS = ("id", "session_id", "message")


class Row(NamedTuple):
    """A row as it stands there: nothing is known of its values. ``line`` is its id, or its number where that is no number.

    ``created`` is when it was written, where the table tells it.
    """

    line: int
    id: Any
    session: Any
    message: Any
    created: datetime | None = None


def rows(source: Source) -> Iterator[Row]:
    """Yield the rows by session, in the order of their ids; the session with the highest id comes last.

    Raises:
        Invalid: the file is no SQLite database, or has no such table.
        StoreError: the database cannot be read.

    """
    if not source.rewind().startswith(MAGIC):
        raise Invalid(f"{str(source.path)!r} is no SQLite file; choose another format")
    source.file.close()  # before SQLite opens it: closing any handle of a file drops all locks that the process has on it
    try:
        database = apsw.Connection(str(source.path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            yield from _rows(database, source)
        finally:
            database.close()
    except (apsw.Error, UnicodeDecodeError) as error:
        raise StoreError(f"{str(source.path)!r} cannot be read: {error}") from error


def _rows(database: apsw.Connection, source: Source) -> Iterator[Row]:
    database.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    database.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    database.set_busy_timeout(10_000)
    table = _table(database, source)
    source.done, source.total = 0, database.execute(f"SELECT count(*) FROM {table}").get  # noqa: S608  # quoted, and known to be there
    encoding = database.pragma("encoding")
    cells = ", ".join(
        f"typeof(m.{name}) = 'text', CASE typeof(m.{name}) WHEN 'text' THEN CAST(m.{name} AS BLOB) ELSE m.{name} END" for name in _COLUMNS
    )
    query = f"""SELECT {cells} FROM {table} AS m
    JOIN (SELECT session_id, max(id) AS last FROM {table} GROUP BY session_id) AS s ON m.session_id IS s.session_id
    ORDER BY s.last, m.id"""  # noqa: S608
    for number, row in enumerate(database.execute(query), 1):
        source.done = number
        id, session, message = (_value(row[n + 1], encoding if row[n] else None) for n in (0, 2, 4))
        yield Row(id if isinstance(id, int) else number, id, session, message)


def _value(value: Any, encoding: str | None) -> Any:
    """Return a cell's value. Texts, which have an encoding, come as bytes, and stay so where they are not what they claim to be."""
    try:
        return value if encoding is None else value.decode(encoding)
    except UnicodeDecodeError:
        return value


def _table(database: apsw.Connection, source: Source) -> str:
    """Return the table's name, quoted, as the database itself spells it."""
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    if source.table not in names and "recollect_owner" in names:
        raise Invalid(
            f"{str(source.path)!r} is a memory of Recollect itself: read it with --url sqlite:///{quote(str(source.path))}, "
            "or export it, and import what that writes"
        )
    if source.table not in names:
        listed = ", ".join(map(repr, names[:10])) or "none at all"
        raise Invalid(f"{str(source.path)!r} has no table {source.table!r}; it has: {listed}")
    columns = {row[0] for row in database.execute("SELECT name FROM pragma_table_info(?)", (source.table,))}
    missing = [column for column in _COLUMNS if column not in columns]
    if missing:
        raise Invalid(f"the table {source.table!r} has no column {', '.join(missing)}; LangChain's tables have {', '.join(_COLUMNS)}")
    return '"' + source.table.replace('"', '""') + '"'
