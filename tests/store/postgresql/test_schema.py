"""PostgreSQL's tables: made once, whoever comes first; kept from newer and changed ones; used with few rights."""

import psycopg
import pytest

from recollect import Memory
from recollect.errors import Invalid, StoreError
from recollect.store.postgresql import PostgreSQLStore, migrations_sql
from recollect.testing import ALICE, entry
from servers import postgresql
from store.relational.uses import use

from .beside import run


def test_schemas_are_stores_of_their_own(url: str) -> None:
    places = [(None, "recollect_"), ("memory", "recollect_"), ("Memory", "recollect_"), ("memory", "")]
    stores = [PostgreSQLStore(url, schema=schema, prefix=prefix) for schema, prefix in places]
    for number, store in enumerate(stores):
        store.append(ALICE, "s", [entry(f"{number}")])
    for number, store in enumerate(stores):
        assert [item.id for item in store.entries(ALICE, "s")] == [f"{number}"]
        store.close()


@pytest.mark.parametrize("name", ["a-b", "a b", 'a"b', "1a", "a;", "\u00e9", "a" * 41, "a\x00"])
def test_a_name_that_would_have_to_be_escaped_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="schema"):
        PostgreSQLStore("postgresql://127.0.0.1:1/x", schema=name)


def test_a_migration_that_fails_leaves_nothing(url: str) -> None:
    run(url, "CREATE TABLE recollect_watermark (own integer)")
    with pytest.raises(StoreError, match="recollect_watermark"):
        PostgreSQLStore(url)
    assert run(url, "SELECT relname FROM pg_class WHERE relname LIKE 'recollect%'") == [("recollect_watermark",)]


@pytest.mark.parametrize("schema", [None, "memory"])
def test_the_sql_can_be_run_by_hand_and_then_a_user_needs_to_read_and_write_alone(url: str, schema: str | None) -> None:
    name = schema or "public"
    role = "writer_" + url.rpartition("_")[2]
    administrator = psycopg.conninfo.make_conninfo(postgresql.admin(), dbname=psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    run(administrator, migrations_sql(schema=schema))
    run(administrator, f"REVOKE ALL ON SCHEMA {name} FROM public", f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
    run(administrator, f"GRANT USAGE ON SCHEMA {name} TO {role}", f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {name} TO {role}")
    try:
        few = psycopg.conninfo.make_conninfo(url, user=role, password="x")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(few, f"CREATE TABLE {name}.t ()")
        use(PostgreSQLStore(few, schema=schema))
    finally:
        run(administrator, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_a_user_without_rights_is_told_where_to_read_of_them(url: str) -> None:
    PostgreSQLStore(url).close()
    run(url, "REVOKE ALL ON recollect_entry FROM recollect")
    store = PostgreSQLStore(url)
    with pytest.raises(StoreError, match="GRANT"):
        store.append(ALICE, "s", [entry("1")])
    store.close()


def test_the_view_shows_messages_to_people(url: str) -> None:
    with Memory(url, tenant="shop") as memory:
        memory.session("order", user="alice").append(user="Where?", assistant=["a", {"type": "text", "text": "b"}])
        memory.session("anonymous").append(user="\\u0000 \\\x00\x00\\\\ \u00e9\U0001f600")
        memory.session("a\x00b", user="\x00").append(user="\\\\u0000")
    rows = run(url, 'SELECT tenant, "user", session, role, content, tokens FROM recollect_messages ORDER BY session COLLATE "C", position')
    assert rows == [
        ("shop", None, "anonymous", "user", "\\u0000 \\\u2400\u2400\\\\ \u00e9\U0001f600", None),
        ("shop", "\u2400", "a\u2400b", "user", "\\\\u0000", None),
        ("shop", "alice", "order", "user", "Where?", None),
        ("shop", "alice", "order", "assistant", '["a",{"type":"text","text":"b"}]', None),
    ]
    (age,) = run(url, "SELECT max(now() - created) < interval '1 hour' AND max(now() - created) > interval '-1 hour' FROM recollect_messages")
    assert age == (True,)
