"""An empty database on MariaDB, and a store in it."""

from collections.abc import Iterator

import pytest

from recollect.store.mysql import MySQLStore
from servers import mariadb


@pytest.fixture
def url() -> Iterator[str]:
    with mariadb.database() as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[MySQLStore]:
    store = MySQLStore(url)
    yield store
    store.close()
