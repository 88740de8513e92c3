"""Power cuts lose nothing that was acknowledged, and the simulation would notice if they did."""

import sys
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import apsw
import pytest

from recollect import Damaged, Erased, Memory, Message, StoreError

from .accounts import Book, Lost, Step
from .disk import spread
from .powercuts import Care, cut, options_of, record, recorder_of, run
from .stores import KINDS, open_kind


@pytest.mark.parametrize("kind", KINDS)
def test_three_hundred_seeds_of_power_cuts_lose_nothing(kind):
    counts = run(range(300), kind)
    assert counts["cuts"] == 600
    assert 0 < counts["under way, happened"] < counts["under way"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("care", ["deaf", "nameless"])
def test_a_disk_that_takes_no_notice_of_syncs_or_of_those_of_folders_loses_acknowledged_messages(kind, care):
    assert faults(care, kind)[Lost]


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
        there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.name.endswith("-shm")}  # memory, not disk
        assert image == {name: path.read_bytes() if path.is_file() else None for name, path in there.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_repeated_append_is_durable_at_whichever_change_of_the_disk_the_first_try_was_killed(kind, tmp_path):
    """What the killed process wrote and did not sync is found by the next one, which must not acknowledge it as it is."""
    second, folders = Message("user", "two", "2"), iter(range(10_000))
    for breath in range(40):
        folder = tmp_path / str(breath)
        folder.mkdir()
        with recorder_of(kind, folder) as recorder:
            first = open_kind(kind, folder, **options_of(recorder))
            Memory(first).session("s", user="u").append(Message("user", "one", "1"))
            recorder.breath = breath
            with suppress(StoreError):
                Memory(first).session("s", user="u").append(second)
            with suppress(StoreError, apsw.Error):
                first.close()
            recorder.breath = sys.maxsize
            again = open_kind(kind, folder, **options_of(recorder))
            Memory(again).session("s", user="u").append(second)
            events = [*recorder.events]
            again.close()
        for event in events:
            recorder.disk.apply(event)
        for seed in range(8):
            after = tmp_path / f"after-{next(folders)}"
            after.mkdir()
            spread(recorder.disk.image(Random(seed)), after)
            with closing(open_kind(kind, after)) as store:
                assert [message.id for message in Memory(store).session("s", user="u").messages()] == ["1", "2"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_erased_user_stays_erased_and_no_position_is_used_again(kind, tmp_path):
    folder = tmp_path / "before"
    folder.mkdir()
    with recorder_of(kind, folder) as recorder, closing(open_kind(kind, folder, **options_of(recorder))) as store:
        last = Memory(store).session("s", user="u").append(*(Message("user", "text") for _ in range(5)))
        assert Memory(store).user("u").erase()
        events = [*recorder.events]
    for event in events:
        recorder.disk.apply(event)
    for seed in range(30):
        after = tmp_path / str(seed)
        after.mkdir()
        spread(recorder.disk.image(Random(seed)), after)
        with closing(open_kind(kind, after)) as store:
            session = Memory(store).session("s", user="u")
            assert session.messages() == []
            with pytest.raises(Erased):
                session.append(user="new")
            assert Memory(store).user("u").readmit()
            assert session.append(user="new") > last


def faults(care: Care, kind: str) -> Counter[type]:
    """Return which errors 40 seeds end with."""
    found: Counter[type] = Counter()
    for seed in range(40):
        with TemporaryDirectory() as folder:
            try:
                cut(seed, kind, Path(folder), Counter(), care)
            except Exception as error:  # noqa: BLE001  # whatever a reader may make of damage
                found[type(error)] += 1
    return found
