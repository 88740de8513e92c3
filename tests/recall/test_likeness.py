"""What likeness by vectors brings a message: its own, that of what stands around, and less where messages are long."""

import pytest

from recollect.recall.passage import Filters, Passage
from recollect.recall.question import unnamed
from recollect.recall.weights import DEFAULT

from .talks import START, index, talk


class Table:
    """Likeness by a table."""

    def __init__(self, likes, typical=0.0):
        self.likes = likes
        self.typical = typical

    def nearest(self, count):
        return sorted(self.likes, key=self.likes.get, reverse=True)[:count]

    def similarities(self, positions):
        return [self.likes.get(position) for position in positions]


def shares(made, query, dense):
    return {hit.position: hit.why.get("dense", 0.0) for hit in made.search(query, 20, dense=dense)}


def test_the_average_message_counts_nothing_and_the_most_alike_all():
    made = index(*(one for at in range(1, 4) for one in talk("apples", session=f"s{at}", first=at)))
    found = shares(made, "fruit", Table({1: 0.9, 2: 0.2, 3: 0.1}, typical=0.2))
    assert found == {1: DEFAULT.dense, 2: 0.0, 3: 0.0}


def test_messages_beside_a_like_one_are_somewhat_alike():
    made = index(*talk("well", "which place", "apples", "fine", "good", "six words of nothing at all"))
    found = shares(made, "fruit", Table({1: 0.2, 2: 0.2, 3: 0.9, 4: 0.2, 5: 0.2, 6: 0.2}, typical=0.2))
    own, near, far = DEFAULT.dense, 0.3 * DEFAULT.dense, 0.1 * DEFAULT.dense
    assert found == {place: pytest.approx(share) for place, share in {1: far, 2: near, 3: own, 4: near, 5: far, 6: 0.0}.items()}


def test_nothing_alike_brings_nothing():
    made = index(*talk("apples", "pears"))
    assert set(shares(made, "fruit", Table({1: 0.1, 2: 0.1}, typical=0.5)).values()) == {0.0}


def test_words_count_less_beside_a_vector_and_in_full_without():
    made = index(*talk("red apples", session="a"), *talk("red plums", session="b", first=2))
    why = {hit.position: hit.why["words"] for hit in made.search("red", dense=Table({1: 0.5}))}
    assert why[1] == pytest.approx(DEFAULT.beside * why[2])


def test_what_is_alike_is_found_in_a_session_that_has_little_of_it():
    made = index(*(one for at in range(1, 400) for one in talk("nothing", session="most", first=at)), *talk("pears", session="one", first=400))
    likes = Table(dict.fromkeys(range(1, 400), 0.9) | {400: 0.5})
    assert [hit.position for hit in made.search("fruit", 1, Filters(sessions=frozenset({"one"})), dense=likes)] == [400]


def test_names_of_speakers_stay_out_of_what_is_embedded():
    made = index(*talk("Hello", "Hi", speakers=("Ann Lee", "Bob")))
    assert made.unnamed("When did Ann's sister meet Bob?") == "When did sister meet"
    assert made.unnamed("Ann Lee, Bob") == "Ann Lee, Bob"
    assert unnamed("When did Ann meet Bob?", {}) == "When did Ann meet Bob?"


def test_prompts_that_are_most_alike_hide_no_message():
    made = index(*(Passage(str(number), number, "system", START, "You sell green tea.") for number in range(1, 400)))
    made.add([Passage("said", 400, "user", START, "I like tea")])
    likes = Table({number: 1 - number / 1000 for number in range(1, 401)})
    assert [hit.position for hit in made.search("oolong", 1, Filters(prompts=False), dense=likes)] == [400]
