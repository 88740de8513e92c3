"""Logs that end, or break, where they should not."""

import logging
from zlib import crc32

import pytest

from recollect.errors import Damaged, NewerFormat
from recollect.model import Document
from recollect.store.files import FileStore
from recollect.store.files.lines import write_header

from .logs import ALICE, BOB, entries, everything, ids, log_of, objects


@pytest.fixture
def root(tmp_path):
    return tmp_path / "files"


def test_a_batch_that_was_cut_off_at_any_byte_is_dropped_and_reported(root, caplog):
    with caplog.at_level(logging.WARNING, "recollect"):
        store = FileStore(root)
        store.append(ALICE, "s", entries("a"))
        path = log_of(root)
        before = path.read_bytes()
        store.append(ALICE, "s", entries("b", "é", "d"))
        store.close()
        whole = path.read_bytes()
        for end in range(len(before) + 1, len(whole)):
            path.write_bytes(whole[:end])
            caplog.clear()
            store = FileStore(root)
            assert ids(store.entries(ALICE, "s")) == ["a"]
            assert store.repairs == []
            assert path.read_bytes() == whole[:end], "a reader changed the file"
            assert store.append(ALICE, "s", entries("e"), expect=1) == 2
            assert ids(store.entries(ALICE, "s")) == ["a", "e"]
            assert len(store.repairs) == 1
            assert str(path) in store.repairs[0]
            assert f"dropped {end - len(before)} bytes after byte {len(before)}" in store.repairs[0]
            assert [record.message for record in caplog.records] == store.repairs
            store.close()
            assert [value["id"] for value in objects(path) if value["type"] == "entry"] == ["a", "e"]


@pytest.mark.parametrize("junk", [b"\0" * 5000, b"\n\n\n", b'["00000000",{}]\n', b"\xff" * 99 + b"\n" + b"\0" * 7, b'["'])
def test_junk_behind_the_last_batch_is_dropped(root, junk):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    log_of(root).write_bytes(log_of(root).read_bytes() + junk)
    assert ids(store.entries(ALICE, "s")) == ["a"]
    store.append(ALICE, "s", entries("b"))
    assert ids(FileStore(root).entries(ALICE, "s")) == ["a", "b"]
    assert len(store.repairs) == 1


@pytest.mark.parametrize("lost", range(4))
def test_a_batch_whose_lines_reached_the_disk_in_part_is_a_torn_end(root, lost):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    before = log_of(root).stat().st_size
    store.append(ALICE, "s", entries("b", "c", "d", "e"))
    store.close()
    whole = log_of(root).read_bytes()
    lines = whole[before:].splitlines(keepends=True)
    lines[lost] = b"\0" * len(lines[lost])
    log_of(root).write_bytes(whole[:before] + b"".join(lines))
    store = FileStore(root)
    store.append(ALICE, "s", entries("f"))
    assert ids(store.entries(ALICE, "s")) == ["a", "f"]
    assert len(store.repairs) == 1


@pytest.mark.parametrize("number", [2, 3, 4, 5])
@pytest.mark.parametrize("harm", ["bit", "zeros"])
def test_damage_before_a_whole_batch_is_an_error_that_names_the_place(root, number, harm):
    path, lines = _six_lines(root)
    offset = sum(map(len, lines[: number - 1]))
    bad = lines[number - 1]
    lines[number - 1] = bad[:40] + bytes([bad[40] ^ 1]) + bad[41:] if harm == "bit" else b"\0" * len(bad)
    path.write_bytes(b"".join(lines))
    _check_damage(root, path, f"log\\.jsonl, line {number}, byte {offset}:")


@pytest.mark.parametrize("number", [4, 5])
def test_a_line_that_is_missing_in_a_batch_is_damage(root, number):
    path, lines = _six_lines(root)
    del lines[number - 1]
    path.write_bytes(b"".join(lines))
    _check_damage(root, path, r"log\.jsonl, line 4, byte \d+:")


def _six_lines(root):
    """Write a log of a header, an entry, its session, a batch of two and one more entry."""
    store = FileStore(root)
    for batch in (["a"], ["b", "c"], ["d"]):
        store.append(ALICE, "s", entries(*batch))
    store.close()
    lines = log_of(root).read_bytes().splitlines(keepends=True)
    assert len(lines) == 6
    return log_of(root), lines


def _check_damage(root, path, place):
    harmed = path.read_bytes()
    store = FileStore(root)
    for _ in range(2):
        with pytest.raises(Damaged, match=place):
            store.entries(ALICE, "s")
        with pytest.raises(Damaged, match=place):
            store.append(ALICE, "s", entries("e"))
    assert path.read_bytes() == harmed
    assert store.repairs == []


