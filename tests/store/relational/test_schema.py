"""The tables on every server: made once, whoever comes first; kept from newer and changed ones; apart from other tables."""

import subprocess
import sys
from importlib import import_module

import pytest
from msgspec.structs import replace

from recollect.errors import Damaged, Invalid, NewerFormat, StoreError
from recollect.model import Document, Entry
from recollect.store.relational.statements import owner_number, table_names
from recollect.store.relational.steps import steps_of
from recollect.testing import ALICE, entry

from .kinds import Kind
from .uses import use

OPEN_AND_APPEND = """
import sys
from recollect.store import open_store
from recollect.testing import ALICE, entry
print("ready", flush=True)
sys.stdin.readline()
store = open_store(sys.argv[1])
store.append(ALICE, "s", [entry(sys.argv[2])])
store.close()
"""


def open_ten_at_once(url: str) -> None:
    """Let ten processes open a store in the same moment, and append to a session."""
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


@pytest.mark.parametrize("place", ["recollect_", "memory.recollect_"])
def test_ten_processes_that_start_at_once_make_the_tables_once(kind: Kind, url: str, place: str) -> None:
    schema, _, _ = place.rpartition(".")
    if schema and "postgresql" not in url:
        pytest.skip("MySQL has no schemas within a database")
    open_ten_at_once(f"{url}?schema={schema}" if schema else url)
    store = kind.open(url, schema=schema) if schema else kind.open(url)
    assert sorted(item.id for item in store.entries(ALICE, "s")) == [str(n) for n in range(10)]
    store.close()
    steps = steps_of(kind.open.__module__.rpartition(".")[0])
    assert kind.run(url, f"SELECT count(*) FROM {place}migration") == [(len(steps),)]


def test_prefixes_are_stores_of_their_own(kind: Kind, url: str) -> None:
    stores = [kind.open(url, prefix=prefix) for prefix in ("recollect_", "other_", "", "x" * 40)]
    for number, store in enumerate(stores):
        store.append(ALICE, "s", [entry(f"{number}")])
    for number, store in enumerate(stores):
        assert [item.id for item in store.entries(ALICE, "s")] == [f"{number}"]
        store.close()


@pytest.mark.parametrize("name", ["a-b", "a b", 'a"b', "a`b", "1a", "a;", "\u00e9", "a" * 41, "a\x00", "a%"])
def test_a_name_that_would_have_to_be_escaped_is_refused(kind: Kind, name: str) -> None:
    with pytest.raises(Invalid, match="prefix"):
        kind.open("mysql://127.0.0.1:1/x", prefix=name)


def test_tables_of_a_newer_recollect_are_refused(kind: Kind, url: str) -> None:
    kind.open(url).close()
    kind.run(url, "INSERT INTO recollect_migration VALUES (99, 'x')")
    with pytest.raises(NewerFormat, match="pip install -U recollect"):
        kind.open(url)


def test_a_step_that_was_changed_is_told(kind: Kind, url: str) -> None:
    kind.open(url).close()
    kind.run(url, "UPDATE recollect_migration SET checksum = 'x'")
    with pytest.raises(Damaged, match="schema step 1"):
        kind.open(url)


@pytest.mark.parametrize("made", ["recollect_entry", "recollect_messages", "recollect_migration"])
def test_a_table_of_somebody_else_s_is_told_and_left_as_it_is(kind: Kind, url: str, made: str) -> None:
    kind.run(url, f"CREATE TABLE {made} (id int)")
    with pytest.raises(StoreError, match="choose another prefix"):
        kind.open(url)
    use(kind.open(url, prefix="ours_"))


def test_the_view_shows_sealed_messages_without_their_content(kind: Kind, url: str) -> None:
    store = kind.open(url)
    bodies = [b"\x02sealed", bytes(range(256)), b"", b' {"content":"open"}']
    store.append(ALICE, "s", [entry(f"{number}", body) for number, body in enumerate(bodies)])
    store.close()
    assert kind.run(url, "SELECT content FROM recollect_messages ORDER BY position") == [(None,), (None,), (None,), ("open",)]


@pytest.mark.parametrize("step", [1, 2, 3])
def test_what_was_written_under_an_earlier_schema_is_all_there_and_can_be_rewritten(kind: Kind, url: str, step: int) -> None:
    package = kind.open.__module__.rpartition(".")[0]
    migrations = import_module(f"{package}.migrations")
    names = table_names(migrations.QUOTE, None, "recollect_")
    owner = f"'{owner_number(ALICE).hex()}'" if "postgresql" in package else f"X'{owner_number(ALICE).hex()}'"
    kind.run(
        url,
        *migrations._script(names, steps_of(package), [*range(1, step + 1)], new=True),
        f"INSERT INTO recollect_owner (owner, tenant, kind, name, head) VALUES ({owner}, '', 'user', 'alice', 8)",
        "INSERT INTO recollect_session (owner, number, name, count, tokens, created, updated, activity, ttl, expires) "
        f"VALUES ({owner}, 6, 's', 2, 3, 10, 20, 7, NULL, NULL)",
        "INSERT INTO recollect_entry (owner, session, position, id, role, created, tokens, digest, body) "
        f"VALUES ({owner}, 6, 6, 'a', 'user', 10, 3, '', 'one'), ({owner}, 6, 7, 'b', 'tool', 20, NULL, '', 'two')",
        f"INSERT INTO recollect_document (owner, collection, name, position, body) VALUES ({owner}, 'c', 'k', 8, 'x')",
    )
    store = kind.open(url)
    first = Entry(6, "a", "user", 10, 3, b"", b"one", "s")
    second = Entry(7, "b", "tool", 20, None, b"", b"two", "s")
    assert store.changes(ALICE, 0, 10) == [first, second, Document("c", "k", b"x", 8)]
    assert store.entries(ALICE, "s") == [first, second]
    assert store.rewrite(ALICE, "s", [replace(first, body=b"new", tokens=None)], edition=0) == 9
    assert store.append(ALICE, "s", [entry("c")]) == 10
    assert [(item.body, item.edition) for item in store.entries(ALICE, "s")[:2]] == [(b"new", 1), (b"two", 1)]
    assert store.session(ALICE, "s").tokens == 0
    store.close()
    assert kind.run(url, "SELECT max(number) FROM recollect_migration") == [(len(steps_of(package)),)]
