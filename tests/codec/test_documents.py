"""JSON values and bytes come back exactly as they were, or are refused."""

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec.test_messages import JSON, UNKEEPABLE, exact
from recollect import Damaged, Invalid, NewerFormat
from recollect.codec.documents import decode_bytes, decode_value, encode_bytes, encode_value


@given(JSON)
def test_a_value_comes_back_exactly(value: object) -> None:
    body = encode_value(value, "c: 'k'")
    assert exact(decode_value(body, "c: 'k'")) == exact(value)
    assert decode_bytes(body) is None


@given(st.binary())
def test_bytes_come_back_exactly(value: bytes) -> None:
    assert decode_bytes(encode_bytes(value)) == value


@pytest.mark.parametrize("kind", UNKEEPABLE)
def test_what_json_cannot_hold_is_refused_by_its_place(kind: str) -> None:
    with pytest.raises(Invalid, match=r"^c: 'k'"):
        encode_value(UNKEEPABLE[kind], "c: 'k'")


def test_the_error_names_the_place_within_the_value() -> None:
    with pytest.raises(Invalid, match=r"^c: 'k'.a\[1\].b is nan"):
        encode_value({"a": [1, {"b": nan}]}, "c: 'k'")


@pytest.mark.parametrize("body", [b"{}", b"\x02{}", b"\x00"])
def test_a_body_of_an_unknown_version_is_refused(body: bytes) -> None:
    assert decode_bytes(body) is None
    with pytest.raises(NewerFormat, match=r"^c: 'k'.*upgrade"):
        decode_value(body, "c: 'k'")


@pytest.mark.parametrize("body", [b"", b" ", b" {", b' "\xff"', b" 1 2", b" nan"])
def test_a_damaged_body_is_refused(body: bytes) -> None:
    with pytest.raises(Damaged, match=r"^c: 'k'.*backup"):
        decode_value(body, "c: 'k'")
