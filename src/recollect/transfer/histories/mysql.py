"""LangChain's tables in MySQL and MariaDB: of SQLChatMessageHistory."""

from recollect.store.mysql.address import address, maker

# isort: split
# the store tells which extra is missing
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from pymysql.cursors import SSCursor
from pymysql.err import MySQLError

from recollect.errors import StoreError
from recollect.store.mysql.errors import translate
from recollect.transfer.histories.columns import check
from recollect.transfer.histories.history import History
from recollect.transfer.items import Item
from recollect.transfer.langchain import read_rows
from recollect.transfer.table import Row

WAIT = 30.0
"""Seconds for which an answer is waited for, at the least."""

_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = %s"

_OTHERS = """
SELECT table_name FROM information_schema.columns WHERE table_schema = DATABASE() AND column_name IN ('id', 'session_id', 'message')
GROUP BY table_name HAVING count(*) = 3 ORDER BY table_name LIMIT 10"""


def read(history: History) -> Iterator[Item]:
    """Yield the sessions of a table as of one moment, the one with the latest message last."""
    return read_rows(_rows(history), history.now)


def _rows(history: History) -> Iterator[Row]:
    try:
        with closing(maker(address(history.url), WAIT)()) as connection:
            with connection.cursor() as cursor:
                cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
                query = _query(cursor, history)
            with connection.cursor(SSCursor) as cursor:
                cursor.execute(query)
                for number, row in enumerate(cursor, 1):
                    history.done = number
                    yield Row(row[0] if isinstance(row[0], int) else number, *row)
    except MySQLError as error:
        raise StoreError(f"the history cannot be read: {translate(error)}") from error


def _query(cursor: Any, history: History) -> str:
    columns = set(_names(cursor, _COLUMNS, history.table))
    check(history.table, columns, () if columns else _names(cursor, _OTHERS))
    table = "`" + history.table.replace("`", "``") + "`"
    cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  # quoted, and known to be there
    history.total = cursor.fetchone()[0]
    return f"""SELECT m.id, m.session_id, m.message FROM {table} AS m
    JOIN (SELECT session_id, max(id) AS last FROM {table} GROUP BY session_id) AS s ON m.session_id = s.session_id
    ORDER BY s.last, m.id"""  # noqa: S608


def _names(cursor: Any, query: str, *values: str) -> list[str]:
    cursor.execute(query, values)
    return [row[0] for row in cursor.fetchall()]
