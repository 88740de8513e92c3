"""Where backups live: a folder, moto's and rclone's S3; damaged, cut off, throttled, killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from threading import Event

import pytest

from recollect import Memory, Message
from recollect.errors import Damaged, Invalid, NotFound, StoreError
from recollect.store.memory import MemoryStore
from recollect.transfer import backup, drill, restore
from recollect.transfer.backup import s3 as client
from recollect.transfer.backup.objects import open_objects
from servers import s3
from transfer.backups import held
from transfer.copies import ALICE, BOB, say
from transfer.test_copy_kills import anchored

KINDS = ("folder", "moto", "rclone")


@pytest.fixture(params=KINDS)
def place(request, tmp_path):
    if request.param == "folder":
        yield str(tmp_path / "backup")
        return
    with s3.bucket(request.param) as url:
        yield f"{url}/some/prefix"


@pytest.fixture
def store():
    return anchored(MemoryStore())


def fill(store, rounds=3, place=None):
    for number in range(rounds):
        say(store, ALICE, "s", *(f"a{number}-{n}" for n in range(5)))
        say(store, BOB, "s", f"b{number}")
        if place is not None:
            backup(store, place)


def test_objects_are_made_once_and_replaced_listed_and_removed(place):
    objects = open_objects(place, make=True)
    assert objects.create("a/1", b"one")
    assert not objects.create("a/1", b"other")
    objects.put("a/2", b"two")
    objects.put("a/2", b"2")
    assert (objects.get("a/1"), objects.get("a/2"), objects.get("a/3")) == (b"one", b"2", None)
    assert objects.names("a") == ["a/1", "a/2"]
    objects.remove(["a/1", "a/3"])
    assert objects.names("a") == ["a/2"]
    objects.close()


@pytest.mark.parametrize("place", ["folder", "moto"], indirect=True)
def test_of_many_who_make_an_object_one_does(place):
    from concurrent.futures import ThreadPoolExecutor

    objects = open_objects(place, make=True)
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(lambda number: objects.create("a/1", b"%d" % number), range(16))) == 1
    objects.close()


def test_a_backup_is_restored_from_where_it_lives(place, store):
    fill(store, 3, place)
    target = MemoryStore()
    restore(place, target)
    assert held(target) == held(store)
    assert drill(place, live=store).proved


@pytest.mark.parametrize("place", ["folder"], indirect=True)
def test_whatever_byte_of_a_backup_is_altered_nothing_of_it_is_restored(place, store):
    fill(store, 2, place)
    files = sorted(path for path in Path(place).rglob("*") if path.is_file())
    assert len(files) == 5
    rng = Random(1)
    for file in files:
        whole = file.read_bytes()
        for at in {0, len(whole) - 2, *(rng.randrange(len(whole) - 1) for _ in range(12))}:
            file.write_bytes(whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :])
            target = MemoryStore()
            with pytest.raises(StoreError):
                restore(place, target)
            assert target.owners("", limit=9) == []
        file.write_bytes(whole)
    restore(place, MemoryStore())


def test_an_object_that_is_missing_or_cut_off_is_told_and_nothing_is_restored(place, store):
    fill(store, 3, place)
    objects = open_objects(place)
    names = [*objects.names("manifests"), *objects.names("segments"), "head.json"]
    assert len(names) == 7
    for name in names:
        whole = objects.get(name)
        target = MemoryStore()
        objects.remove([name])
        with pytest.raises(Damaged, match=r"not whole|cannot be read"):
            restore(place, target)
        objects.put(name, whole[:-9])
        with pytest.raises(Damaged, match=r"not whole|cannot be read"):
            restore(place, target)
        objects.put(name, whole)
        assert target.owners("", limit=9) == []
    objects.close()
    restore(place, MemoryStore())


@pytest.mark.parametrize("place", ["folder"], indirect=True)
def test_a_backup_that_was_rolled_back_whole_is_known_by_its_head(place, store):
    fill(store, 1, place)
    older = {path: path.read_bytes() for path in Path(place).rglob("*") if path.is_file()}
    say(store, ALICE, "s", "more")
    head = backup(store, place).head
    for path in list(Path(place).rglob("*")):
        if path.is_file() and path not in older:
            path.unlink()
    for path, data in older.items():
        path.write_bytes(data)
    assert drill(place).proved
    with pytest.raises(Damaged, match="not the one that was asked for"):
        restore(place, MemoryStore(), head=head)


def test_a_place_that_is_none(tmp_path):
    for wrong, error in (
        ("", Invalid),
        ("sqlite:///a.db", Invalid),
        ("s3://", Invalid),
        ("s3://key:secret@bucket", Invalid),
        (f"{tmp_path}/no", NotFound),
    ):
        with pytest.raises(error) as told:
            restore(wrong, MemoryStore())
        assert "secret" not in str(told.value)
    with s3.bucket("moto"), pytest.raises(NotFound, match="no bucket 'other'"):
        restore("s3://other/x", MemoryStore())


def test_what_a_killed_writer_has_left_in_a_folder_is_no_object_and_goes_after_a_day(tmp_path, store):
    place = tmp_path / "b"
    fill(store, 1, str(place))
    old, new = place / "segments" / ".half-1", place / "segments" / ".half-2"
    old.write_bytes(b"old")
    new.write_bytes(b"new")
    os.utime(old, (1, 1))
    restore(str(place), MemoryStore())
    backup(store, str(place))
    assert (old.exists(), new.exists()) == (False, True)
    assert oct(place.stat().st_mode)[-3:] == "700"
    assert {oct(path.stat().st_mode)[-3:] for path in place.rglob("*.*") if path.is_file() and path != new} == {"600"}


@pytest.fixture
def quick(monkeypatch):
    """Let the client wait for a moment only between two attempts."""
    from botocore.retries import standard

    monkeypatch.setattr(standard.ExponentialBackoff, "delay_amount", lambda *_: 0.01)


@pytest.mark.parametrize("status", [503, 500, 429, 0, -1])
def test_a_server_that_fails_now_and_then_is_asked_again(store, quick, status):
    rng = Random(7)
    with s3.Failing(s3.server("moto")) as failing, s3.bucket("moto", failing.url) as place:
        for number in range(6):
            say(store, ALICE, "s", f"m{number}")
            failing.answers = [status if rng.random() < 0.4 else None for _ in range(12)]
            backup(store, place)
        failing.answers = [status if rng.random() < 0.3 else None for _ in range(20)]
        target = MemoryStore()
        restore(place, target)
        assert held(target) == held(store)


def test_a_server_that_goes_on_failing_is_given_up(store, quick):
    with s3.Failing(s3.server("moto")) as failing, s3.bucket("moto", failing.url) as place:
        backup(store, place)
        say(store, ALICE, "s", "a")
        seen = failing.seen
        failing.answers = [503] * 1000
        with pytest.raises(StoreError, match="S3 answers SlowDown") as told:
            backup(store, place)
        assert failing.seen - seen == client.ATTEMPTS
        assert s3.SECRET not in str(told.value)
        failing.answers = []
        backup(store, place)
        assert drill(place, live=store).proved


def test_an_answer_that_breaks_off_is_asked_for_again_and_given_up_in_the_end(store, quick):
    with s3.Failing(s3.server("moto")) as failing, s3.bucket("moto", failing.url) as place:
        backup(store, place)
        target = MemoryStore()
        failing.answers = [None, -2, -2]
        restore(place, target)
        assert held(target) == held(store)
        failing.answers = [-2] * 1000
        with pytest.raises(StoreError, match=f"^{place}/"):
            restore(place, MemoryStore())
        failing.answers = [0] * 1000
        with pytest.raises(StoreError, match=f"^{place}/"):
            backup(store, place)


def test_a_backup_that_follows_waits_for_its_server_and_goes_on(store, quick):
    rounds, stop = [], Event()

    def told(done):
        rounds.append(done)
        if len(rounds) == 1:
            say(store, ALICE, "s", "a")
            failing.answers = [503] * client.ATTEMPTS
        if len(rounds) > 1 and done.error is None:
            stop.set()

    with s3.Failing(s3.server("moto")) as failing, s3.bucket("moto", failing.url) as place:
        backup(store, place, follow=True, interval=0.05, stop=stop, told=told)
        assert [one.error is None for one in rounds] == [True, False, True]
        assert drill(place, live=store).proved


def run(what, source, target):
    """Start a process that backs up or restores."""
    return subprocess.Popen(
        [sys.executable, Path(__file__).with_name("backup_process.py"), what, source, target],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip


def kill_behind(process, lines):
    """Kill a process once it has told so many steps. Returns whether it was still at work."""
    with process:
        for _ in range(lines):
            if not process.stdout.readline():
                break
        alive = process.poll() is None
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    return alive and "done" not in rest


@pytest.mark.parametrize("place", ["folder", "moto"], indirect=True)
def test_a_backup_that_is_killed_is_whole_and_the_next_one_goes_on(place, tmp_path):
    url = f"sqlite:///{tmp_path}/a.db"
    with Memory(url) as memory:
        for number in range(60):
            memory.session("s", user=f"u{number:02}").append(*(Message("user", f"{number} {n} " * 30) for n in range(4)))
        backup(url, place)
        killed = 0
        for number in range(8):
            memory.session("s", user=f"u{number:02}").append(user=f"new {number}")
            killed += kill_behind(run("backup", url, place), 8 * number + 1)
            assert drill(place).segments > 0
        assert killed > 2
        backup(url, place)
        assert drill(place, live=url).proved


@pytest.mark.parametrize("kind", ["sqlite", "file"])
def test_a_restore_that_is_killed_is_never_a_memory_until_it_has_been_run_again(kind, tmp_path):
    url, target, place = f"sqlite:///{tmp_path}/a.db", f"{kind}:///{tmp_path}/target", f"{tmp_path}/b"
    with Memory(url) as memory:
        for number in range(60):
            memory.session("s", user=f"u{number:02}").append(user=f"{number}", assistant="yes")
        backup(url, place)
        killed = 0
        for number in range(8):
            if not kill_behind(run("restore", place, target), 8 * number + 1):
                break
            killed += 1
            try:
                with Memory(target) as half:
                    assert half.users().items == []
            except StoreError as error:
                assert "being restored here" in str(error)  # noqa: PT017
        assert killed > 2
        if _unfinished(target):
            restore(place, target)
        with Memory(target) as restored:
            assert held(restored.store) == held(memory.store)


def _unfinished(target):
    try:
        with Memory(target) as memory:
            return not memory.users().items
    except StoreError:
        return True
