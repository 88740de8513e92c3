"""What PostgreSQL reads for an answer does not grow with the history."""

from collections.abc import Iterator

import psycopg
import pytest

from recollect.model import Owner
from recollect.store.postgresql import PostgreSQLStore
from recollect.store.relational.changes import changes_of
from recollect.store.relational.entries import entries_at, entries_of
from recollect.testing import ALICE, entry
from servers import postgresql

Opened = tuple[PostgreSQLStore, psycopg.Connection, bool]

LONG = 12_000
PAGES = 100
"""What an answer of 20 rows may read, in pages of 8 KB. The whole session has more than twice as many."""


@pytest.fixture(scope="module", params=["never analysed", "analysed while it was empty", "analysed while it was small", "analysed"])
def store(request: pytest.FixtureRequest) -> Iterator[Opened]:
    with postgresql.database() as url, psycopg.connect(url, autocommit=True) as db:
        store = PostgreSQLStore(url)
        for table in ("owner", "session", "entry", "document"):
            db.execute(f"ALTER TABLE recollect_{table} SET (autovacuum_enabled = false)")
        if "empty" in request.param:
            db.execute("ANALYZE")
        for number in range(20):
            store.append(Owner("", "user", f"u{number}"), "s", [entry("1")])
        store.append(ALICE, "other", [entry("1")])
        store.append(ALICE, "s", [entry("0")])
        if "small" in request.param:
            db.execute("ANALYZE")
        store.append(ALICE, "s", [entry(f"m{number}") for number in range(LONG)])
        if request.param == "analysed":
            db.execute("ANALYZE")
        yield store, db, request.param == "analysed"
        store.close()


def pages(store: PostgreSQLStore, db: psycopg.Connection, statement: tuple[str, object], plan: str) -> int:
    sql, values = statement
    db.execute(f"SET plan_cache_mode = {plan}")
    (found,) = db.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql, values, prepare=True).fetchone()
    return found[0]["Plan"]["Shared Hit Blocks"] + found[0]["Plan"]["Shared Read Blocks"]


@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
def test_an_answer_reads_what_it_returns_whatever_the_statistics_say(store: Opened, plan: str) -> None:
    own, db, analysed = store
    statements = [
        entries_of(own._sql, ALICE, "s", 0, after, None, 20, newest, opening) for after in (0, 3000) for newest in (False, True) for opening in (0, 2)
    ]
    statements += [entries_at(own._sql, ALICE, range(100, LONG, LONG // 10), 0)]
    statements += [own._sql.standing(own._sql.number(ALICE), range(100, LONG, LONG // 10), 0)]
    statements += [changes_of(own._sql, ALICE, after, 20) for after in (LONG, *((0, 3000) if analysed else ()))]
    assert max(pages(own, db, statement, plan) for statement in statements) < PAGES
    assert pages(own, db, entries_of(own._sql, ALICE, "s", 0, 0, None, None, newest=False, opening=0), plan) > 2 * PAGES


def test_an_append_costs_the_same_in_a_long_session(store: Opened) -> None:
    own, db, _ = store
    new = [entry("new", b" new"), entry("newer", b" newer")]
    quick = own._quick.statement(own._sql.number(ALICE), "s", new, None, 0)
    db.execute("BEGIN")
    assert pages(own, db, quick, "force_generic_plan") < PAGES
    db.execute("ROLLBACK")
