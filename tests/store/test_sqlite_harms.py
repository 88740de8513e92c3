"""What others in the process can do to the database file, and what is left in it."""

import asyncio
import os
import sqlite3
import threading

import apsw
import pytest

from recollect import AsyncMemory, Damaged, Invalid, Memory, StorageFull, StoreError
from recollect.model import Document
from recollect.store.sqlite import SQLiteStore
from recollect.store.sqlite.store import _in_snapshot
from recollect.testing import ALICE, entry


def test_nothing_is_acknowledged_after_another_sqlite_in_the_process_has_removed_the_log(tmp_path):
    path = tmp_path / "memory.db"
    memory = Memory(f"sqlite:///{path}")
    memory.session("s").append(user="before")
    other = sqlite3.connect(path)  # as a careless page of a manual does
    assert other.execute("SELECT count(*) FROM recollect_messages").fetchone() == (1,)
    other.close()
    with pytest.raises(StoreError, match="open the store again and repeat the call") as caught:
        memory.session("s").append(user="lost")
    assert caught.value.outcome == "unknown"
    with pytest.raises(StoreError, match="open the store again"):
        memory.session("s").messages()
    memory.close()
    with Memory(f"sqlite:///{path}") as memory:
        assert memory.session("s").messages()[0].text == "before"
        memory.session("s").append(user="after")


def test_what_is_removed_leaves_the_log_as_well(tmp_path):
    store = SQLiteStore(tmp_path / "memory.db")

    def stored() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.iterdir() if not path.name.endswith("-shm"))

    for name, remove in {
        "clear": lambda: store.clear_session(ALICE, "s"),
        "delete": lambda: store.delete_session(ALICE, "s"),
        "erase": lambda: store.erase(ALICE),
    }.items():
        marker = f"marker of {name}".encode()
        store.append(ALICE, "s", [entry(name, body=b" " + marker)])
        assert marker in stored()
        assert remove()
        assert marker not in stored()
    store.put(ALICE, [Document("facts", "a", b" marker of a fact")])
    store.put(ALICE, [Document("facts", "a", None)])
    assert b"marker of a fact" not in stored()
    store.close()


def test_a_reader_elsewhere_does_not_hold_a_removal_up(tmp_path):
    store = SQLiteStore(tmp_path / "memory.db", wait=60)
    store.append(ALICE, "s", [entry("a"), entry("b")])
    reader = apsw.Connection(str(tmp_path / "memory.db"))
    rows = reader.execute("SELECT id FROM recollect_entry")
    assert next(rows) == ("a",)
    done = threading.Thread(target=store.delete_session, args=(ALICE, "s"))
    done.start()
    done.join(20)
    assert not done.is_alive()
    assert store.session(ALICE, "s") is None
    reader.close(True)
    store.close()


def test_an_error_within_a_snapshot_that_sqlite_has_ended_itself_is_not_masked(tmp_path):
    connection = apsw.Connection(str(tmp_path / "t.db"))

    def work(db: apsw.Connection) -> None:
        db.execute("ROLLBACK")
        raise StorageFull("full")

    with pytest.raises(StorageFull):
        _in_snapshot(connection, work, ())
    connection.close()


def test_a_read_does_not_hold_a_writer_up_for_longer_than_it_takes(tmp_path):
    store = SQLiteStore(tmp_path / "memory.db")
    store.append(ALICE, "s", [entry("a")])
    with store._commits.lock:  # a commit is under way
        done = threading.Thread(target=store.entries, args=(ALICE, "s"), kwargs={"limit": 1})
        done.start()
        done.join(10)
        assert not done.is_alive()
    store.close()


def test_the_awaited_face_says_after_a_fork_that_it_must_be_opened_anew(tmp_path):
    memory = AsyncMemory(f"sqlite:///{tmp_path}/memory.db")

    async def append() -> None:
        await memory.session("s").append(user="a")

    asyncio.run(append())
    child = os.fork()
    if child == 0:
        code = 1
        try:
            asyncio.run(append())
        except StoreError as error:
            code = 0 if "before a fork" in str(error) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    asyncio.run(memory.close())


def test_a_database_of_another_encoding_is_refused(tmp_path):
    path = tmp_path / "theirs.db"
    with apsw.Connection(str(path)) as connection:
        connection.execute("PRAGMA encoding = 'UTF-16'")
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    with pytest.raises(Invalid, match="give a database in UTF-8"):
        SQLiteStore(path)


def test_the_marks_of_the_application_that_owns_the_file_are_left(tmp_path):
    path = tmp_path / "theirs.db"
    with apsw.Connection(str(path)) as connection:
        connection.pragma("application_id", 77)
        connection.pragma("user_version", 5)
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    SQLiteStore(path).close()
    with apsw.Connection(str(path)) as connection:
        assert (connection.pragma("application_id"), connection.pragma("user_version")) == (77, 5)
    connection.close()


@pytest.mark.parametrize("most", [-1, None, 1.5, True])
def test_a_cache_of_no_size_is_refused(most):
    with pytest.raises(Invalid, match="cache_bytes"):
        Memory("memory://", cache_bytes=most)


def test_a_body_that_somebody_has_made_text_is_told_as_damage(tmp_path):
    path = tmp_path / "memory.db"
    with Memory(f"sqlite:///{path}") as memory:
        memory.session("s").append(user="before")
    other = sqlite3.connect(path)
    with other:
        other.execute("UPDATE recollect_entry SET body = replace(body, '{', '(')")  # a string's function makes it text
    other.close()
    with Memory(f"sqlite:///{path}") as memory, pytest.raises(Damaged):
        memory.session("s").messages()
