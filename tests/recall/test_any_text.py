import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recollect.recall.index import Index
from recollect.recall.passage import Passage

from .talks import START, found, index, talk

MADE = index(*talk('Ann\'s "quoted" dog, AND a cat* NOT (mouse) NEAR/3 col:umn', "日本語 и русский", "🍕 ok", speakers=("Ann", 'B"ob')))

NASTY = [
    "",
    " ",
    '"',
    "'; DROP TABLE passage; --",
    "dog AND",
    "NOT",
    "(((",
    "dog*",
    "* - + ^ :",
    "terms: dog",
    "{terms word}: dog",
    "NEAR(dog cat, 2)",
    "^dog",
    "\x00dog\x00",
    "\ud800 dog",
    "dog\u2028cat",
    "?" * 1000,
    "🍕🍕🍕",
    "\N{ZERO WIDTH JOINER}" * 20,
    "dog " * 25_000,
    "x" * 100_000,
    " ".join(f"w{number}" for number in range(15_000)),
    "\u0300" * 5000,
    "%s %d {0} \\",
]


@pytest.mark.parametrize("query", NASTY, ids=range(len(NASTY)))
def test_a_query_is_data(query):
    assert len(MADE.search(query)) <= 3


def test_operators_are_no_operators():
    assert found(MADE, "mouse NOT dog")[0] == 1
    assert found(MADE, "dog AND elephant")[0] == 1
    made = index(*talk("catalogue", session="a"), *talk("cat", session="b", first=2))
    assert found(made, "cat*") == [2]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_query_is_answered(query):
    for hit in MADE.search(query):
        assert hit.position in {1, 2, 3}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=6), st.text(max_size=20))
def test_any_text_is_taken_in_saved_found_and_forgotten(texts, name):
    made = Index()
    made.add(Passage(name, place, "user", START, text, name) for place, text in enumerate(texts, 1))
    copy = Index.load(made.dump())
    for text in texts:
        assert copy.search(text) == made.search(text)
        if any(sign.isalpha() and sign not in "amtsdiI" for sign in text[:60]):
            made.search(text)
    made.remove(range(1, len(texts) + 1))
    assert len(made) == 0
    assert all(made.search(text) == [] for text in texts)
    made.close()
    copy.close()


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=2, max_size=30))
def test_a_message_is_found_by_its_own_text(text):
    made = index(*talk("something else", session="a"), *talk(f"qzxv {text}", session="b", first=2))
    assert found(made, f"qzxv {text}")[0] == 2
