"""The tables in MySQL and MariaDB: made once, whoever comes first; kept from newer and changed ones; used with few rights."""

import logging
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import pymysql
import pytest

from recollect import Memory
from recollect.errors import Busy, StoreError
from recollect.store.mysql import MySQLStore, migrations_sql
from recollect.store.mysql.connection import Link
from recollect.store.mysql.migrations import _script
from recollect.store.relational.statements import table_names
from recollect.store.relational.steps import steps_of
from recollect.testing import ALICE, entry
from servers import mariadb
from store.relational.uses import use

from .beside import admin, run

STEPS = steps_of("recollect.store.mysql")


def test_what_a_crash_has_left_half_made_is_finished_at_the_next_opening(url: str) -> None:
    statements = _script(table_names("`", None, "recollect_"), STEPS, [*range(1, len(STEPS) + 1)], new=True)
    for count in range(1, len(statements) + 1):
        run(url, *statements[:count])
        use(MySQLStore(url))
        tables = ", ".join(f"recollect_{name}" for name in ("migration", "owner", "session", "entry", "document", "derived", "watermark"))
        run(url, f"DROP TABLE {tables}", "DROP VIEW recollect_messages")


def test_making_the_tables_takes_few_rights(url: str) -> None:
    parts = urlsplit(url)
    user = f"m_{parts.path[-12:]}"
    rights = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, CREATE VIEW"
    run(admin(url), f"CREATE USER {user}@'%' IDENTIFIED BY 'x'", f"GRANT {rights} ON {parts.path[1:]}.* TO {user}@'%'")
    use(MySQLStore(urlunsplit(parts._replace(netloc=f"{user}:x@{parts.hostname}:{parts.port}"))))
    run(admin(url), f"DROP USER {user}@'%'")


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
    run(admin(url), *(statement for statement in migrations_sql().split(";\n") if statement.strip()))
    run(admin(url), f"CREATE USER {role}@'%' IDENTIFIED BY 'x'", f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.* TO {role}@'%'")
    try:
        few = urlunsplit(parts._replace(netloc=f"{role}:x@{parts.hostname}:{parts.port}"))
        with pytest.raises(pymysql.err.OperationalError, match="CREATE"):
            run(few, "CREATE TABLE t (n int)")
        use(MySQLStore(few))
        run(admin(url), f"REVOKE INSERT ON {name}.* FROM {role}@'%'")
        store = MySQLStore(few)
        with pytest.raises(StoreError, match="GRANT"):
            store.append(ALICE, "s", [entry("1")])
        assert store.size() > 0
        store.close()
    finally:
        run(admin(url), f"DROP USER {role}@'%'")


def test_the_printed_sql_is_ascii_without_values_from_elsewhere() -> None:
    text = migrations_sql(prefix="mine_")
    assert text.isascii()
    assert "`mine_entry`" in text
    assert "recollect_" not in text.replace("recollect_step", "")
    assert migrations_sql(after=len(STEPS)).strip() == ""


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


def test_what_the_server_may_lose_is_logged_and_told(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "recollect"):
        store = MySQLStore(url)
    store.close()
    assert store.durability.flush == 0
    assert "innodb_flush_log_at_trx_commit=0" in caplog.text
