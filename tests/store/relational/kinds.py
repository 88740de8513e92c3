"""The relational servers: how a store is opened on each, and what is asked beside it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from recollect.store.mysql import MySQLStore
from recollect.store.postgresql import PostgreSQLStore
from recollect.store.relational import RelationalStore
from servers import mariadb, postgresql
from store.mysql import beside as beside_mysql
from store.postgresql import beside as beside_postgresql


class Kind(NamedTuple):
    """``database`` lends the URL of an empty one; ``run`` runs statements beside the store, and returns the rows of the last."""

    open: Callable[..., RelationalStore]
    database: Callable[[], AbstractContextManager[str]]
    run: Callable[..., list[tuple[Any, ...]]]


KINDS = {
    "postgresql": Kind(PostgreSQLStore, postgresql.database, beside_postgresql.run),
    "mysql": Kind(MySQLStore, mariadb.database, beside_mysql.run),
}
