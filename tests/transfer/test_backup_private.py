"""Backups of what is sealed, and of who was erased; into stores of every kind."""

from pathlib import Path
from shutil import copyfile

import pytest

from places import LASTING, url_of
from privacy.keyrings import keyring
from recollect import Memory
from recollect.core.restoring import check_whole
from recollect.errors import Conflict, Erased, Locked
from recollect.model import Owner
from recollect.privacy.sealing.state import write_state
from recollect.transfer import backup, drill, export_file, restore

MARK = "a-marker-of-alice"


@pytest.fixture
def keys(tmp_path):
    (tmp_path / "keys").mkdir()
    ring = keyring(tmp_path / "keys")
    yield ring
    ring.close()


def talk(memory):
    for user in ("alice", "bob"):
        memory.session("s", user=user).append(user=f"{MARK if user == 'alice' else 'hello'}", assistant="yes")
        memory.session("s", user=user).update(title=f"of {user}")
    memory.documents("notes").put({"k": 1})


def said(memory, user):
    return [message.content for message in memory.session("s", user=user).messages()]


def test_what_is_sealed_stays_sealed_and_is_opened_by_the_same_keys(tmp_path, keys):
    url, place = f"sqlite:///{tmp_path}/a.db", f"{tmp_path}/b"
    with Memory(url, keys=keys) as memory:
        talk(memory)
        backup(memory.store, place)
        assert drill(place, live=memory.store).proved
    import gzip

    for file in Path(place).rglob("*.gz"):
        assert MARK.encode() not in gzip.decompress(file.read_bytes())
    restore(place, f"file:///{tmp_path}/c")
    with pytest.raises(Locked):
        Memory(f"file:///{tmp_path}/c")
    with Memory(f"file:///{tmp_path}/c", keys=keys) as memory:
        assert said(memory, "alice") == [MARK, "yes"]
        assert memory.session("s", user="bob").info().title == "of bob"
        assert memory.documents("notes").get("k") == [1]


@pytest.mark.parametrize("given", [True, False], ids=["with-keys", "without"])
def test_a_tombstone_takes_effect_although_the_ledger_was_still_there(tmp_path, keys, given):
    """The backup was made between the tombstone and the removal: its owner is in it, and stays out of what is restored."""
    url, place, target = f"sqlite:///{tmp_path}/a.db", f"{tmp_path}/b", f"sqlite:///{tmp_path}/c.db"
    with Memory(url, keys=keys) as memory:
        talk(memory)
        memory._engine.tombstones.put(Owner("", "user", "alice"))
        backup(memory.store, place)
    report = restore(place, target, keys=keys if given else None)
    assert (report.erased, report.unchecked) == ((1, 0) if given else (0, 1))
    with Memory(target, keys=keys) as memory:
        assert memory.users().items == ["bob"]
        assert not check_whole(memory.store.inner, "")
        with pytest.raises(Erased):
            memory.session("s", user="alice").append(user="back")


@pytest.mark.parametrize("given", [True, False], ids=["with-keys", "without"])
def test_who_was_erased_behind_the_backup_stays_out_since_the_key_was_destroyed(tmp_path, keys, given):
    url, place, target = f"sqlite:///{tmp_path}/a.db", f"{tmp_path}/b", f"sqlite:///{tmp_path}/c.db"
    with Memory(url, keys=keys) as memory:
        talk(memory)
        memory.session("s", user="carol").append(user="before")
        backup(memory.store, place)
        memory.user("alice").erase()
        memory.user("carol").erase()
        memory.user("carol").readmit()
    report = restore(place, target, keys=keys if given else None)
    assert (report.erased, report.shut) == ((2, False) if given else (0, True))
    with Memory(target, keys=keys) as memory:
        assert memory.users().items == ["bob"]
        assert memory.user("alice").erased()
        with pytest.raises(Erased):
            memory.session("s", user="alice").append(user="back")
        memory.session("s", user="carol").append(user="new")
        assert said(memory, "carol") == ["new"]
        assert memory.user("alice").readmit()
        memory.session("s", user="alice").append(user="again")
    with Memory(target, keys=keys) as memory:
        assert said(memory, "alice") == ["again"]
        assert said(memory, "carol") == ["new"]


def test_keys_do_no_harm_to_the_restore_of_a_plain_memory(tmp_path, keys):
    with Memory(f"sqlite:///{tmp_path}/a.db") as memory:
        talk(memory)
        memory.user("alice").erase()
        backup(memory.store, f"{tmp_path}/b")
    assert not restore(f"{tmp_path}/b", f"sqlite:///{tmp_path}/c.db", keys=keys).shut
    with Memory(f"sqlite:///{tmp_path}/c.db") as memory:
        assert memory.users().items == ["bob"]
        assert memory.user("alice").erased()


@pytest.mark.parametrize("given", [True, False], ids=["with-keys", "without"])
def test_a_memory_that_was_being_sealed_is_restored(tmp_path, keys, given):
    with Memory(f"sqlite:///{tmp_path}/a.db") as memory:
        talk(memory)
        memory.user("alice").erase()
        write_state(memory.store, "", keys, "sealing", expect=0)
        backup(memory.store, f"{tmp_path}/b")
    restore(f"{tmp_path}/b", f"sqlite:///{tmp_path}/c.db", keys=keys if given else None)
    with Memory(f"sqlite:///{tmp_path}/c.db", keys=keys) as memory:
        assert memory.users().items == ["bob"]
        assert memory.user("alice").erased()


