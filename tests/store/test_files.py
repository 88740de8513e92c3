"""The file store's folders, memory, locks and processes."""

import base64
import os
import random
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recollect.errors import Busy, Conflict, Damaged, StoreError
from recollect.model import Document, Owner
from recollect.store.files import FileStore, cache, disk
from recollect.store.files.names import FOLDER, folder_name

from .logs import ALICE, BOB, SECOND, ManualClock, entries, entry, everything, ids, in_child, log_of, objects


@pytest.fixture
def root(tmp_path):
    return tmp_path / "files"


# folders


ODD = ["", "a", "A", "a ", "..", ".", "/", "a/b", "a\\b", "NUL", "con", "a\x00", "é", "e\u0301", "x" * 512, "*", "%2e", "-", "😀", "ß", "SS", "ss"]


def test_no_two_owners_share_a_folder_and_no_name_leaves_the_root():
    owners = [Owner(tenant, kind, name) for tenant in ODD for kind in ("user", "session") for name in ODD]
    folders = {folder_name(owner) for owner in owners}
    assert len(folders) == len({folder.lower() for folder in folders}) == len(owners)
    assert all(FOLDER.fullmatch(folder) and len(folder) <= 73 for folder in folders)


def test_the_parts_of_an_owner_are_never_joined():
    assert folder_name(Owner("a", "user", "b_c"))[-32:] != folder_name(Owner("a_b", "user", "c"))[-32:]
    assert folder_name(Owner("a", "user", "b c")).startswith("a-b-c-")
    assert folder_name(Owner("a b", "user", "c")).startswith("a-b-c-")


def test_files_and_folders_are_the_users_alone(root):
    store = FileStore(root / "below" / "it")
    store.append(ALICE, "s", entries("a"))
    store.erase(ALICE)
    store.append(ALICE, "s", entries("a"))
    for path in (root / "below" / "it").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_log_is_lines_of_json_that_can_be_read_without_us(root):
    store = FileStore(root)
    store.append(ALICE, "s", [entry("a", b' {"content":"hi\\n"}', tokens=2), entry("b", b"\xff\x00\xfe")])
    store.put(ALICE, [Document("c", "k", b"1"), Document("c", "l", None)])
    header, *lines = objects(log_of(root))
    assert {name: header[name] for name in ("type", "format", "tenant", "kind", "name", "base")} == {
        "type": "ledger",
        "format": 2,
        "tenant": "",
        "kind": "user",
        "name": "alice",
        "base": 0,
    }
    assert [(line["type"], line.get("position")) for line in lines] == [
        ("entry", 1),
        ("entry", 2),
        ("session", None),
        ("document", 3),
        ("document", 4),
    ]
    assert lines[0]["text"] == ' {"content":"hi\\n"}'
    assert base64.b64decode(lines[1]["data"]) == b"\xff\x00\xfe"
    assert [(line.get("line"), line.get("of")) for line in lines[3:]] == [(None, 2), (2, 2)]


def test_calls_that_change_nothing_leave_no_folder(root):
    store = FileStore(root)
    with pytest.raises(Conflict):
        store.append(ALICE, "s", entries("a"), expect=5)
    with pytest.raises(Conflict):
        store.put(ALICE, [Document("c", "k", b"1")], expect={("c", "k"): 7})
    assert store.append(ALICE, "s", []) == store.put(ALICE, []) == 0
    assert store.clear_session(ALICE, "s") is store.delete_session(ALICE, "s") is store.erase(ALICE) is False
    assert store.changes(ALICE, 0, 10) == store.owners("", limit=10) == []
    assert store.expire() == []
    assert list(root.iterdir()) == []


def test_what_an_erasure_left_behind_is_removed_at_the_next_start(root, monkeypatch):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    with monkeypatch.context() as patch:
        patch.setattr(disk, "remove_folder", lambda _: None)
        store.erase(ALICE)
    assert len(list(root.glob("erased/*/log.jsonl"))) == 1
    FileStore(root)
    assert list(root.glob("erased/*")) == []


def test_positions_of_the_erased_are_not_used_again_by_any_new_owner(root):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a", "b", "c"))
    store.append(BOB, "s", entries("a"))
    store.erase(ALICE)
    store.erase(BOB)
    again = FileStore(root)
    assert again.append(ALICE, "s", entries("a")) == 5
    assert again.append(BOB, "s", entries("a")) == 5
    assert again.append(BOB, "s", entries("b")) == 6


