"""Disks that are full, and calls that fail."""

import errno
import os
import resource
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from recollect.errors import Busy, Conflict, StorageFull, StoreError
from recollect.model import Document
from recollect.store.files import FileStore, disk
from recollect.store.files.errors import translated

from .logs import ALICE, BOB, entries, entry, everything, ids, log_of


@pytest.fixture
def root(tmp_path):
    return tmp_path / "files"


def failing(code):
    def fail(*_, **__):
        raise OSError(code, os.strerror(code))

    return fail


@contextmanager
def largest_file(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_a_typed_error_and_nothing_is_half_written(root, monkeypatch, code):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    before = log_of(root).read_bytes()
    write = disk.write

    def half(file, data, offset):
        write(file, data[: len(data) // 2], offset)
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(disk, "write", half)
        for call in (
            lambda: store.append(ALICE, "s", entries("b", "c")),
            lambda: store.put(ALICE, [Document("c", "k", b"1")]),
            lambda: store.clear_session(ALICE, "s"),
            lambda: store.append(BOB, "s", entries("b")),
            lambda: store.erase(ALICE),
        ):
            with pytest.raises(StorageFull, match="free some space") as caught:
                call()
            assert caught.value.outcome == "failed"
            assert isinstance(caught.value.__cause__, OSError)
            assert log_of(root).read_bytes() == before
            assert ids(store.entries(ALICE, "s")) == ["a"]
    assert store.owners("", limit=10) == [ALICE]
    assert store.append(ALICE, "s", entries("b", "c"), expect=1) == 3
    assert store.append(BOB, "s", entries("b")) == 1
    assert everything(FileStore(root)) == everything(store)
    assert store.repairs == []


def test_a_limit_on_file_sizes_is_a_typed_error_and_the_store_goes_on_below_it(root):
    store = FileStore(root)
    store.append(ALICE, "s", [entry("a", b"x" * 3000)])
    size = log_of(root).stat().st_size
    with largest_file(size + 2000):
        with pytest.raises(StorageFull):
            store.append(ALICE, "s", [entry("big", b"y" * 9000)])
        assert log_of(root).stat().st_size == size
        store.append(ALICE, "s", entries("b"))
    store.append(ALICE, "s", [entry("big", b"y" * 9000)])
    assert ids(FileStore(root).entries(ALICE, "s")) == ["a", "b", "big"]


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_a_sync_that_fails_leaves_the_outcome_unknown_and_the_write_undone(root, monkeypatch, code):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    before = log_of(root).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(disk, "sync", failing(code))
        with pytest.raises(StoreError) as caught:
            store.append(ALICE, "s", entries("b"))
        assert caught.value.outcome == "unknown"
        assert isinstance(caught.value, StorageFull) is (code == errno.ENOSPC)
        assert log_of(root).read_bytes() == before
    assert ids(store.entries(ALICE, "s")) == ["a"]
    assert store.append(ALICE, "s", entries("b"), expect=1) == 2
    assert ids(FileStore(root).entries(ALICE, "s")) == ["a", "b"]


def test_a_write_that_could_be_neither_synced_nor_undone_is_synced_by_who_relies_on_it(root, monkeypatch):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    with monkeypatch.context() as patch:
        patch.setattr(disk, "sync", failing(errno.EIO))
        patch.setattr(disk, "truncate", failing(errno.EIO))
        with pytest.raises(StoreError):
            store.append(ALICE, "s", entries("b"))
        with pytest.raises(StoreError):
            store.append(ALICE, "s", entries("b"))
    synced = []
    sync = disk.sync
    monkeypatch.setattr(disk, "sync", lambda file: (synced.append(Path(f"/proc/self/fd/{file}").readlink()), sync(file)))
    assert store.append(ALICE, "s", entries("b")) == 2
    assert synced == [log_of(root)]


def test_a_name_that_could_not_be_synced_is_synced_before_anyone_relies_on_it(root, monkeypatch):
    store = FileStore(root)
    with monkeypatch.context() as patch:
        patch.setattr(disk, "sync_folder", failing(errno.EIO))
        with pytest.raises(StoreError) as caught:
            store.append(ALICE, "s", entries("a"))
        assert caught.value.outcome == "unknown"
        with pytest.raises(StoreError):
            store.append(ALICE, "s", entries("a"))
    for again in (store, FileStore(root)):
        synced = []
        with monkeypatch.context() as patch:
            patch.setattr(disk, "sync_folder", synced.append)
            assert again.append(ALICE, "s", entries("a")) == 1
        assert synced == [log_of(root).parent, root]


@pytest.mark.parametrize("call", ["open_file", "rename", "sync"])
def test_a_log_that_cannot_be_written_anew_stays_what_it_was(root, monkeypatch, call):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    store.append(ALICE, "t", entries("b"))
    before, real = everything(store), getattr(disk, call)

    def fail(*arguments, **named):
        if call != "open_file" or str(arguments[0]).endswith(".new"):
            failing(errno.EIO)()
        return real(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(disk, call, fail)
        with pytest.raises(StoreError) as caught:
            store.delete_session(ALICE, "s")
        assert caught.value.outcome == "failed"
    assert everything(store) == before
    assert sorted(path.name for path in log_of(root).parent.iterdir()) == ["lock", "log.jsonl"]
    assert store.delete_session(ALICE, "s") is True


def test_an_erasure_that_fails_can_be_repeated(root, monkeypatch):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a", "b"))
    for call in ("rename", "sync_folder", "remove_folder"):
        with monkeypatch.context() as patch:
            patch.setattr(disk, call, failing(errno.EIO))
            with pytest.raises(StoreError):
                store.erase(ALICE)
    store.erase(ALICE)
    assert b"body of a" not in b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    assert store.append(ALICE, "s", entries("a")) == 4


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.EMFILE, errno.ENOLCK, errno.EIO, errno.ENOTTY])
def test_errors_of_the_system_are_ours_with_their_cause(root, monkeypatch, code):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    monkeypatch.setattr(disk, "open_file", failing(code))
    for call in (lambda: store.entries(ALICE, "s"), lambda: store.append(ALICE, "s", entries("b"))):
        with pytest.raises(StoreError, match="the system says") as caught:
            call()
        assert caught.value.__cause__.errno == code


def test_our_own_errors_pass_the_table():
    for error in (Busy("wait"), Conflict("other", 3)):
        with pytest.raises(type(error)) as caught, translated():
            raise error
        assert caught.value is error


def test_a_path_where_a_file_stands_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreError, match="check the path"):
            FileStore(path)


def test_a_folder_that_was_taken_away_is_an_error_for_writers(root, tmp_path):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    root.rename(tmp_path / "elsewhere")
    assert store.entries(ALICE, "s") == []
    with pytest.raises(StoreError, match="moved or removed"):
        store.append(ALICE, "s", entries("b"))


def test_an_interrupt_at_any_moment_leaves_memory_and_disk_alike(root, monkeypatch):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    for call in ("write", "sync", "rename", "sync_folder"):
        real = getattr(disk, call)
        for early in (True, False):
            for work in (lambda: store.append(ALICE, "s", entries("b", "c")), lambda: store.clear_session(ALICE, "s")):

                def interrupted(*arguments, real=real, early=early):
                    if not early:
                        real(*arguments)
                    raise KeyboardInterrupt

                with monkeypatch.context() as patch:
                    patch.setattr(disk, call, interrupted)
                    with suppress(KeyboardInterrupt):
                        work()
                assert everything(store) == everything(FileStore(root)), call
                store.append(ALICE, "s", entries("d"))
                assert everything(store) == everything(FileStore(root)), call