def test_in_a_copy_of_the_database_from_before_an_erased_user_stands_in_nobodys_way(tmp_path, keys):
    with Memory(f"sqlite:///{tmp_path}/a.db", keys=keys) as memory:
        talk(memory)
        memory.user("alice").remember("likes tea")
    copyfile(tmp_path / "a.db", tmp_path / "c.db")
    with Memory(f"sqlite:///{tmp_path}/a.db", keys=keys) as memory:
        memory.user("alice").erase()
    with Memory(f"sqlite:///{tmp_path}/c.db", keys=keys) as memory:
        assert memory.user("alice").erased()
        assert [info.user for info in memory.recent()] == ["bob"]
        export_file(memory, tmp_path / "all.jsonl")
        assert MARK not in (tmp_path / "all.jsonl").read_text()
        assert memory.user("alice").erase().found
        assert memory.users().items == ["bob"]


@pytest.mark.parametrize("sealed", [True, False])
def test_an_erased_user_stays_out_of_any_point_and_of_the_live_memory(tmp_path, keys, sealed):
    url, place = f"sqlite:///{tmp_path}/a.db", f"{tmp_path}/b"
    ring = keys if sealed else None
    with Memory(url, keys=ring) as memory:
        talk(memory)
        first = backup(memory.store, place)
        memory.user("alice").erase()
        backup(memory.store, place)
    for number, at in enumerate((None, first.time)):
        target = f"sqlite:///{tmp_path}/c{number}.db"
        restore(place, target, at=at, keys=ring)
        with Memory(target, keys=ring) as memory:
            assert memory.users().items == ["bob"]
            with pytest.raises(Erased):
                memory.session("s", user="alice").append(user="back")


def test_a_user_who_was_readmitted_comes_back_with_what_came_behind(tmp_path):
    url, place = f"sqlite:///{tmp_path}/a.db", f"{tmp_path}/b"
    with Memory(url) as memory:
        talk(memory)
        first = backup(memory.store, place)
        memory.user("alice").erase()
        memory.user("alice").readmit()
        memory.session("s", user="alice").append(user="new")
        backup(memory.store, place)
    for number, at in enumerate((None, first.time)):
        restore(place, f"sqlite:///{tmp_path}/c{number}.db", at=at)
        with Memory(f"sqlite:///{tmp_path}/c{number}.db") as memory:
            assert said(memory, "alice") == ["new"]


def test_who_was_erased_in_the_target_before_stays_out(tmp_path):
    """The target is another memory, with a secret of its own: its pseudonyms are others than those of the backup."""
    place = f"{tmp_path}/b"
    with Memory(f"sqlite:///{tmp_path}/a.db") as memory:
        talk(memory)
        memory.user("bob").erase()
        backup(memory.store, place)
    with Memory(f"sqlite:///{tmp_path}/c.db") as memory:
        memory.session("s", user="alice").append(user="1")
        with pytest.raises(Conflict):
            restore(place, memory.store)
        memory.user("alice").erase()
    report = restore(place, f"sqlite:///{tmp_path}/c.db")
    assert report.erased == 1
    with Memory(f"sqlite:///{tmp_path}/c.db") as memory:
        assert memory.users().items == []
        for user in ("alice", "bob"):
            assert memory.user(user).erased()


def test_what_was_redacted_later_does_not_come_back_from_before(tmp_path):
    from recollect.privacy.redaction import Redaction

    url, place = f"sqlite:///{tmp_path}/a.db", f"{tmp_path}/b"
    with Memory(url) as memory:
        memory.session("s", user="alice").append(user="write to alice@example.org")
        first = backup(memory.store, place)
    with Memory(url, redact=Redaction()) as memory:
        memory.scan(dry_run=False)
        backup(memory.store, place)
    restore(place, f"sqlite:///{tmp_path}/c.db", at=first.time)
    with Memory(f"sqlite:///{tmp_path}/c.db") as memory:
        assert "example.org" not in said(memory, "alice")[0]
        assert said(memory, "alice")[0].startswith("write to ")


@pytest.mark.parametrize("kind", LASTING)
def test_a_backup_of_any_store_is_restored_into_another_one(kind, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    url, target = url_of(kind, tmp_path / "x"), url_of(kind, tmp_path / "y")
    with Memory(url) as memory:
        talk(memory)
        backup(url, f"{tmp_path}/b")
        memory.session("s", user="alice").append(user="more")
        memory.session("s", user="bob").delete()
        backup(url, f"{tmp_path}/b")
        assert drill(f"{tmp_path}/b", live=url).proved
    restore(f"{tmp_path}/b", target)
    with Memory(target) as memory:
        assert said(memory, "alice") == [MARK, "yes", "more"]
        assert memory.session("s", user="alice").info().title == "of alice"
        report = backup(memory.store, f"{tmp_path}/b")  # the source is the restored memory from now on
        assert (report.gone, report.whole) == (0, True)
        assert drill(f"{tmp_path}/b", live=memory.store).proved