def test_a_damaged_ledger_harms_no_other_and_can_be_erased(root):
    store = FileStore(root)
    for owner in (ALICE, BOB):
        for id in "abc":
            store.append(owner, "s", entries(id))
    path = log_of(root)
    content = path.read_bytes()
    place = content.index(b"body of b")
    path.write_bytes(content[:place] + b"B" + content[place + 1 :])
    again = FileStore(root)
    with pytest.raises(Damaged):
        again.session(ALICE, "s")
    assert ids(again.entries(BOB, "s")) == ["a", "b", "c"]
    assert again.erase(ALICE) is True
    assert again.append(ALICE, "s", entries("a")) == 5


def test_a_damaged_ledger_does_not_keep_others_from_expiring(root):
    now = 1000
    store = FileStore(root, clock=lambda: now)
    for owner in (ALICE, BOB):
        store.update_session(owner, "s", b" {}", ttl=10, expect=0)
        store.append(owner, "s", entries("a"))
    path, other = log_of(root), log_of(root, BOB)
    path.write_bytes(path.read_bytes().replace(b"{}", b"[]"))
    now = 2000
    store = FileStore(root, clock=lambda: now)
    with pytest.raises(Damaged, match="alice"):
        store.expire()
    assert b"body of a" not in other.read_bytes()


def test_an_entry_whose_bytes_changed_after_it_was_loaded_is_not_returned(root):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a", "b"))
    store.put(ALICE, [Document("c", "k", b"body of k")])
    path = log_of(root)
    for body in (b"body of a", b"body of k"):
        content = path.read_bytes()
        path.write_bytes(content.replace(body, body.upper()))
        with pytest.raises(Damaged, match=r"log\.jsonl, byte \d"):
            store.changes(ALICE, 0, 10)
        path.write_bytes(content)
    assert ids(store.entries(ALICE, "s")) == ["a", "b"]


def test_a_log_of_a_newer_format_is_refused(root):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    path = log_of(root)
    header, rest = path.read_bytes().split(b"\n", 1)
    body = header[12:-1].replace(b'"format":2', b'"format":3')
    path.write_bytes(b'["%08x",%b]\n' % (crc32(body), body) + rest)
    for call in (store.entries, store.clear_session):
        with pytest.raises(NewerFormat, match="format 3"):
            call(ALICE, "s")
    with pytest.raises(NewerFormat):
        store.erase(ALICE)


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b'["00000000",{"type":"ledger"}]\n'])
def test_a_log_without_a_header_is_damaged(root, content):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    log_of(root).write_bytes(content)
    with pytest.raises(Damaged, match="line 1, byte 0"):
        store.entries(ALICE, "s")


def test_a_header_that_is_none_though_its_checksum_is_right_is_damage_and_the_owner_can_be_erased(root):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a", "b"))
    path = log_of(root)
    _, rest = path.read_bytes().split(b"\n", 1)
    path.write_bytes(b'["%08x",{"format":1}]\n' % crc32(b'{"format":1}') + rest)
    with pytest.raises(Damaged, match="line 1, byte 0: the header cannot be read"):
        store.entries(ALICE, "s")
    assert store.erase(ALICE) is True
    assert store.append(ALICE, "s", entries("a")) == 4


def test_a_folder_without_a_log_is_no_owner(root):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    log_of(root).unlink()
    assert store.owners("", limit=10) == store.entries(ALICE, "s") == []
    assert store.erase(ALICE) is False
    assert store.append(ALICE, "s", entries("b")) == 1


def test_a_log_in_the_folder_of_another_owner_is_refused(root):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    store.append(BOB, "s", entries("b"))
    log_of(root, BOB).write_bytes(log_of(root).read_bytes())
    with pytest.raises(Damaged, match="alice"):
        store.entries(BOB, "s")
    with pytest.raises(Damaged, match="alice"):
        store.owners("", limit=10)


def test_a_line_of_another_program_is_refused_though_its_checksum_is_right(root):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    path = log_of(root)
    path.write_bytes(path.read_bytes() + write_header(ALICE, 0, "x"))
    with pytest.raises(Damaged, match="another program"):
        store.entries(ALICE, "s")


def test_a_position_that_does_not_rise_is_damage(root):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    path = log_of(root)
    path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(keepends=True)[1])
    with pytest.raises(Damaged, match="position"):
        FileStore(root).entries(ALICE, "s")


def test_a_damaged_watermark_is_refused(root):
    store = FileStore(root)
    store.append(ALICE, "s", entries("a"))
    store.erase(ALICE)
    mark = root / "watermark"
    mark.write_bytes(mark.read_bytes().replace(b"2", b"0"))
    with pytest.raises(Damaged, match="watermark"):
        store.append(ALICE, "s", entries("a"))
    assert store.owners("", limit=10) == []
    assert everything(store) == [[], [], [[], [], []], []]
