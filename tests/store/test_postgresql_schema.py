"""PostgreSQL's tables: made once, whoever comes first; kept from newer and changed ones; used with few rights."""

import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from recollect import Memory
from recollect.errors import Damaged, Invalid, NewerFormat, StoreError
from recollect.store.postgresql import PostgreSQLStore, migrations_sql
from recollect.testing import ALICE, entry
from servers import postgresql

OPEN_AND_APPEND = """
import sys
from recollect.store.postgresql import PostgreSQLStore
from recollect.testing import ALICE, entry
print("ready", flush=True)
sys.stdin.readline()
store = PostgreSQLStore(sys.argv[1], schema=sys.argv[2] or None)
store.append(ALICE, "s", [entry(sys.argv[3])])
store.close()
"""


@pytest.fixture
def url() -> Iterator[str]:
    with postgresql.database() as url:
        yield url


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as db:
        cursor = [db.execute(statement) for statement in statements][-1]
        return cursor.fetchall() if cursor.description else []


def use(store: PostgreSQLStore) -> None:
    """Use every statement, and close."""
    store.append(ALICE, "s", [entry("1")])
    store.append(ALICE, "s", [entry("2")])
    store.update_session(ALICE, "s", b" 1", ttl=1, expect=0)
    store.expire()
    store.append(ALICE, "s", [entry("1")])
    assert [item.id for item in store.entries(ALICE, "s")] == ["1"]
    assert store.size() > 0
    store.delete_session(ALICE, "s")
    store.erase(ALICE)
    store.close()


@pytest.mark.parametrize("schema", ["", "memory"])
def test_ten_processes_that_start_at_once_make_the_tables_once(url: str, schema: str) -> None:
    command = [sys.executable, "-W", "error", "-c", OPEN_AND_APPEND, url, schema]
    starting = [subprocess.Popen([*command, str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for n in range(10)]
    try:
        assert {process.stdout.readline() for process in starting} == {"ready\n"}
        for process in starting:
            process.stdin.write("\n")
            process.stdin.flush()
        assert [process.wait(60) for process in starting] == [0] * 10
    finally:
        for process in starting:
            process.kill()
            process.communicate()
    store = PostgreSQLStore(url, schema=schema or None)
    assert sorted(item.id for item in store.entries(ALICE, "s")) == [str(n) for n in range(10)]
    store.close()
    assert run(url, f"SELECT count(*) FROM {schema or 'public'}.recollect_migration") == [(1,)]


def test_schemas_and_prefixes_are_stores_of_their_own(url: str) -> None:
    places = [(None, "recollect_"), ("memory", "recollect_"), ("Memory", "recollect_"), (None, "other_"), ("memory", ""), (None, "x" * 40)]
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
    with pytest.raises(Invalid, match="prefix"):
        PostgreSQLStore("postgresql://127.0.0.1:1/x", prefix=name)


def test_tables_of_a_newer_recollect_are_refused(url: str) -> None:
    PostgreSQLStore(url).close()
    run(url, "INSERT INTO recollect_migration VALUES (99, 'x')")
    with pytest.raises(NewerFormat, match="pip install -U recollect"):
        PostgreSQLStore(url)


def test_a_step_that_was_changed_is_told(url: str) -> None:
    PostgreSQLStore(url).close()
    run(url, "UPDATE recollect_migration SET checksum = 'x'")
    with pytest.raises(Damaged, match="schema step 1"):
        PostgreSQLStore(url)


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


def test_the_view_shows_sealed_messages_without_their_content(url: str) -> None:
    store = PostgreSQLStore(url)
    store.append(ALICE, "s", [entry("1", b"\x02sealed"), entry("2", bytes(range(256))), entry("3", b""), entry("4", b' {"content":"open"}')])
    store.close()
    assert run(url, "SELECT id, content FROM recollect_messages ORDER BY position") == [("1", None), ("2", None), ("3", None), ("4", "open")]


@pytest.mark.parametrize("made", ["TABLE recollect_entry (id int)", "VIEW recollect_messages AS SELECT 1", "TABLE recollect_migration (id int)"])
def test_a_table_of_somebody_else_s_is_told_and_left_as_it_is(url: str, made: str) -> None:
    run(url, f"CREATE {made}")
    with pytest.raises(StoreError, match="choose another prefix"):
        PostgreSQLStore(url)
    use(PostgreSQLStore(url, prefix="ours_"))
