"""What the tests of PostgreSQL ask it beside the store."""

from time import sleep

import psycopg
from psycopg.pq import TransactionStatus

from recollect.store.postgresql import PostgreSQLStore
from recollect.testing import ALICE
from servers.postgresql import OTHERS


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run statements on one connection, and return the rows of the last."""
    with psycopg.connect(url, autocommit=True) as db:
        cursor = [db.execute(statement) for statement in statements][-1]
        return cursor.fetchall() if cursor.description else []


def ids(store: PostgreSQLStore) -> list[str]:
    return [item.id for item in store.entries(ALICE, "s")]


def end_connections(url: str) -> None:
    """Let the server end all connections to a database but this one's, and wait until they are gone."""
    while run(url, f"SELECT pg_terminate_backend(pid) {OTHERS}"):
        sleep(0.05)


class Rotating:
    """A pool that gives another connection each time."""

    def __init__(self, url: str) -> None:
        self.connections = [psycopg.connect(url) for _ in range(3)]

    def getconn(self, timeout: float | None = None) -> psycopg.Connection:
        return self.connections.pop(0)

    def putconn(self, conn: psycopg.Connection) -> None:
        assert conn.info.transaction_status == TransactionStatus.IDLE
        self.connections.append(conn)

    def close(self) -> None:
        for connection in self.connections:
            connection.close()