def test_size_is_that_of_all_files(root):
    store = FileStore(root)
    store.append(ALICE, "s", [entry("a", b"x" * 10_000)])
    store.append(BOB, "s", entries("a"))
    assert store.size() == sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) > 10_000


# memory


def test_ledgers_that_were_not_used_for_long_make_room(root, monkeypatch):
    monkeypatch.setattr(cache, "MOST", 40)
    store = FileStore(root)
    owners = [Owner("", "user", f"u{number}") for number in range(10)]
    for owner in owners:
        store.append(owner, "s", entries(*"abcdefghi"))
    held = store._logs._logs
    assert list(held) == owners[-4:]
    assert store._logs._total == sum(len(log.ledger) for log, _ in held.values()) == 40
    assert ids(store.entries(owners[0], "s", limit=2, newest=True)) == ["h", "i"]
    assert list(held) == [*owners[-3:], owners[0]]
    store.append(owners[0], "s", entries(*[f"x{number}" for number in range(100)]))
    assert list(held) == [owners[0]]
    assert store.entries(Owner("", "user", "none"), "s") == []
    store.erase(owners[0])
    assert store.entries(owners[0], "s") == []
    assert not held
    assert store._logs._total == 0


def test_no_file_stays_open_between_calls(root):
    before = len(list(Path("/proc/self/fd").iterdir()))
    store = FileStore(root)
    for number in range(30):
        owner = Owner("", "user", f"u{number}")
        store.append(owner, "s", entries("a"))
        store.clear_session(owner, "s")
        with pytest.raises(Conflict):
            store.append(owner, "s", entries("a"), expect=1)
        if number % 2:
            store.erase(owner)
    store.recent("", limit=3)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


# locks


def test_a_ledger_that_is_held_for_too_long_is_busy(root):
    holder, store = FileStore(root), FileStore(root, wait=0.05)
    holder.append(ALICE, "s", entries("a"))
    with holder._held(ALICE, exclusive=True):
        for call in (lambda: store.entries(ALICE, "s"), lambda: store.append(ALICE, "s", entries("b")), lambda: store.erase(ALICE)):
            started = time.monotonic()
            with pytest.raises(Busy, match="try again"):
                call()
            assert 0.04 < time.monotonic() - started < 5
        store.append(BOB, "s", entries("b"))
    with holder._held(ALICE, exclusive=False):
        assert ids(store.entries(ALICE, "s")) == ["a"]
        with pytest.raises(Busy):
            store.append(ALICE, "s", entries("b"))
    store.append(ALICE, "s", entries("b"))


def test_threads_of_one_store_wait_for_each_other_no_longer_than_they_should(root):
    store = FileStore(root, wait=0.05)
    store.append(ALICE, "s", entries("a"))
    with ThreadPoolExecutor(1) as threads, store._held(ALICE, exclusive=False), pytest.raises(Busy, match="threads"):
        threads.submit(store.entries, ALICE, "s").result()


def test_threads_and_stores_at_once_lose_nothing(root, monkeypatch):
    monkeypatch.setattr(cache, "MOST", 30)
    stores = [FileStore(root), FileStore(root)]

    def work(worker):
        rng = random.Random(worker)
        told = []
        for number in range(25):
            store = rng.choice(stores)
            owner = rng.choice((ALICE, BOB))
            told.append((store.append(owner, "s", entries(f"{worker}-{number}a", f"{worker}-{number}b")), owner, f"{worker}-{number}b"))
            if number % 5 == 0:
                store.append(owner, f"t{worker}", entries("x"))
                store.delete_session(owner, f"t{worker}")
            store.entries(owner, "s", limit=3, newest=True)
        return told

    with ThreadPoolExecutor(8) as threads:
        told = [item for found in threads.map(work, range(8)) for item in found]
    for owner in (ALICE, BOB):
        expected = [id for position, to, id in sorted(told, key=lambda item: item[0]) if to == owner]
        for store in (*stores, FileStore(root)):
            found = store.entries(owner, "s")
            assert ids(found)[1::2] == expected
            assert [item.position for item in found[1::2]] == sorted(position for position, to, _ in told if to == owner)


