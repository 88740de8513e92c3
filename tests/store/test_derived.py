"""What was derived of a ledger leaves the disk with what it was derived of, and is never relied upon."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from recollect.errors import StorageFull
from recollect.model import Document, Saved
from recollect.store.files import FileStore, disk
from recollect.store.protocol import Store
from recollect.store.sqlite import SQLiteStore
from recollect.testing import ALICE, entry

WORDS = b"what alice said in confidence"

OPEN: dict[str, Callable[[Path], Store]] = {
    "sqlite": lambda folder: SQLiteStore(folder / "a.db"),
    "files": lambda folder: FileStore(folder / "ledgers"),
}


@pytest.fixture(params=OPEN)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with closing(OPEN[request.param](tmp_path)) as store:
        yield store


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "remove",
    [
        lambda store: store.delete_session(ALICE, "s"),
        lambda store: store.clear_session(ALICE, "s"),
        lambda store: store.erase(ALICE),
    ],
    ids=["delete", "clear", "erase"],
)
def test_words_of_what_is_removed_are_nowhere_on_the_disk(store: Store, tmp_path: Path, remove: Callable[[Store], bool]) -> None:
    for turn in range(3):
        last = store.append(ALICE, "s", [entry(f"{turn}")])
        assert store.save(ALICE, "index", last, [WORDS, bytes(9000), WORDS])
    assert WORDS in on_disk(tmp_path)
    assert remove(store)
    assert WORDS not in on_disk(tmp_path)


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("ledgers/*/derived-*"))


@pytest.fixture
def files(tmp_path: Path) -> Iterator[FileStore]:
    with closing(FileStore(tmp_path / "ledgers")) as store:
        store.append(ALICE, "s", [entry("a")])
        assert store.save(ALICE, "index", 1, [b"first", b"second"])
        yield store


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: data[:20] + b"x" + data[21:],
        lambda data: data[:-3] + b"xyz",
        lambda data: data.replace(b"index", b"other"),
        lambda data: b"\n" + data,
    ],
)
def test_a_damaged_file_is_taken_for_none_and_replaced(files: FileStore, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    (path,) = files_of(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    assert files.saved(ALICE, "index") is None
    assert [item.id for item in files.entries(ALICE, "s")] == ["a"]
    assert files.save(ALICE, "index", 1, [b"new"])
    assert files.saved(ALICE, "index") == Saved(1, (b"new",))


def test_what_a_killed_process_has_left_of_a_file_goes_with_the_next_removal(files: FileStore, tmp_path: Path) -> None:
    (path,) = files_of(tmp_path)
    path.with_suffix(".new").write_bytes(WORDS)
    assert files.saved(ALICE, "index") == Saved(1, (b"first", b"second"))
    files.put(ALICE, [Document("c", "k", None)])
    assert files_of(tmp_path) == []


def test_a_full_disk_leaves_what_was_there(files: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(disk, "write", full)
        with pytest.raises(StorageFull):
            files.save(ALICE, "index", 1, [b"new"])
    assert files.saved(ALICE, "index") == Saved(1, (b"first", b"second"))
    assert len(files_of(tmp_path)) == 1


def test_a_log_that_was_written_anew_remembers_a_removal_that_was_written_over(files: FileStore, tmp_path: Path) -> None:
    position = files.put(ALICE, [Document("c", "k", WORDS)])
    files.put(ALICE, [Document("c", "k", None)])
    for turn in range(40):  # until the log is compacted
        files.put(ALICE, [Document("c", "k", b"%d" % turn + bytes(100_000))])
    assert WORDS not in on_disk(tmp_path)
    with closing(FileStore(tmp_path / "ledgers")) as again:
        assert again.save(ALICE, "index", position, [WORDS]) is False
        assert again.save(ALICE, "index", position + 1, [b"new"]) is True
