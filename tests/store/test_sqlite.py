"""SQLite: what is told of its errors, what people can query, and how processes and threads share a file."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import apsw
import pytest

from recollect import Memory, Message, ToolCall
from recollect.errors import Busy, Damaged, RecollectError, StoreError
from recollect.model import Document
from recollect.store.sqlite import SQLiteStore
from recollect.testing import ALICE, BOB, entry


def query(path: Path, sql: str, *row: object) -> list[tuple]:
    with closing(sqlite3.connect(path)) as db, db:
        return db.execute(sql, row).fetchall()


def test_a_position_below_0_reaches_into_no_other_ledger(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a.db")
    store.append(BOB, "s", [entry("1")])
    store.append(ALICE, "s", [entry("2")])
    assert [item.id for item in store.entries(ALICE, "s", after=-(1 << 32))] == ["2"]
    assert [item.id for item in store.changes(ALICE, -(1 << 32), 10)] == ["2"]
    store.close()


# errors


def test_a_file_that_is_no_database_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("This is a text of some length, and no database. " * 100)
    with pytest.raises(Damaged, match="not an SQLite database; check the path") as caught:
        SQLiteStore(path)
    assert isinstance(caught.value.__cause__, apsw.Error)
    assert path.read_text().startswith("This is a text")


def test_an_absent_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="check that its folder exists"):
        SQLiteStore(tmp_path / "absent" / "a.db")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        SQLiteStore(tmp_path)


def test_a_file_that_may_only_be_read_is_told() -> None:
    with TemporaryDirectory() as folder:  # pytest's own folders are closed to others than their owner
        Path(folder).chmod(0o777)
        path = Path(folder) / "a.db"
        SQLiteStore(path).close()
        path.chmod(0o444)
        root = os.geteuid() == 0  # root may write whatever the file says
        if root:
            os.seteuid(65534)
        try:
            with pytest.raises(StoreError, match="check the rights on the file") as caught:
                SQLiteStore(path).append(ALICE, "s", [entry("b")])
        finally:
            if root:
                os.seteuid(0)
        assert caught.value.outcome == "failed"


def test_a_damaged_page_is_told_and_the_rest_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    store = SQLiteStore(path)
    for number in range(200):
        store.append(ALICE, "s", [entry(f"{number}", b" x" * 500)])
    store.close()
    with path.open("r+b") as file:
        file.seek(60 * 4096)
        file.write(b"\xff" * 4096)
    store = SQLiteStore(path)
    with pytest.raises(Damaged, match="restore it from a backup"):
        store.changes(ALICE, 0, 1000)
    assert store.session(ALICE, "s") is not None
    store.close()


def test_a_value_that_sqlite_cannot_take_is_refused_and_the_store_goes_on(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a.db")
    with pytest.raises((RecollectError, OverflowError)):
        store.append(ALICE, "s", [entry("a", created=1 << 70)])
    with pytest.raises((RecollectError, TypeError, ValueError)):
        store.put(ALICE, [Document("c", "k", object())])
    assert store.session(ALICE, "s") is None
    store.append(ALICE, "s", [entry("a")])
    store.close()


# people's own queries


def test_people_can_query_their_messages_with_sql(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Memory(f"sqlite:///{path}", tenant="shop") as memory:
        moment = datetime(2025, 3, 1, 12, 30, 15, 250_000, UTC)
        first = memory.session("s", user="alice").append(Message("user", 'caf\u00e9 "quoted" \U0001f600', id="m1", created=moment, tokens=3))
        second = memory.session("s", user="alice").append(Message("assistant", [{"type": "text", "text": "x"}], id="m2", tool_calls=[ToolCall("f")]))
        memory.session("anonymous").append(Message("user", "", id="m3"))
    rows = query(path, "SELECT tenant, user, session, position, id, role, content, tokens FROM recollect_messages ORDER BY id")
    assert rows == [
        ("shop", "alice", "s", first, "m1", "user", 'caf\u00e9 "quoted" \U0001f600', 3),
        ("shop", "alice", "s", second, "m2", "assistant", '[{"type":"text","text":"x"}]', None),
        ("shop", None, "anonymous", 1, "m3", "user", None, None),
    ]
    assert query(path, "SELECT created FROM recollect_messages WHERE id = 'm1'") == [("2025-03-01T12:30:15.250Z",)]


def test_the_file_keeps_what_it_promises(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a.db")
    db = store._commits.connection
    assert [db.pragma(name) for name in ("journal_mode", "synchronous", "secure_delete")] == ["wal", 2, 1]
    store.close()


# processes


def test_a_store_is_not_carried_through_a_fork(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    code = f"""
import os
from recollect.errors import StoreError
from recollect.store.sqlite import SQLiteStore
from recollect.testing import ALICE, entry

store = SQLiteStore({str(path)!r})
store.append(ALICE, "s", [entry("a")])
child = os.fork()
if child == 0:
    told = 0
    for call in (lambda: store.append(ALICE, "s", [entry("b")]), lambda: store.entries(ALICE, "s"), store.expire):
        try:
            call()
        except StoreError as error:
            told += "open it again in this process" in str(error)
    store.close()
    again = SQLiteStore({str(path)!r})
    again.append(ALICE, "s", [entry("c")])
    again.close()
    os._exit(told)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
