"""An empty database on PostgreSQL, a store in it, and a proxy in front of the server."""

from collections.abc import Iterator

import psycopg
import pytest

from recollect.store.postgresql import PostgreSQLStore
from servers import postgresql
from servers.proxy import Proxy


@pytest.fixture
def url() -> Iterator[str]:
    with postgresql.database() as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[PostgreSQLStore]:
    store = PostgreSQLStore(url)
    yield store
    store.close()


@pytest.fixture
def proxy(url: str) -> Iterator[Proxy]:
    with Proxy(psycopg.conninfo.conninfo_to_dict(url)["port"]) as proxy:
        yield proxy
