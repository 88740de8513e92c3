import re

import pytest

from .picture import PICTURE, draw


@pytest.fixture(scope="module")
def drawn():
    return draw()


def test_the_picture_in_the_documents_shows_what_the_demo_says(drawn):
    assert words(drawn) == words(PICTURE.read_text("utf-8")), "draw it anew: python -m tests.docs.picture"


def test_the_picture_is_small_and_asks_the_network_for_nothing(drawn):
    assert drawn.startswith("<svg")
    assert "font-face" not in drawn
    assert len(drawn) < 100_000


def words(picture):
    """Return the words of a picture, but for numbers, which tell processes and times."""
    return [re.sub(r"\d+", "0", text) for text in re.findall(r"<text [^>]*>([^<]*)</text>", picture)]
