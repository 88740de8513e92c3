"""Names are text of 1 to 512 bytes."""

import pytest

from recollect import Invalid
from recollect.codec.plain import NAME_BYTES, check_name


@pytest.mark.parametrize("name", ["a", " ", "\x00", "..", "\u00e9" * 256, "x" * NAME_BYTES, "\U0010ffff" * 128])
def test_text_of_up_to_512_bytes_is_a_name(name: str) -> None:
    assert check_name(name, "the user") == name


@pytest.mark.parametrize("name", ["", None, 1, b"a", "\udfff", "x" * 513, "\u00e9" * 257, "\U0010ffff" * 129, "x" * 10_000_000])
def test_any_other_is_refused_by_what_it_names(name: object) -> None:
    with pytest.raises(Invalid, match=r"^the user .*; ") as caught:
        check_name(name, "the user")
    assert len(str(caught.value)) < 200


def test_an_empty_name_is_taken_where_that_is_allowed() -> None:
    assert check_name("", "the tenant", empty=True) == ""


def test_text_of_another_type_becomes_plain_text() -> None:
    class Word(str):
        __slots__ = ()

    assert type(check_name(Word("a"), "the user")) is str
