"""Logs that are written anew, also when the process ends half way."""

from itertools import pairwise

import pytest

from recollect.errors import Damaged
from recollect.model import Document
from recollect.store.files import FileStore, log

from .logs import ALICE, SECOND, ManualClock, end_at_call, entries, entry, everything, ids, in_child, log_of, objects, rich


@pytest.fixture
def root(tmp_path):
    return tmp_path / "files"


@pytest.fixture
def clock():
    return ManualClock()


def all_bytes(root):
    return b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())


def test_what_a_store_says_survives_compaction_and_a_new_start(root, clock, monkeypatch):
    store = rich(root, clock)
    before = everything(store)
    assert everything(FileStore(root, clock=clock)) == before
    monkeypatch.setattr(log, "DEAD_BYTES", 0)
    store.delete_session(ALICE, "deleted")
    compacted = everything(store)
    assert compacted[0] == [state for state in before[0] if state.name != "deleted"]
    assert compacted[2][:2] == before[2][:2]
    again = FileStore(root, clock=clock)
    assert everything(again) == compacted
    assert again.append(ALICE, "kept", entries("f"), expect=0) == store.session(ALICE, "kept").position
    clock.now += 600 * SECOND
    assert again.session(ALICE, "kept") is None
    assert again.session(ALICE, "empty") is not None
    assert again.append(ALICE, "empty", entries("g")) == compacted[3][-1].position + 1


def test_a_document_that_is_removed_has_left_the_files(root):
    store = FileStore(root)
    store.put(ALICE, [Document("facts", "a", b" the secret"), Document("facts", "b", b" kept")])
    store.put(ALICE, [Document("facts", "a", None), Document("facts", "c", b" new")])
    assert b"the secret" not in all_bytes(root)
    again = FileStore(root)
    assert [document.body for document in again.documents(ALICE, "facts")] == [b" kept", b" new"]
    assert [item.position for item in again.changes(ALICE, 0, 9)] == [2, 3, 4]


@pytest.mark.parametrize("forget", ["clear", "delete", "expire", "append", "update", "erase"])
def test_what_is_forgotten_has_left_the_files(root, clock, forget):
    store = FileStore(root, clock=clock)
    store.update_session(ALICE, "s", b" title of a secret", ttl=SECOND, expect=0)
    store.append(ALICE, "s", [entry("a", b" the secret")])
    store.append(ALICE, "other", entries("b"))
    clock.now += 0 if forget in {"clear", "delete", "erase"} else SECOND
    assert b"secret" in all_bytes(root)
    {
        "clear": lambda: store.clear_session(ALICE, "s"),
        "delete": lambda: store.delete_session(ALICE, "s"),
        "expire": store.expire,
        "append": lambda: store.append(ALICE, "s", entries("c")),
        "update": lambda: store.update_session(ALICE, "s", b" {}", ttl=None, expect=0),
        "erase": lambda: store.erase(ALICE),
    }[forget]()
    assert b"the secret" not in all_bytes(root)
    assert (b"title of a secret" in all_bytes(root)) is (forget == "clear")
    assert ids(store.entries(ALICE, "other")) == ([] if forget == "erase" else ["b"])


def test_documents_that_were_replaced_leave_the_file_when_they_are_most_of_it(root):
    store = FileStore(root)
    store.append(ALICE, "s", [entry("a", b"x" * 100_000)])
    sizes = []
    for number in range(40):
        store.put(ALICE, [Document("c", "k", f"{number} ".encode() * 30_000)])
        sizes.append(store.size())
    assert max(sizes) < 2_600_000
    assert sum(after < before for before, after in pairwise(sizes)) >= 2
    assert store.documents(ALICE, "c")[0].body.startswith(b"39 ")
    assert ids(FileStore(root).entries(ALICE, "s")) == ["a"]


def test_documents_that_were_replaced_count_after_a_new_start_as_well(root):
    big = b"y" * 900_000
    for _ in range(2):
        store = FileStore(root)
        store.put(ALICE, [Document("c", "k", big)])
        store.close()
    store = FileStore(root)
    store.put(ALICE, [Document("c", "k", b"small")])
    assert store.size() < 10_000


