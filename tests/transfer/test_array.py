"""The items of a JSON list, however it is cut into pieces."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect import Invalid
from recollect.transfer import Refusal, array
from recollect.transfer.source import Source

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(['"', "\\", '\\"', "[", "]", "{", "}", ",", "é"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    path = tmp_path_factory.mktemp("array") / "list.json"

    def items(raw, chunk=1 << 16):
        path.write_bytes(raw)
        with pytest.MonkeyPatch.context() as patch, Source(path, None, "") as source:
            patch.setattr(array, "CHUNK", chunk)
            return list(array.items(source))

    return items


@given(st.lists(VALUES, max_size=6), st.sampled_from([None, 1]), st.booleans(), st.integers(1, 40))
def test_any_list_gives_its_items_whatever_the_size_of_the_pieces(read, values, indent, ascii, chunk):
    raw = json.dumps(values, indent=indent, ensure_ascii=ascii).encode()
    assert [json.loads(item) for _, item in read(raw, chunk)] == values
    assert [number for number, _ in read(raw, chunk)] == [*range(1, len(values) + 1)]


@given(st.lists(VALUES, min_size=1, max_size=4), st.integers(1, 40), st.data())
def test_a_list_cut_anywhere_gives_the_items_before_the_cut_and_says_that_it_was_cut(read, values, chunk, data):
    raw = json.dumps(values).encode()
    *found, last = read(raw[: data.draw(st.integers(1, len(raw) - 1))], chunk)
    assert [json.loads(item) for _, item in found] == values[: len(found)]
    assert last == Refusal(len(found) + 1, "the file ends within the list: its end is missing")


def test_a_broken_item_does_not_hide_the_next_one(read):
    assert read(b'[1, {"a": tru}, , "x"]') == [(1, b"1"), (2, b'{"a": tru}'), (3, b""), (4, b'"x"')]


def test_what_stands_behind_the_list_is_told(read):
    assert read(b"[1] \n") == [(1, b"1")]
    assert read(b"[1][2]") == [(1, b"1"), Refusal(2, "there is more behind the end of the list, which was not read")]


def test_a_list_behind_a_byte_order_mark_is_read(read):
    assert read(b"\xef\xbb\xbf [1]") == [(1, b"1")]


@pytest.mark.parametrize("raw", [b"", b" ", b"{}", b"x"])
def test_what_is_no_list_is_refused(read, raw):
    with pytest.raises(Invalid, match="holds no JSON list"):
        read(raw)


def test_a_longer_item_than_can_be_held_ends_the_reading_and_is_told(read, monkeypatch):
    monkeypatch.setattr(array, "LONGEST", 1000)
    found = read(b'["a", "' + b"x" * 5000 + b'", "b"]', 64)
    assert found == [(1, b'"a"'), Refusal(2, "the item takes more than 0 MiB; it and what follows were not read")]


def test_nesting_of_any_depth_is_passed_over(read):
    deep = b"[" * 200_000 + b"]" * 200_000
    assert read(b"[" + deep + b",1]") == [(1, deep), (2, b"1")]
