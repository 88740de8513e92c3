"""Full disks, limits on file sizes, failing reads, writes and syncs: typed errors, nothing lost, and the store goes on."""

import errno
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from recollect import Memory, StorageFull, StoreError
from recollect.store import Store
from recollect.store.sqlite import SQLiteStore

from .accounts import Book
from .crew import together
from .failing import Failure, failing_os, failing_sqlite
from .full import labour, use_up
from .stores import KINDS, check_integrity, open_kind

REPOSITORY = Path(__file__).parents[2]
MOUNT = 'mount -t tmpfs -o size=16m tmpfs "$0" || exit 77; exec "$@"'


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_is_an_error_and_space_that_returns_ends_it(kind, tmp_path):
    mounted = ["unshare", "-rm", "sh", "-c", MOUNT, str(tmp_path)]
    command = [sys.executable, "-m", "tests.faults.full", str(tmp_path), "--store", kind]
    try:
        done = subprocess.run([*mounted, *command], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    if done.returncode == 77 or done.stderr.startswith("unshare:"):
        pytest.skip("this machine lets nobody mount a tmpfs of his own")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limit", [700_000, 5_000_000])
def test_a_limit_on_file_sizes_is_an_error_and_lifting_it_ends_it(kind, limit, tmp_path):
    def work(_: int) -> dict[str, int]:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        return use_up(lambda: open_kind(kind, tmp_path), lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard)))

    (counts,) = together(1, work)
    check_integrity(kind, tmp_path)
    assert counts.get("StorageFull", 0) + counts.get("StoreError", 0) >= 20
    assert counts["before"] > 10
    assert counts["after"] == 50
    assert counts["late errors"] == 0


@contextmanager
def failing_store(kind: str, folder: Path, failure: Failure, call: str) -> Iterator[Store]:
    """Open a store whose disk may fail."""
    if kind == "sqlite":
        with failing_sqlite(failure, syncs=call == "sync") as vfs:
            store = SQLiteStore(folder / "memory.db", vfs=vfs, wait=0.2)
            store._commits.connection.pragma("wal_autocheckpoint", 10)
            yield store
            store.close()
    else:
        with failing_os(failure):
            store = open_kind(kind, folder)
            yield store
            store.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("call", "code"), [("write", errno.ENOSPC), ("write", errno.EIO), ("sync", errno.EIO), ("truncate", errno.EIO), ("read", errno.EIO)]
)
@pytest.mark.parametrize("times", [1, 3])
def test_a_failing_call_of_the_disk_is_an_error_and_the_store_goes_on(kind, call, code, times, tmp_path):
    errors: list[StoreError] = []
    for after in range(0, 40, 2):
        folder = tmp_path / str(after)
        folder.mkdir()
        failure, book, rng = Failure(), Book(), Random(after)
        with failing_store(kind, folder, failure, call) as store:
            memory = Memory(store)
            labour(memory, book, rng, 5)
            failure.arm(call, after, times, code)
            errors += labour(memory, book, rng, 8, failure.paused)
            failure.mend()
            assert labour(memory, book, rng, 5) == []
            book.settle(memory)
        again = open_kind(kind, folder)
        book.settle(Memory(again))
        again.close()
        check_integrity(kind, folder)
    if call in {"write", "sync"}:
        assert errors
    for error in errors:
        assert isinstance(error, StorageFull if code == errno.ENOSPC else StoreError)