def test_settings_that_are_set_again_and_again_do_not_fill_the_disk(root, monkeypatch):
    monkeypatch.setattr(log, "DEAD_BYTES", 2000)
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    revision = 0
    for _ in range(100):
        revision = store.update_session(ALICE, "s", b" {}", ttl=None, expect=revision)
    assert store.size() < 8000


def test_compaction_that_finds_no_room_is_put_off_and_the_write_stands(root, monkeypatch, caplog):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    monkeypatch.setattr(log, "DEAD_BYTES", 0)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(log.disk, "rename", full)
        for number in range(9):
            store.put(ALICE, [Document("c", "k", b"%d" % number * 500)])
    assert "put off" in caplog.text
    assert sorted(path.name for path in log_of(root).parent.iterdir()) == ["lock", "log.jsonl"]
    assert store.documents(ALICE, "c")[0].body == b"8" * 500
    for number in range(9):
        store.put(ALICE, [Document("c", "k", b"%d" % number * 500)])
    assert store.size() < 5000
    assert everything(FileStore(root)) == everything(store)


def test_a_damaged_line_is_not_carried_into_a_new_log(root):
    store = FileStore(root)
    store.append(ALICE, "s", [entry("a", b" whole")])
    store.append(ALICE, "gone", entries("b"))
    path = log_of(root)
    harmed = path.read_bytes().replace(b"whole", b"WHOLE")
    path.write_bytes(harmed)
    with pytest.raises(Damaged):
        store.delete_session(ALICE, "gone")
    assert path.read_bytes() == harmed
    path.write_bytes(harmed.replace(b"WHOLE", b"whole"))
    assert ids(store.entries(ALICE, "gone")) == ["b"]
    assert store.delete_session(ALICE, "gone") is True


OPERATIONS = {
    "clear": lambda store: store.clear_session(ALICE, "kept"),
    "delete": lambda store: store.delete_session(ALICE, "deleted"),
    "expire": lambda store: store.expire(),
    "append": lambda store: store.append(ALICE, "kept", entries("x", "y")),
    "put": lambda store: store.put(ALICE, [Document("c", "k", b"newest"), Document("c", "l", None)]),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_process_that_ends_at_any_step_leaves_the_old_or_the_new(tmp_path, monkeypatch, operation):
    outcomes = _outcomes(tmp_path, monkeypatch, OPERATIONS[operation], make=lambda root: rich(root, ManualClock()))
    assert outcomes[0] == "old"
    assert outcomes[-1] == "new"
    assert sorted(outcomes, reverse=True) == outcomes, "once it has happened, it has happened"


def test_a_process_that_ends_at_any_step_of_a_first_write_leaves_nothing_or_all(tmp_path, monkeypatch):
    outcomes = _outcomes(tmp_path, monkeypatch, lambda store: store.append(ALICE, "s", entries("x", "y")), make=FileStore)
    assert outcomes[0] == "old"
    assert outcomes[-1] == "new"


def _outcomes(tmp_path, monkeypatch, operation, make):
    """Return what a later process finds, after processes that ended before their first, second, … changing call of the disk."""
    late = ManualClock()
    late.now += 700 * SECOND  # the session "kept" is over by now, for "expire"
    clock = late if operation is OPERATIONS["expire"] else ManualClock()
    outcomes = []
    for step in range(40):
        root = tmp_path / str(step)
        make(root).close()
        old = everything(FileStore(root, clock=clock))

        def work(root=root, step=step):
            store = FileStore(root, clock=clock)
            everything(store)
            end_at_call(monkeypatch, step)
            operation(store)

        code = in_child(work)
        again = FileStore(root, clock=clock)
        found = everything(again)
        outcomes.append("old" if found == old else "new")
        assert again.repairs == []
        if operation is OPERATIONS["delete"]:
            assert (b"secret of e" in log_of(root).read_bytes()) is (found == old)
        operation(again)
        assert everything(again) == everything(FileStore(root, clock=clock)) != old
        assert [path.name for path in root.rglob("*.new")] == []
        assert objects(log_of(root))[0]["type"] == "ledger"
        if code == 0:
            return outcomes
    raise AssertionError("the operation does not come to its end")
