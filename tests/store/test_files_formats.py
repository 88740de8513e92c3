"""Logs of earlier formats are read, and become present ones when they are written anew."""

import json
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from recollect.store.files import FileStore
from recollect.store.files.lines import FORMAT
from recollect.testing import ALICE, entry
from store import old_file

OLD = sorted((Path(__file__).parent / "data").glob("files-v*"))
"""A folder of each format."""


def formats(root: Path) -> set[int]:
    return {json.loads(log.read_bytes().split(b"\n", 1)[0])[1]["format"] for log in root.glob("*/log.jsonl")}


def copied(old: Path, folder: Path) -> Path:
    return Path(shutil.copytree(old, folder / old.name))


def test_there_is_a_folder_of_each_format() -> None:
    assert {old.name: formats(old) for old in OLD} == {f"files-v{number}": {number} for number in range(1, FORMAT + 1)}


@pytest.mark.parametrize("old", OLD, ids=lambda path: path.name)
def test_a_folder_of_an_earlier_format_reads_as_it_was_written(tmp_path: Path, old: Path) -> None:
    url = f"file:///{copied(old, tmp_path)}"
    old_file.check(url)
    if old != OLD[0]:
        old_file.check_rewritten(url)


@pytest.mark.parametrize("old", OLD, ids=lambda path: path.name)
def test_a_folder_of_an_earlier_format_is_written_on_and_rewritten(tmp_path: Path, old: Path) -> None:
    root = copied(old, tmp_path)
    store = FileStore(root)
    saved = store.saved(old_file.OWNER, "index")
    assert saved is not None
    assert saved.parts == old_file.DERIVED
    store.append(ALICE, "order/1", [entry("new")])
    found = store.entries(ALICE, "order/1")
    assert [item.edition for item in found] == [0] * (len(old_file.MESSAGES) + 1)
    assert store.rewrite(ALICE, "order/1", [replace(found[0], body=b" {}")], edition=0) > found[-1].position
    store.close()
    again = FileStore(root)
    assert [item.edition for item in again.entries(ALICE, "order/1")] == [1] * len(found)
    assert formats(root) == {int(old.name[-1]), FORMAT}
    again.close()


def test_the_present_format_writes_what_it_would_have_read(tmp_path: Path) -> None:
    url = f"file:///{tmp_path}/ledgers"
    old_file.write(url)
    old_file.check(url)
    old_file.check_rewritten(url)
