"""Full disks, limits on file sizes, failing writes and syncs: typed errors, nothing lost, and the store goes on."""

import resource
import subprocess
import sys
from pathlib import Path
from random import Random

import apsw
import pytest

from recollect import Memory, StorageFull, StoreError
from recollect.store.sqlite import SQLiteStore

from .accounts import Book
from .crew import together
from .full import labour, use_up
from .stores import KINDS, check_integrity, open_kind
from .vfs import Failing

ROOT = Path(__file__).parents[2]
MOUNT = 'mount -t tmpfs -o size=1m tmpfs "$0" || exit 77; exec "$@"'


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_is_an_error_and_space_that_returns_ends_it(kind, tmp_path):
    command = [sys.executable, "-m", "tests.faults.full", str(tmp_path), "--store", kind]
    try:
        done = subprocess.run(["unshare", "-rm", "sh", "-c", MOUNT, str(tmp_path), *command], cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    if done.returncode == 77 or done.stderr.startswith("unshare:"):
        pytest.skip("this machine lets nobody mount a tmpfs of his own")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limit", [150_000, 400_000])
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


CODES = {
    "xWrite": (apsw.SQLITE_FULL, apsw.SQLITE_IOERR_WRITE),
    "xSync": (apsw.SQLITE_IOERR_FSYNC,),
    "xTruncate": (apsw.SQLITE_IOERR_TRUNCATE,),
    "xRead": (apsw.SQLITE_IOERR_READ,),
}


@pytest.mark.parametrize(("method", "code"), [(method, code) for method, codes in CODES.items() for code in codes])
@pytest.mark.parametrize("times", [1, 3])
def test_a_failing_call_of_the_disk_is_an_error_and_the_store_goes_on(method, code, times, tmp_path):
    failed = errors = 0
    for after in range(0, 60, 2):
        vfs = Failing()
        path = tmp_path / f"{after}.db"
        store = SQLiteStore(path, vfs=vfs.name, wait=0.2)
        store._commits.connection.pragma("wal_autocheckpoint", 10)
        memory, book, rng = Memory(store), Book(), Random(after)
        labour(memory, book, rng, 5)
        vfs.arm(method, after, times, code)
        raised = labour(memory, book, rng, 8)
        vfs.mend()
        assert labour(memory, book, rng, 5) == []
        book.settle(memory)
        store.close()
        for error in raised:
            assert isinstance(error, StorageFull if code == apsw.SQLITE_FULL else StoreError)
        again = SQLiteStore(path)
        book.settle(Memory(again))
        again.close()
        with apsw.Connection(str(path)) as connection:
            assert connection.pragma("integrity_check") == "ok"
        connection.close()
        failed += vfs.failed
        errors += len(raised)
    if method != "xTruncate":
        assert failed
        assert errors
