"""The tables in MySQL and MariaDB: made once, whoever comes first; kept from newer and changed ones; used with few rights."""

import logging
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pymysql
import pytest

from recollect import Memory
from recollect.errors import Busy, Damaged, Invalid, NewerFormat, StoreError
from recollect.store.mysql import MySQLStore, migrations_sql
from recollect.store.mysql.connection import Link
from recollect.store.mysql.migrations import _script
from recollect.store.relational.statements import table_names
from recollect.store.relational.steps import steps_of
from recollect.testing import ALICE, entry
from servers import mariadb

OPEN_AND_APPEND = """
import sys
from recollect.store.mysql import MySQLStore
from recollect.testing import ALICE, entry
print("ready", flush=True)
sys.stdin.readline()
store = MySQLStore(sys.argv[1])
store.append(ALICE, "s", [entry(sys.argv[2])])
store.close()
"""


@pytest.fixture
def url() -> Iterator[str]:
    with mariadb.database() as url:
        yield url


def run(url: str, *statements: str) -> list[tuple[Any, ...]]:
    rows: Sequence[Sequence[Any]] = ()
    with closing(mariadb.connect(url)) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            rows = cursor.fetchall()
    return [tuple(row) for row in rows]


def use(store: MySQLStore) -> None:
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


def test_ten_processes_that_start_at_once_make_the_tables_once(url: str) -> None:
    command = [sys.executable, "-W", "error", "-c", OPEN_AND_APPEND, url]
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
    store = MySQLStore(url)
    assert sorted(item.id for item in store.entries(ALICE, "s")) == [str(n) for n in range(10)]
    store.close()
    assert run(url, "SELECT count(*) FROM recollect_migration") == [(1,)]


def test_what_a_crash_has_left_half_made_is_finished_at_the_next_opening(url: str) -> None:
    statements = _script(table_names("`", None, "recollect_"), steps_of("recollect.store.mysql"), [1], new=True)
    for count in range(1, len(statements) + 1):
        run(url, *statements[:count])
        use(MySQLStore(url))
        tables = ", ".join(f"recollect_{name}" for name in ("migration", "owner", "session", "entry", "document", "watermark"))
        run(url, f"DROP TABLE {tables}", "DROP VIEW recollect_messages")


def test_prefixes_are_stores_of_their_own(url: str) -> None:
    stores = [MySQLStore(url, prefix="recollect_"), MySQLStore(f"{url}?prefix=other_"), MySQLStore(url, prefix=""), MySQLStore(url, prefix="x" * 40)]
    for number, store in enumerate(stores):
        store.append(ALICE, "s", [entry(f"{number}")])
    for number, store in enumerate(stores):
        assert [item.id for item in store.entries(ALICE, "s")] == [f"{number}"]
        store.close()


@pytest.mark.parametrize("name", ["a-b", "a b", "a`b", "1a", "a;", "\u00e9", "a" * 41, "a\x00", "a%"])
def test_a_name_that_would_have_to_be_escaped_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="prefix"):
        MySQLStore("mysql://127.0.0.1:1/x", prefix=name)


def test_tables_of_a_newer_recollect_are_refused(url: str) -> None:
    MySQLStore(url).close()
    run(url, "INSERT INTO recollect_migration VALUES (99, 'x')")
    with pytest.raises(NewerFormat, match="pip install -U recollect"):
        MySQLStore(url)


def test_making_the_tables_takes_few_rights(url: str) -> None:
    parts = urlsplit(url)
    user = f"m_{parts.path[-12:]}"
    administrator = urlunsplit(urlsplit(mariadb.admin())._replace(path=parts.path))
    rights = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, CREATE VIEW"
    run(administrator, f"CREATE USER {user}@'%' IDENTIFIED BY 'x'", f"GRANT {rights} ON {parts.path[1:]}.* TO {user}@'%'")
    use(MySQLStore(urlunsplit(parts._replace(netloc=f"{user}:x@{parts.hostname}:{parts.port}"))))
    run(administrator, f"DROP USER {user}@'%'")


def test_a_step_that_was_changed_is_told(url: str) -> None:
    MySQLStore(url).close()
    run(url, "UPDATE recollect_migration SET checksum = 'x'")
    with pytest.raises(Damaged, match="schema step 1"):
        MySQLStore(url)


