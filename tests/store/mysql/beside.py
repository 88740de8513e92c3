"""What the tests of MySQL ask it beside the store."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from recollect.model import Owner
from recollect.store.mysql import MySQLStore
from recollect.testing import ALICE
from servers import mariadb


def admin(url: str) -> str:
    """Return the URL of a database for who may do everything."""
    return urlunsplit(urlsplit(mariadb.admin())._replace(path=urlsplit(url).path))


def run(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements on one connection, and return the rows of the last."""
    rows: Sequence[Sequence[Any]] = ()
    with closing(mariadb.connect(url)) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            rows = cursor.fetchall()
    return [tuple(row) for row in rows]


def ids(store: MySQLStore, owner: Owner = ALICE, session: str = "s") -> list[str]:
    return [item.id for item in store.entries(owner, session)]
