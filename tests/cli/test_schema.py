"""The SQL of the tables is printed, and makes what a memory needs."""

import psycopg
import pytest

from recollect import Memory
from recollect.store.relational.steps import steps_of
from servers import mariadb, postgresql
from store.mysql.beside import run


def test_postgresql_s_tables_are_made_by_what_is_printed(recollect):
    with postgresql.database() as url:
        printed = recollect("schema", "postgresql", "--schema", "memory", "--prefix", "chat_")
        assert printed.exit_code == 0
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("CREATE SCHEMA memory")
            db.execute(printed.stdout)
        with Memory(f"{url}?schema=memory&prefix=chat_") as memory:
            memory.session("s").append(user="Hello!")
        with psycopg.connect(url) as db:
            assert db.execute("SELECT content FROM memory.chat_messages").fetchall() == [("Hello!",)]
    later = recollect.json("schema", "postgresql", "--after", "1")["sql"]
    assert "recollect_derived" in later
    assert "recollect_entry" not in later
    newest = len(steps_of("recollect.store.postgresql"))
    assert recollect.json("schema", "postgresql", "--after", str(newest))["sql"].strip().split() == ["BEGIN;", "COMMIT;"]


def test_mysql_s_tables_are_made_by_what_is_printed(recollect):
    with mariadb.database() as url:
        printed = recollect("schema", "mysql")
        assert printed.exit_code == 0
        run(url, *(statement for statement in printed.stdout.split(";\n") if statement.strip()))
        with Memory(url) as memory:
            memory.session("s").append(user="Hello!")
        assert mariadb.run(url, "SELECT content FROM recollect_messages") == (("Hello!",),)


def test_mysql_has_no_schemas(recollect):
    result = recollect("schema", "mysql", "--schema", "x")
    assert result.exit_code == 2
    assert "leave --schema out" in result.stderr


@pytest.mark.parametrize("database", ["postgresql", "mysql"])
def test_a_prefix_that_is_no_name_is_refused(recollect, database):
    result = recollect("schema", database, "--prefix", "a; DROP TABLE x; --")
    assert result.exit_code == 2
    assert "no plain name" in result.stderr
