"""Rows that SQLite has moved leave copies within pages: scrubbing takes them away, whoever has the file open, and nothing else."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from recollect.errors import StoreError
from recollect.model import Entry, Owner
from recollect.store.sqlite import SQLiteStore, connection, scrubbing
from recollect.testing import ALICE, BOB, entry

SESSIONS = [f"s{number}" for number in range(12)]
SECRET = b"SECRET"

Ledger = dict[tuple[Owner, str], list[Entry]]


def fill(store: SQLiteStore, random: Random) -> Ledger:
    """Have two owners' sessions grow by turns, so that pages split; everything that is not BOB's holds the secret."""
    for number in range(200):
        owner = random.choice([ALICE, BOB])
        word = SECRET if owner == ALICE else b"plain"
        bodies = [(b"%b%d " % (word, number)) * random.choice([1, 3, 10, 40, 100, 600]) for _ in range(random.randrange(1, 5))]
        store.append(owner, random.choice(SESSIONS), [entry(f"{number} {place}", body) for place, body in enumerate(bodies)])
    return read(store)


def read(store: SQLiteStore) -> Ledger:
    return {(owner, name): store.entries(owner, name) for owner in (ALICE, BOB) for name in SESSIONS}


def rewrite(store: SQLiteStore, _: Random) -> None:
    for name in SESSIONS:
        found = store.entries(ALICE, name)
        if found:
            store.rewrite(ALICE, name, [replace(one, body=b"x" * (len(one.body) + 200)) for one in found], edition=0)


def delete(store: SQLiteStore, random: Random) -> None:
    for name in random.sample(SESSIONS, len(SESSIONS)):
        store.delete_session(ALICE, name)


def erase(store: SQLiteStore, _: Random) -> None:
    store.erase(ALICE)


def left(folder: Path) -> int:
    return sum(path.read_bytes().count(SECRET[:5]) for path in folder.iterdir())


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Callable[..., SQLiteStore]]:
    opened: list[SQLiteStore] = []

    def open_store(**options: Any) -> SQLiteStore:
        opened.append(SQLiteStore(tmp_path / "a.db", **options))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


@pytest.mark.parametrize("remove", [rewrite, delete, erase])
@pytest.mark.parametrize("exclusive", [False, True], ids=["shared", "exclusive"])
def test_no_byte_of_what_was_removed_is_left_and_the_rest_is_whole(
    stores: Callable[..., SQLiteStore], tmp_path: Path, remove: Callable[[SQLiteStore, Random], None], exclusive: bool
) -> None:
    seen = 0
    store = stores(exclusive=exclusive)
    for seed in range(3):
        random = Random(seed)
        before = fill(store, random)
        remove(store, random)
        seen += left(tmp_path)
        assert store.scrub() == []
        assert left(tmp_path) == 0
        assert {key: found for key, found in read(store).items() if key[0] == BOB} == {key: found for key, found in before.items() if key[0] == BOB}
        for owner in (ALICE, BOB):
            store.erase(owner)
    assert seen, "SQLite leaves nothing any more, so that this need not be"
    store.close()
    with closing(sqlite3.connect(tmp_path / "a.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def fill_gaps(path: Path) -> None:
    """Write the secret into the free middle of each page of a table or index."""
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    for page in range(size, len(data), size):
        head = {2: 12, 5: 12, 10: 8, 13: 8}.get(data[page])
        if head is not None:
            low = page + head + 2 * int.from_bytes(data[page + 3 : page + 5], "big")
            high = page + int.from_bytes(data[page + 5 : page + 7], "big")
            data[low:high] = (SECRET * (high - low))[: high - low]
    path.write_bytes(data)


def touch(store: SQLiteStore) -> None:
    """Write to every page of BOB's."""
    for name in SESSIONS:
        found = store.entries(BOB, name)
        assert store.rewrite(BOB, name, found, edition=found[0].edition)


def look(store: SQLiteStore) -> None:
    """Read every page of BOB's, with the connection that writes as well."""
    assert sum(len(store.entries(BOB, name, limit=200)) for name in SESSIONS) > 100


def add(store: SQLiteStore) -> None:
    """Write to some pages of BOB's, and leave them in the log."""
    for number, name in enumerate(SESSIONS):
        store.append(BOB, name, [entry(f"{number} {store}", b"plain")])


@pytest.mark.parametrize("writer", ["ours", "theirs"])
@pytest.mark.parametrize("meanwhile", [[], [look, add], [add, look]], ids=["nobody else", "who reads and then writes", "who writes at once"])
def test_no_connection_brings_back_what_it_had_in_memory(
    stores: Callable[..., SQLiteStore],
    tmp_path: Path,
    writer: str,
    meanwhile: list[Callable[[SQLiteStore], None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = stores()
    fill(store, Random(1))
    store.erase(ALICE)
    store.close()
    fill_gaps(tmp_path / "a.db")
    both = {"ours": stores(), "theirs": stores()}
    for store in both.values():
        look(store)
    others = iter(meanwhile)

    def empty(*given: Any) -> bool:
        """Let others come behind the first time that the log is emptied, and before the next."""
        if len(calls) == 1:
            next(others, look)(both["theirs"])
        calls.append(connection.empty_log(*given))
        if len(calls) == 1:
            next(others, look)(both["theirs"])
        return calls[-1]

    calls: list[bool] = []

    monkeypatch.setattr(scrubbing, "empty_log", empty)
    assert left(tmp_path) > 100
    assert both["ours"].scrub() == []
    touch(both[writer])
    for store in both.values():
        store.close()
    assert left(tmp_path) == 0


def test_a_reader_keeps_it_from_being_done_and_is_told(stores: Callable[..., SQLiteStore], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recollect.store.sqlite.scrubbing.PAUSE", 0.0)
    store = stores()
    store.append(ALICE, "s", [entry("a", SECRET)])
    with store._reader() as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM recollect_entry").fetchall()
        store.delete_session(ALICE, "s")
        assert "a.db-wal could not be emptied; end what reads it, and repeat this" in store.scrub()[0]
        reader.execute("COMMIT")
    assert store.scrub() == []
    assert left(tmp_path) == 0


def test_a_file_with_other_pages_is_left_alone_and_told(stores: Callable[..., SQLiteStore], tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db")) as db:
        db.execute("PRAGMA auto_vacuum = FULL")
        db.execute("VACUUM")
        db.execute("CREATE TABLE other (n)")
    store = stores()
    fill(store, Random(1))
    assert "run VACUUM" in store.scrub()[0]


def test_a_closed_store_is_not_scrubbed(stores: Callable[..., SQLiteStore]) -> None:
    store = stores()
    store.close()
    with pytest.raises(StoreError):
        store.scrub()
