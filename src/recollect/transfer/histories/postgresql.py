"""LangChain's tables in PostgreSQL: of langchain-postgres, of SQLChatMessageHistory, and of the community's PostgresChatMessageHistory."""

from recollect.store.postgresql.address import address

# isort: split
# the store tells which extra is missing
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from recollect.errors import StoreError
from recollect.store.postgresql.errors import translate
from recollect.transfer.histories.columns import CREATED, check
from recollect.transfer.histories.history import History
from recollect.transfer.items import Item
from recollect.transfer.langchain import read_rows
from recollect.transfer.table import Row

PAGE = 500
"""Rows that the server sends at a time."""

_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_schema = ANY (current_schemas(false)) AND table_name = %s"

_OTHERS = """
SELECT table_name FROM information_schema.columns
WHERE table_schema = ANY (current_schemas(false)) AND column_name IN ('id', 'session_id', 'message')
GROUP BY table_name HAVING count(*) = 3 ORDER BY table_name LIMIT 10"""

_ROWS = """
SELECT m.id, m.session_id::text, m.message::text, {created}
FROM {table} AS m JOIN (SELECT session_id, max(id) AS last FROM {table} GROUP BY session_id) AS s ON m.session_id = s.session_id
ORDER BY s.last, m.id"""


def read(history: History) -> Iterator[Item]:
    """Yield the sessions of a table as of one moment, the one with the latest message last."""
    return read_rows(_rows(history), history.now)


def _rows(history: History) -> Iterator[Row]:
    try:
        with psycopg.connect(address(history.url).conninfo) as connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            query = _query(connection, history)
            with connection.cursor("recollect_import") as cursor:
                cursor.itersize = PAGE
                for number, row in enumerate(cursor.execute(query), 1):
                    history.done = number
                    yield Row(row[0] if isinstance(row[0], int) else number, *row)
    except UnicodeDecodeError as error:
        raise StoreError("the history cannot be read: the database has no encoding, and its text is not UTF-8; convert it first") from error
    except psycopg.Error as error:
        raise StoreError(f"the history cannot be read: {translate(error)}") from error


def _query(connection: "psycopg.Connection[Any]", history: History) -> Composed:
    columns = {row[0] for row in connection.execute(_COLUMNS, (history.table,))}
    check(history.table, columns, () if columns else [row[0] for row in connection.execute(_OTHERS)])
    table = Identifier(history.table)
    counted = connection.execute(SQL("SELECT count(*) FROM {}").format(table)).fetchone()
    history.total = counted[0] if counted is not None else 0
    return SQL(_ROWS).format(table=table, created=SQL("m.") + Identifier(CREATED) if CREATED in columns else SQL("NULL"))
