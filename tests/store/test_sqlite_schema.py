"""The schema: made once, brought up to date, and never changed behind anybody's back."""

import hashlib
import multiprocessing
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from recollect.errors import Damaged, NewerFormat
from recollect.store.sqlite import SQLiteStore, connection
from recollect.testing import ALICE, entry
from store import old_file

OLD = sorted((Path(__file__).parent / "data").glob("ledger-v*.db"))
"""A file of each version of the schema."""


def query(path: Path, sql: str, *row: object) -> list[tuple]:
    with closing(sqlite3.connect(path)) as db, db:
        return db.execute(sql, row).fetchall()


def schema(path: Path) -> list[tuple]:
    return query(path, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name")


def test_a_new_file_notes_each_step_with_its_checksum(tmp_path: Path) -> None:
    SQLiteStore(tmp_path / "a.db").close()
    steps = connection.migrations()
    expected = [(number, hashlib.sha256(sql.encode()).hexdigest()) for number, sql in enumerate(steps, 1)]
    assert query(tmp_path / "a.db", "SELECT number, checksum FROM recollect_migration ORDER BY number") == expected
    assert len(steps) >= 1


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    SQLiteStore(path).close()
    before = schema(path), query(path, "SELECT * FROM recollect_migration")
    SQLiteStore(path).close()
    assert (schema(path), query(path, "SELECT * FROM recollect_migration")) == before


def test_a_file_of_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    SQLiteStore(path).close()
    query(path, "INSERT INTO recollect_migration VALUES (?, 'x')", len(connection.migrations()) + 1)
    before = query(path, "SELECT * FROM recollect_migration")
    with pytest.raises(NewerFormat, match="upgrade it with: pip install -U recollect"):
        SQLiteStore(path)
    assert query(path, "SELECT * FROM recollect_migration") == before


def test_a_step_with_another_checksum_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    SQLiteStore(path).close()
    query(path, "UPDATE recollect_migration SET checksum = 'x' WHERE number = 1")
    with pytest.raises(Damaged, match="schema step 1"):
        SQLiteStore(path)


def test_a_new_step_is_applied_once_to_an_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.db"
    store = SQLiteStore(path)
    store.append(ALICE, "s", [entry("a")])
    store.close()
    steps = [*connection.migrations(), "CREATE TABLE later (n); INSERT INTO later VALUES (1);"]
    monkeypatch.setattr(connection, "migrations", lambda: steps)
    for _ in range(2):
        store = SQLiteStore(path)
        assert [item.id for item in store.entries(ALICE, "s")] == ["a"]
        store.close()
    assert query(path, "SELECT * FROM later") == [(1,)]


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.db"
    SQLiteStore(path).close()
    before = schema(path)
    steps = [*connection.migrations(), "CREATE TABLE later (n); INSERT INTO nowhere VALUES (1);"]
    with monkeypatch.context() as patch:
        patch.setattr(connection, "migrations", lambda: steps)
        with pytest.raises(Exception, match="nowhere"):
            SQLiteStore(path)
    assert schema(path) == before
    SQLiteStore(path).close()


def test_ten_threads_open_a_new_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.db"

    def work(number: int) -> None:
        store = SQLiteStore(path)
        store.append(ALICE, "s", [entry(f"{number}")])
        store.close()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(work, range(10)))
    store = SQLiteStore(path)
    assert sorted(item.id for item in store.entries(ALICE, "s")) == [f"{number}" for number in range(10)]
    store.close()


def open_and_append(path: Path, barrier, number: int) -> None:
    barrier.wait()
    store = SQLiteStore(path)
    for turn in range(10):
        store.append(ALICE, "s", [entry(f"{number}-{turn}")])
    store.close()


def test_two_processes_open_a_new_file_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    processes = [context.Process(target=open_and_append, args=(tmp_path / "a.db", barrier, number)) for number in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    store = SQLiteStore(tmp_path / "a.db")
    found = store.entries(ALICE, "s")
    store.close()
    assert len(found) == 20
    for number in range(2):
        assert [item.id for item in found if item.id.startswith(f"{number}-")] == [f"{number}-{turn}" for turn in range(10)]
    assert query(tmp_path / "a.db", "PRAGMA integrity_check") == [("ok",)]


def test_there_is_a_file_of_each_version() -> None:
    steps = {path.name: query(path, "SELECT max(number) FROM recollect_migration")[0][0] for path in OLD}
    assert steps == {f"ledger-v{number}.db": number for number in range(1, len(connection.migrations()) + 1)}


@pytest.mark.parametrize("old", OLD, ids=lambda path: path.stem)
def test_a_file_of_an_earlier_version_opens_and_reads_as_it_was_written(tmp_path: Path, old: Path) -> None:
    path = tmp_path / "ledger.db"
    shutil.copyfile(old, path)
    old_file.check(f"sqlite:///{path}")


def test_what_was_derived_is_read_from_the_second_version_on(tmp_path: Path) -> None:
    for old in OLD:
        path = tmp_path / old.name
        shutil.copyfile(old, path)
        store = SQLiteStore(path)
        saved = store.saved(old_file.OWNER, "index")
        assert (saved and saved.parts) == (None if old == OLD[0] else old_file.DERIVED)
        assert store.save(old_file.OWNER, "index", store.changes(old_file.OWNER, 0, 1000)[-1].position, [b"new"])
        store.close()


def test_what_was_rewritten_is_read_from_the_third_version_on(tmp_path: Path) -> None:
    for old in OLD[2:]:
        shutil.copyfile(old, tmp_path / old.name)
        old_file.check_rewritten(f"sqlite:///{tmp_path / old.name}")


@pytest.mark.parametrize("old", OLD, ids=lambda path: path.stem)
def test_a_file_of_an_earlier_version_is_written_on(tmp_path: Path, old: Path) -> None:
    path = tmp_path / "ledger.db"
    shutil.copyfile(old, path)
    store = SQLiteStore(path)
    highest = store.changes(ALICE, 0, 1000)[-1].position
    assert store.append(ALICE, "order/1", [entry("new")]) > highest
    found = store.entries(ALICE, "order/1")
    assert len(found) == len(old_file.MESSAGES) + 1
    assert store.rewrite(ALICE, "order/1", [replace(found[0], body=b" {}")], edition=0) > found[-1].position
    assert [item.edition for item in store.entries(ALICE, "order/1")] == [1] * len(found)
    store.close()


def test_the_present_version_writes_what_it_would_have_read(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    old_file.write(url)
    old_file.check(url)
    old_file.check_rewritten(url)
