"""PostgreSQL behind a proxy that lends each transaction another of its connections."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from recollect.store.postgresql import PostgreSQLStore
from recollect.store.postgresql.connection import connect
from recollect.store.protocol import Clock, Store
from recollect.testing import ALICE, entry
from recollect.testing.appending import Appending
from recollect.testing.documents import Documents
from recollect.testing.sessions import Sessions
from recollect.testing.setting import Setting
from recollect.testing.threads import Threads
from servers import postgresql

from .bouncer import Bouncer


@pytest.fixture(scope="module")
def bouncer() -> Iterator[Bouncer]:
    found = Bouncer(postgresql.server()).start()
    yield found
    found.discard()


@pytest.fixture
def url(bouncer: Bouncer) -> Iterator[str]:
    with postgresql.database() as direct:
        yield bouncer.on(direct)


class TestThroughAPooler(Appending, Documents, Sessions, Threads, Setting):
    @pytest.fixture(autouse=True)
    def _through(self, url: str) -> None:
        self.url = url

    def open_store(self, place: Path, clock: Clock) -> Store:
        return PostgreSQLStore(self.url, pool=8, clock=clock)

    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        with psycopg.connect(self.url, prepare_threshold=None) as db:
            return [body for table in ("entry", "document") for (body,) in db.execute(f"SELECT body FROM recollect_{table} WHERE body IS NOT NULL")]


def test_statements_are_prepared_where_the_connection_leads_to_one_server_process_alone(url: str, bouncer: Bouncer) -> None:
    with postgresql.database() as direct:
        for conninfo, prepared in ((direct, True), (url, False)):
            link = connect(conninfo, wait=30, patience=90, prepare=None)
            assert (link.connection.prepare_threshold is not None) is link.bounded is prepared
            link.connection.close()
    link = connect(url, wait=30, patience=90, prepare=True)
    assert link.connection.prepare_threshold is not None
    link.connection.close()


def test_nothing_is_left_in_the_sessions_that_others_get_next(url: str) -> None:
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as other:
        questions = """SELECT current_setting('lock_timeout'), (SELECT count(*) FROM pg_prepared_statements),
            (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')"""
        before = other.execute(questions).fetchall()
        store = PostgreSQLStore(url, wait=7.0)
        for number in range(12):
            store.append(ALICE, "s", [entry(f"{number}")])
            store.put(ALICE, [])
            store.append(ALICE, "t", [entry(f"{number}")], expect=None)
            assert len(store.entries(ALICE, "s")) == number + 1
        store.close()
        assert {row for _ in range(9) for row in other.execute(questions)} == set(before) == {("0", 0, 0)}
