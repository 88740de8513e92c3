"""Power cuts lose nothing that was acknowledged, and the simulation would notice if they did."""

from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from recollect import Damaged, StoreError

from .accounts import Book, Lost, Step
from .powercuts import Care, cut, record, run
from .stores import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_three_hundred_seeds_of_power_cuts_lose_nothing(kind):
    counts = run(range(300), kind)
    assert counts["cuts"] == 600
    assert 0 < counts["under way, happened"] < counts["under way"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_disk_that_takes_no_notice_of_syncs_loses_acknowledged_messages(kind):
    assert faults("deaf", kind)[Lost]


def test_sqlite_without_syncs_loses_messages_and_damages_its_file():
    found = faults("off", "sqlite")
    assert found[Lost]
    assert found[Damaged]


def test_sqlite_with_synchronous_normal_loses_messages_but_never_damages_its_file():
    found = faults("normal", "sqlite")
    assert found[Lost]
    assert set(found) == {Lost}


@pytest.mark.parametrize("kind", KINDS)
def test_a_recording_holds_all_that_reached_the_disk(kind, tmp_path):
    for seed in range(10):
        folder = tmp_path / str(seed)
        folder.mkdir()
        disk, events = record(kind, folder, Book(), Random(seed), "full")
        for event in events:
            if not isinstance(event, Step):
                disk.apply(event)
        disk.sync()
        image = disk.image(Random(0))
        there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
        assert image == {name: path.read_bytes() if path.is_file() else None for name, path in there.items()}


def faults(care: Care, kind: str) -> Counter[type]:
    """Return which errors 40 seeds end with."""
    found: Counter[type] = Counter()
    for seed in range(40):
        with TemporaryDirectory() as folder:
            try:
                cut(seed, kind, Path(folder), Counter(), care)
            except (StoreError, AssertionError) as error:
                found[type(error)] += 1
    return found
