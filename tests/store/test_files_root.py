"""Which folders the file store takes."""

import pytest

from recollect.errors import Invalid
from recollect.store.files import FileStore
from recollect.testing import ALICE, entry


def test_a_folder_of_something_else_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Invalid, match="it holds 'letters'; check the path"):
        FileStore(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letters", "notes.txt"]


def test_an_empty_folder_is_taken_also_with_hidden_files_in_it(tmp_path):
    (tmp_path / ".hidden").touch()
    FileStore(tmp_path).append(ALICE, "s", [entry("a")])
    (tmp_path / "lost+found").mkdir()
    assert len(FileStore(tmp_path).entries(ALICE, "s")) == 1


def test_a_store_whose_owners_are_all_erased_is_still_a_store(tmp_path):
    store = FileStore(tmp_path)
    store.append(ALICE, "s", [entry("a")])
    store.erase(ALICE)
    (tmp_path / "stranger").touch()
    assert FileStore(tmp_path).owners("", limit=5) == []


def test_a_folder_called_erased_does_not_make_a_store_of_what_stands_around_it(tmp_path):
    (tmp_path / "erased" / "tapes").mkdir(parents=True)
    (tmp_path / "erased" / "tapes" / "one.wav").touch()
    with pytest.raises(Invalid, match="it holds 'erased'"):
        FileStore(tmp_path)
    assert (tmp_path / "erased" / "tapes" / "one.wav").exists()


def test_only_what_was_erased_is_swept_away(tmp_path):
    store = FileStore(tmp_path)
    store.append(ALICE, "s", [entry("a")])
    store.erase(ALICE)
    for name in ("tapes", "0123456789abcdef" * 2):
        (tmp_path / "erased" / name).mkdir()
        (tmp_path / "erased" / name / "one").touch()
    FileStore(tmp_path)
    assert [path.name for path in (tmp_path / "erased").rglob("*")] == ["tapes", "one"]
