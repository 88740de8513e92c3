"""Facts are found beside messages, each for itself; a fact that is written anew or removed leaves no trace."""

import pytest
from msgspec.structs import replace

from recollect.recall.index import Index
from recollect.recall.passage import FACT, Filters, Passage

from .talks import START, found, index, talk


def fact(key, position, text, created=START):
    return Passage("", position, FACT, created, text, key=key)


SAID = talk("My sister Ana lives in Lisbon", "How nice!", "She has a cat there")
KNOWN = (
    fact("a", 11, "user's sister Ana lives in Lisbon"),
    fact("b", 12, "user prefers green tea to coffee"),
    fact("c", 13, "user is afraid of dogs"),
)


def test_a_fact_is_found_by_its_words_with_its_key():
    hit = index(*SAID, *KNOWN).search("green tea")[0]
    assert (hit.position, hit.session, hit.key) == (12, "", "b")
    assert hit.score == pytest.approx(sum(hit.why.values()))
    assert hit.why["fact"] > 0


def test_a_fact_is_nobodys_neighbour():
    made = index(*SAID, *KNOWN)
    assert all("around" not in hit.why for hit in made.search("Ana, Lisbon, tea, dogs") if hit.key)
    assert found(made, "green tea") == [12]


def test_a_distilled_fact_stands_before_the_message_that_it_came_from():
    assert found(index(*SAID, *KNOWN), "Where does my sister Ana live?")[:2] == [11, 1]


def test_a_fact_that_is_written_anew_takes_the_place_of_the_older_one():
    made = index(*SAID, *KNOWN)
    made.add([fact("b", 14, "user prefers cocoa")])
    assert found(made, "green tea or cocoa") == [14]
    assert len(made) == 6


def test_a_removed_fact_is_gone_at_once_and_its_words_with_it():
    made = index(*SAID, *KNOWN)
    made.remove_facts(["b", "never there"])
    assert found(made, "green tea") == []
    assert b"green" not in made.dump()
    made.remove([13])
    assert found(made, "dogs") == []
    made.add([fact("c", 15, "user likes dogs")])
    assert found(made, "dogs") == [15]


def test_hidden_facts_are_not_found_and_take_no_places():
    made = index(*SAID, *(fact(str(number), number + 100, f"user likes tea number {number}") for number in range(300)))
    hidden = frozenset(map(str, range(299)))
    assert found(made, "tea", 5, Filters(hidden=hidden)) == [399]


def test_roles_tell_messages_from_facts():
    made = index(*SAID, *KNOWN)
    assert set(found(made, "Ana in Lisbon", 10, Filters(roles=frozenset({"user", "assistant"})))) <= {1, 2, 3}
    assert found(made, "Ana in Lisbon", 10, Filters(roles=frozenset({FACT}))) == [11]
    assert set(found(made, "Ana in Lisbon, green tea", 10, Filters(sessions=frozenset({"other"})))) == {11, 12}


def test_facts_are_saved_with_the_index():
    made = index(*SAID, *KNOWN)
    copy = Index.load(made.dump())
    copy.add([fact("b", 20, "user prefers cocoa")])
    assert found(copy, "tea or cocoa") == [20]


def test_more_facts_than_a_block_holds_are_kept_apart():
    made = index(*(fact(str(number), number + 1, f"word{number} shared") for number in range(1100)))
    assert found(made, "word1099", 3) == [1100]
    assert found(made, "word0", 3) == [1]
    assert len(Index.load(made.dump())) == 1100


def test_a_batch_that_fails_changes_no_fact():
    made = index(*SAID, *KNOWN)
    with pytest.raises(AttributeError):
        made.add([fact("b", 30, "user prefers cocoa"), None])
    assert found(made, "cocoa") == []
    made.add([fact("b", 30, "user prefers cocoa")])
    assert found(made, "tea or cocoa") == [30]


def test_messages_are_ranked_alike_whether_there_are_facts_or_not():
    plain, more = index(*SAID), index(*SAID, fact("z", 50, "zzz"))
    for query in ("my sister", "cat", "Lisbon"):
        assert found(plain, query) == found(more, query)


def test_a_fact_about_somebody_else_has_no_share_of_what_is_asked_about_oneself():
    made = index(fact("a", 1, "lives in Porto"), replace(fact("b", 2, "Ana lives in Lisbon"), others=True))
    mine, hers = made.search("Where do I live?")
    assert (mine.key, hers.key) == ("a", "b")
    assert ("speaker" in mine.why, "speaker" in hers.why) == (True, False)
    assert "speaker" in made.search("Where does my sister Ana live?")[0].why
    assert found(made, "Where does my sister Ana live?")[0] == 2
    copy = Index.load(made.dump())
    assert ["speaker" in hit.why for hit in copy.search("Where do I live?")] == [True, False]