store.append(ALICE, "s", [entry("d")])
print([item.id for item in store.entries(ALICE, "s")])
store.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "['a', 'c', 'd']\n", done.stderr
    assert query(path, "PRAGMA integrity_check") == [("ok",)]


def test_what_another_process_writes_is_seen_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    one, two = SQLiteStore(path), SQLiteStore(path)
    for number in range(5):
        (one, two)[number % 2].append(ALICE, "s", [entry(f"{number}")])
        for store in (one, two):
            assert len(store.entries(ALICE, "s")) == len(store.entries(ALICE, "s", limit=10)) == number + 1
            state = store.session(ALICE, "s")
            assert state is not None
            assert state.count == number + 1
    one.close()
    two.append(ALICE, "s", [entry("last")])
    two.close()


def test_a_read_in_two_parts_sees_one_state_whatever_another_process_does_in_between(tmp_path: Path) -> None:
    one, two = SQLiteStore(tmp_path / "a.db"), SQLiteStore(tmp_path / "a.db")
    one.append(ALICE, "s", [entry(f"{number}") for number in range(6)])
    parts = []

    def trace(_cursor: object, sql: str, _bindings: object) -> bool:
        if "recollect_entry" in sql:
            parts.append(sql)
            if len(parts) == 2:
                two.clear_session(ALICE, "s")
                two.append(ALICE, "s", [entry("later")])
        return True

    one._commits.connection.exec_trace = trace
    assert [item.id for item in one.entries(ALICE, "s", limit=2, newest=True, opening=1)] == ["0", "4", "5"]
    assert len(parts) == 2
    assert [item.id for item in one.entries(ALICE, "s", limit=2, newest=True, opening=1)] == ["later"]
    one.close()
    two.close()


# exclusive mode


def test_an_exclusive_store_has_the_file_to_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    store = SQLiteStore(path, exclusive=True)
    store.append(ALICE, "s", [entry("a")])
    assert not (tmp_path / "a.db-shm").exists()
    with pytest.raises(Busy):
        SQLiteStore(path, wait=0.1)
    assert len(store.entries(ALICE, "s")) == 1
    store.close()
    shared = SQLiteStore(path)
    assert len(shared.entries(ALICE, "s")) == 1
    shared.close()


def test_threads_share_an_exclusive_store(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a.db", exclusive=True)

    def work(number: int) -> None:
        for turn in range(20):
            store.append(ALICE, f"s{number}", [entry(f"{turn}")])
            assert len(store.entries(ALICE, f"s{number}")) == turn + 1
            store.changes(ALICE, 0, 5)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    store.close()


# threads


def test_readers_see_whole_batches_while_others_write(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a.db")
    finished = Event()

    def write(number: int) -> None:
        for turn in range(40):
            store.append(ALICE, "s", [entry(f"{number}-{turn}-{part}") for part in range(5)])

    def read(number: int) -> int:
        seen = 0
        while not finished.is_set():
            found = store.entries(ALICE, "s") if number % 2 else store.entries(ALICE, "s", limit=100, newest=True, opening=3)
            state = store.session(ALICE, "s")
            if number % 2:
                assert len(found) % 5 == 0, "half a batch was read"
                assert len(found) >= seen
                seen = len(found)
                assert state is None or state.count >= seen
            assert [item.position for item in found] == sorted({item.position for item in found})
        return seen

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(read, number) for number in range(4)]
        writers = [pool.submit(write, number) for number in range(4)]
        try:
            for writer in writers:
                writer.result()
        finally:
            finished.set()
        for reader in readers:
            reader.result()
    assert len(store.entries(ALICE, "s")) == 4 * 40 * 5
    store.close()


def test_a_store_that_is_closed_while_it_is_used_fails_with_its_own_error_alone(tmp_path: Path) -> None:
    for attempt in range(5):
        path = tmp_path / f"{attempt}.db"
        store = SQLiteStore(path)
        store.append(ALICE, "s", [entry("a")])

        def use(number: int, store: SQLiteStore = store) -> int:
            turn = 0
            try:
                while True:
                    store.append(ALICE, f"s{number}", [entry(f"{turn}")])
                    turn += 1
                    store.entries(ALICE, "s")
                    store.entries(ALICE, "s", limit=1)
            except StoreError as error:
                assert "closed" in str(error)  # noqa: PT017  # each thread ends so
            return turn

        with ThreadPoolExecutor(6) as pool:
            futures = [pool.submit(use, number) for number in range(6)]
            Event().wait(0.03)
            store.close()
            acknowledged = [future.result() for future in futures]
        again = SQLiteStore(path)
        for number, count in enumerate(acknowledged):
            assert len(again.entries(ALICE, f"s{number}")) >= count
        again.close()


def test_the_size_is_that_of_the_file_and_its_log(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a.db")
    store.append(ALICE, "s", [entry("a", b"x" * 100_000)])
    assert store.size() == sum(path.stat().st_size for path in tmp_path.iterdir() if not path.name.endswith("-shm"))
    store.close()