def test_who_makes_the_tables_for_too_long_is_not_waited_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    run_one = Link.run
    monkeypatch.setattr(Link, "run", lambda link, text, count=1: (sent.append(text), run_one(link, text, count))[1])
    MySQLStore(url, prefix="other_").close()
    MySQLStore(url).close()
    run(url, "DROP TABLE recollect_migration")
    *_, lock = [text for text in sent if "GET_LOCK" in text]
    with closing(mariadb.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(lock)
        MySQLStore(url, prefix="other_").close()
        MySQLStore(url, prefix="third_").close()
        with pytest.raises(Busy, match="making the tables"):
            MySQLStore(url, wait=0.1)
    MySQLStore(url).close()


def test_the_sql_can_be_run_by_hand_and_then_a_user_needs_to_read_and_write_alone(url: str) -> None:
    parts = urlsplit(url)
    name, role = parts.path[1:], f"w_{parts.path[-12:]}"
    administrator = urlunsplit(urlsplit(mariadb.admin())._replace(path=parts.path))
    run(administrator, *(statement for statement in migrations_sql().split(";\n") if statement.strip()))
    run(administrator, f"CREATE USER {role}@'%' IDENTIFIED BY 'x'", f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.* TO {role}@'%'")
    try:
        few = urlunsplit(parts._replace(netloc=f"{role}:x@{parts.hostname}:{parts.port}"))
        with pytest.raises(pymysql.err.OperationalError, match="CREATE"):
            run(few, "CREATE TABLE t (n int)")
        use(MySQLStore(few))
        run(administrator, f"REVOKE INSERT ON {name}.* FROM {role}@'%'")
        store = MySQLStore(few)
        with pytest.raises(StoreError, match="GRANT"):
            store.append(ALICE, "s", [entry("1")])
        assert store.size() > 0
        store.close()
    finally:
        run(administrator, f"DROP USER {role}@'%'")


def test_the_printed_sql_is_ascii_without_values_from_elsewhere() -> None:
    text = migrations_sql(prefix="mine_")
    assert text.isascii()
    assert "`mine_entry`" in text
    assert "recollect_" not in text
    assert migrations_sql(after=1).strip() == ""


def test_the_view_shows_messages_to_people(url: str) -> None:
    with Memory(url, tenant="shop") as memory:
        memory.session("order", user="alice").append(user="Where?", assistant=["a", {"type": "text", "text": "b"}])
        memory.session("anonymous").append(user="\\u0000 'x' \\\x00\\\\ \u00e9\U0001f600\n")
        memory.session("\u00e9", user="\x00").append(user="\\\\u0000")
    rows = run(url, "SELECT tenant, user, session, role, content, tokens FROM recollect_messages ORDER BY session, position")
    assert rows == [
        ("shop", None, "anonymous", "user", "\\u0000 'x' \\\x00\\\\ \u00e9\U0001f600\n", None),
        ("shop", "alice", "order", "user", "Where?", None),
        ("shop", "alice", "order", "assistant", '["a", {"type": "text", "text": "b"}]', None),
        ("shop", "\x00", "\u00e9", "user", "\\\\u0000", None),
    ]
    assert run(url, "SELECT count(*) FROM recollect_messages WHERE user = 'Alice' OR session = 'e'") == [(0,)]
    ((newest,),) = run(url, "SET time_zone = '+05:00'", "SELECT max(created) FROM recollect_messages")
    assert abs(newest.replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(hours=1)


def test_the_view_shows_sealed_messages_without_their_content(url: str) -> None:
    store = MySQLStore(url)
    bodies = [b"\x02sealed", bytes(range(256)), b"", b" not JSON", b' {"content":"open"}']
    store.append(ALICE, "s", [entry(f"{number}", body) for number, body in enumerate(bodies)])
    store.close()
    assert [content for (content,) in run(url, "SELECT content FROM recollect_messages ORDER BY position")] == [None, None, None, None, "open"]


def test_what_the_server_may_lose_is_logged_and_told(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "recollect"):
        store = MySQLStore(url)
    store.close()
    assert store.durability.flush == 0
    assert "innodb_flush_log_at_trx_commit=0" in caplog.text


@pytest.mark.parametrize("made", ["recollect_entry (id int)", "recollect_messages (id int)", "recollect_migration (id int)"])
def test_a_table_of_somebody_else_s_is_told(url: str, made: str) -> None:
    run(url, f"CREATE TABLE {made}")
    with pytest.raises(StoreError, match="choose another prefix"):
        MySQLStore(url)
    MySQLStore(url, prefix="ours_").close()
