"""Long texts are taken apart between sentences, short ones are not, and nothing is lost but what is very long."""

from hypothesis import given
from hypothesis import strategies as st

from recollect.recall.pieces import LONG, MOST, pieces


def test_a_short_text_is_one_piece_and_an_empty_one_none():
    assert pieces(" One. Two. ") == ["One. Two."]
    assert pieces(" \n ") == []


def test_a_long_text_is_parted_between_sentences():
    sentence = "This is a sentence of about fifty characters, you see."
    found = pieces(" ".join([sentence] * 30))
    assert len(found) == 4
    assert all(piece.endswith("you see.") and piece.startswith("This is") for piece in found)


@given(st.text(max_size=3 * LONG))
def test_no_piece_is_empty_or_too_long_and_no_word_is_lost(text):
    found = pieces(text)
    assert all(0 < len(piece) <= LONG for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_a_very_long_text_is_read_to_some_point():
    assert len(pieces("x" * 100_000)) == MOST
    assert len(pieces("Yes. " * 100_000)) == MOST