def test_an_owner_may_be_erased_and_made_anew_while_others_write(root):
    stores = [FileStore(root) for _ in range(3)]

    def write(store):
        return [store.append(ALICE, "s", entries(f"{id(store)}-{number}")) for number in range(40)]

    erased = 0
    with ThreadPoolExecutor(2) as threads:
        writers = [threads.submit(write, store) for store in stores[:2]]
        while not (erased and all(one.done() for one in writers)):
            erased += stores[2].erase(ALICE)
        positions = [position for one in writers for position in one.result()]
    assert len(set(positions)) == len(positions)
    left = stores[2].entries(ALICE, "s")
    assert left == FileStore(root).entries(ALICE, "s")
    assert {item.position for item in left} <= set(positions)


# processes


def test_a_store_sees_what_another_process_did(root):
    clock = ManualClock()
    store = FileStore(root, clock=clock)
    store.append(ALICE, "s", entries("a"))

    def in_other(work):
        assert in_child(lambda: work(FileStore(root, clock=clock))) == 0
        assert everything(store) == everything(FileStore(root, clock=clock))

    in_other(lambda other: other.append(ALICE, "s", entries("b", "c"), expect=1))
    assert ids(store.entries(ALICE, "s")) == ["a", "b", "c"]
    in_other(lambda other: other.update_session(ALICE, "t", b" {}", ttl=SECOND, expect=0))
    assert store.append(ALICE, "s", entries("d"), expect=3) == 5
    in_other(lambda other: other.clear_session(ALICE, "s"))
    assert store.entries(ALICE, "s") == []
    in_other(lambda other: other.erase(ALICE))
    assert store.session(ALICE, "t") is None
    in_other(lambda other: other.append(ALICE, "s", entries("a", "b", "c", "d", "e", "f")))
    assert ids(store.entries(ALICE, "s")) == ["a", "b", "c", "d", "e", "f"]


def test_a_log_that_was_replaced_by_one_of_the_same_length_and_inode_is_read_anew(root):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    path = log_of(root)
    FileStore(root).erase(ALICE)
    (root / "watermark").unlink()
    FileStore(root).append(ALICE, "s", entries("b"))
    content = path.read_bytes()
    assert ids(store.entries(ALICE, "s")) == ["b"]
    path.write_bytes(content)
    assert ids(store.entries(ALICE, "s")) == ["b"]


def test_a_store_is_refused_in_a_forked_process_and_lives_on_in_its_own(root):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))

    def use():
        for call in (
            lambda: store.entries(ALICE, "s"),
            lambda: store.append(ALICE, "s", entries("b")),
            lambda: store.owners("", limit=1),
            store.size,
        ):
            with pytest.raises(StoreError, match="fork"):
                call()
        store.close()

    assert in_child(use) == 0
    assert store.append(ALICE, "s", entries("b")) == 2


def test_a_process_that_was_forked_while_a_lock_was_held_does_not_hold_it(root):
    store, other = FileStore(root), FileStore(root, wait=0.05)
    store.append(ALICE, "s", entries("a"))
    with store._held(ALICE, exclusive=True):
        child = os.fork()
        if not child:
            time.sleep(10)
            os._exit(0)
    try:
        assert other.append(ALICE, "s", entries("b")) == 2
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def test_an_owner_whose_header_is_damaged_keeps_no_other_tenant_and_no_other_expiry_from_theirs(tmp_path):
    clock = ManualClock()
    store = FileStore(tmp_path, clock=clock)
    ours, theirs = Owner("ours", "user", "ann"), Owner("theirs", "user", "bob")
    for owner in (ours, theirs):
        store.update_session(owner, "s", b" {}", ttl=5, expect=0)
    path = log_of(tmp_path, theirs)
    path.write_bytes(b"X" + path.read_bytes()[1:])
    assert store.owners("ours", limit=5) == [ours]
    assert [owner for owner, _ in store.recent("ours", limit=5)] == [ours]
    with pytest.raises(Damaged, match="header"):
        store.owners("theirs", limit=5)
    clock.now += 10
    with pytest.raises(Damaged, match="header") as caught:
        store.expire()
    assert caught.value.expired == [(ours, "s")]
    assert "session" not in {value["type"] for value in objects(tmp_path / folder_name(ours) / "log.jsonl")}
