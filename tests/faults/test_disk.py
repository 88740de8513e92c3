"""The simulated disk: what may be found on it after a power cut."""

from random import Random

from .disk import ROOT, SECTOR, Disk, Event, Moved, Named, Sized, Synced, Unnamed, Wrote

OLD, NEW = b"o" * SECTOR, b"n" * SECTOR


def images(*events: Event) -> list[dict[str, bytes | None]]:
    """Return the different images that 300 power cuts leave behind."""
    disk = Disk()
    for event in events:
        disk.apply(event)
    found = []
    for seed in range(300):
        image = disk.image(Random(seed))
        if image not in found:
            found.append(image)
    return found


def test_what_was_synced_with_its_name_always_survives():
    events = (Named(ROOT, "a", 1), Wrote(1, 0, OLD), Synced(1), Synced(ROOT))
    assert images(*events) == [{"a": OLD}]


def test_a_name_without_a_sync_of_its_folder_may_be_gone():
    found = images(Named(ROOT, "a", 1), Wrote(1, 0, OLD), Synced(1))
    assert sorted(found, key=len) == [{}, {"a": OLD}]


def test_an_unsynced_write_may_be_there_in_any_of_its_sectors():
    found = [image["a"] for image in images(Named(ROOT, "a", 1), Wrote(1, 0, OLD * 2), Synced(1), Synced(ROOT), Wrote(1, 0, NEW * 2))]
    assert sorted(found) == sorted([OLD * 2, OLD + NEW, NEW + OLD, NEW * 2])


def test_writes_may_arrive_in_another_order():
    events = (Named(ROOT, "a", 1), Wrote(1, 0, OLD * 2), Synced(1), Synced(ROOT), Wrote(1, 0, NEW), Wrote(1, SECTOR, NEW))
    assert {"a": OLD + NEW} in images(*events)


def test_a_file_may_have_grown_without_its_bytes():
    found = [image["a"] for image in images(Named(ROOT, "a", 1), Synced(ROOT), Wrote(1, 0, NEW))]
    assert b"" in found
    assert NEW in found
    assert bytes(SECTOR) in found
    assert any(content not in {b"", NEW, bytes(SECTOR)} for content in found)


def test_bytes_outside_a_write_stay_as_they_are():
    for image in images(Named(ROOT, "a", 1), Wrote(1, 0, OLD), Synced(1), Synced(ROOT), Wrote(1, 100, b"x" * 10)):
        content = image["a"]
        assert content is not None
        assert content[:100] + content[110:] == OLD[:-10]


def test_a_cut_off_end_may_be_back():
    events = (Named(ROOT, "a", 1), Wrote(1, 0, OLD), Synced(1), Synced(ROOT), Sized(1, 5))
    assert sorted(map(str, images(*events))) == sorted(map(str, [{"a": OLD}, {"a": OLD[:5]}]))


def test_a_rename_leaves_the_old_or_the_new_under_the_name():
    events = (
        Named(ROOT, "a", 1),
        Wrote(1, 0, OLD),
        Synced(1),
        Named(ROOT, "b", 2),
        Wrote(2, 0, NEW),
        Synced(2),
        Synced(ROOT),
        Moved(ROOT, "b", ROOT, "a"),
    )
    assert sorted(map(str, images(*events))) == sorted(map(str, [{"a": OLD, "b": NEW}, {"a": NEW}]))


def test_a_deleted_name_may_be_back_until_its_folder_is_synced():
    events = (Named(ROOT, "a", 1), Wrote(1, 0, OLD), Synced(1), Synced(ROOT), Unnamed(ROOT, "a"))
    assert sorted(images(*events), key=len) == [{}, {"a": OLD}]
    assert images(*events, Synced(ROOT)) == [{}]


def test_a_file_is_gone_with_the_folder_that_it_is_in():
    events = (Named(ROOT, "d", 9, contains=True), Named(9, "a", 1), Wrote(1, 0, OLD), Synced(1), Synced(9))
    assert sorted(images(*events), key=len) == [{}, {"d": None, "d/a": OLD}]


def test_a_folder_takes_its_files_along_when_it_is_renamed():
    events = (Named(ROOT, "d", 9, contains=True), Named(9, "a", 1), Wrote(1, 0, OLD), Synced(1), Synced(9), Synced(ROOT))
    assert images(*events, Moved(ROOT, "d", ROOT, "e"), Synced(ROOT)) == [{"e": None, "e/a": OLD}]
