"""A copy brings nobody back who was erased, at its source or in its target."""

from contextlib import closing
from pathlib import Path

import pytest

from privacy.keyrings import keyring
from recollect import Erased, Memory
from recollect.core.secret import tenant_of
from recollect.model import Owner
from recollect.store.memory import MemoryStore
from recollect.transfer import copy

ALICE = Owner("", "user", "alice")


@pytest.fixture
def source() -> Memory:
    memory = Memory("memory://", embedder=None)
    for name in ("alice", "bob"):
        memory.session("s", user=name).append(user="x")
        memory.user(name).remember("likes tea")
    return memory


@pytest.fixture
def target() -> Memory:
    return Memory("memory://", embedder=None)


def copied(source: Memory, target: Memory, **options):
    return copy(source.store, target.store, name="source", **options)


def test_who_was_erased_in_the_target_is_not_brought_back(source: Memory, target: Memory) -> None:
    copied(source, target)
    receipt = target.user("alice").erase()
    report = copied(source, target)
    assert [one.name for one in report.conflicts] == ["alice"]
    assert "readmit" in report.conflicts[0].reason
    assert target.store.changes(ALICE, 0, 10) == []
    assert target.verify_receipt(receipt)
    assert target.users().items == ["bob"]
    target.user("alice").readmit()
    assert copied(source, target).complete
    assert target.user("alice").facts()


@pytest.mark.parametrize("own", [False, True], ids=["a target without a secret", "a target with a secret of its own"])
def test_who_was_erased_at_the_source_stays_out_of_the_target(source: Memory, target: Memory, own: bool) -> None:
    if own:
        target.user("carol").erase()
    receipt = source.user("alice").erase()
    assert copied(source, target).complete
    assert target.users().items == ["bob"]
    with pytest.raises(Erased):
        target.session("s", user="alice").append(user="x")
    assert target.user("alice").erased()
    assert target.user("carol").erased() is own
    assert target.verify_receipt(receipt), "the receipt holds in the copy, too"
    assert target.user("alice").readmit()
    target.session("s", user="alice").append(user="x")


def test_an_erasure_that_is_carried_over_keeps_the_user_out(source: Memory, target: Memory) -> None:
    target.user("carol").erase()
    copied(source, target)
    source.user("alice").erase()
    report = copied(source, target)
    assert not report.complete, "nobody has asked for it"
    assert target.user("alice").facts()
    assert not target.user("alice").erased()
    report = copied(source, target, erase=True)
    assert (report.erased, report.complete) == (1, True)
    assert target.user("alice").erased()
    assert target.store.changes(ALICE, 0, 10) == []


def test_an_older_copy_does_not_bring_back_either(source: Memory, target: Memory) -> None:
    older = Memory(MemoryStore(), embedder=None)
    copied(source, older)
    source.user("alice").erase()
    copied(source, target)
    report = copy(older.store, target.store, name="older")
    assert "alice" in {one.name for one in report.conflicts}
    assert target.store.changes(ALICE, 0, 10) == []


def test_notes_of_erasures_that_are_under_way_are_not_copied(source: Memory, target: Memory) -> None:
    source.user("alice").erase()
    copied(source, target)
    assert target.store.documents(tenant_of(""), "recollect.erasing") == []
    assert len(target.store.documents(tenant_of(""), "recollect.erased")) == 1
    before = target.store.changes(tenant_of(""), 0, 100)
    assert copied(source, target).complete
    assert target.store.documents(tenant_of(""), "recollect.erased")[0] in before


def test_of_sealed_bytes_secrets_and_tombstones_are_taken_over_as_they_stand(tmp_path: Path) -> None:
    with closing(keyring(tmp_path)) as keys:
        with Memory(f"sqlite:///{tmp_path}/a.db", embedder=None, keys=keys) as memory:
            for name in ("alice", "bob"):
                memory.session("s", user=name).append(user="x")
            copy(f"sqlite:///{tmp_path}/a.db", f"sqlite:///{tmp_path}/older.db")
            receipt = memory.user("alice").erase()
        assert copy(f"sqlite:///{tmp_path}/a.db", f"sqlite:///{tmp_path}/b.db").complete
        with Memory(f"sqlite:///{tmp_path}/b.db", embedder=None, keys=keys) as memory:
            assert memory.verify_receipt(receipt)
            assert [message.text for message in memory.session("s", user="bob").messages()] == ["x"]
        copy(f"sqlite:///{tmp_path}/older.db", f"sqlite:///{tmp_path}/b.db")
        with Memory(f"sqlite:///{tmp_path}/b.db", embedder=None, keys=keys) as memory:
            assert not memory.verify_receipt(receipt).absent, "whoever has no keys cannot know who was erased"
            with pytest.raises(Erased):
                memory.session("s", user="alice").messages()
            memory.user("alice").erase()
            assert memory.verify_receipt(receipt)
