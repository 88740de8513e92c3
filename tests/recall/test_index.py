import apsw
import pytest

from recollect.errors import Damaged
from recollect.recall import tables
from recollect.recall.dates import DAY
from recollect.recall.index import Index
from recollect.recall.passage import Filters, Passage

from .talks import START, found, index, talk


def some():
    return index(
        *talk("My dog is called Rufus", "A lovely name", "He likes the beach", session="pets"), *talk("Flights to Oslo", session="trip", first=4)
    )


def test_a_message_is_found_by_its_words():
    (best, *_) = some().search("what is the dog's name?")
    assert (best.position, best.session) == (1, "pets")


def test_the_shares_of_a_hit_add_up_to_its_score():
    hits = some().search("my dog at the beach on 15 May 2023")
    assert hits
    for hit in hits:
        assert sum(hit.why.values()) == pytest.approx(hit.score)
        assert all(hit.why.values())


def test_there_are_at_most_as_many_hits_as_asked_for():
    assert len(some().search("dog beach oslo", 1)) == 1
    assert some().search("dog", 0) == []


def test_nothing_is_found_where_nothing_is():
    assert Index().search("dog") == []
    assert some().search("zebra") == []


def test_a_removed_message_is_not_found_and_leaves_no_word_behind():
    made = index(*talk("the password is xyzzyplugh", "thank you"))
    made.remove([1, 99])
    assert found(made, "password xyzzyplugh") == []
    assert len(made) == 1
    assert b"xyzzyplugh" not in made.dump()


def test_a_removed_session_is_not_found_and_leaves_no_word_behind():
    made = some()
    made.remove_session("pets")
    made.remove_session("never was")
    assert found(made, "dog beach") == []
    assert found(made, "oslo") == [4]
    assert b"rufu" not in made.dump()


def test_a_session_may_begin_anew():
    made = some()
    made.remove_session("pets")
    made.add(talk("A cat named Tom", session="pets", first=9))
    assert [(hit.position, hit.session) for hit in made.search("cat")] == [(9, "pets")]


def test_a_message_that_comes_again_replaces_the_one_that_was_there():
    made = index(*talk("I live in Rome", "Nice", "Yes"))
    made.add(talk("I live in [redacted]"))
    assert len(made) == 3
    assert found(made, "Rome") == []
    assert found(made, "live")[0] == 1


def test_a_batch_is_taken_in_whole_or_not_at_all():
    made = index(*talk("one"))
    with pytest.raises(AttributeError):
        made.add([*talk("two", first=2), None])
    assert (len(made), made.through) == (1, 1)
    assert found(made, "two") == []
    made.add(talk("two", first=2, speakers=("Ann", "Bob")))
    assert found(made, "two")[0] == 2


def test_it_remembers_how_far_the_ledger_has_been_read():
    made = index(*talk("one", "two"))
    assert made.through == 2
    made.add([], through=7)
    assert made.through == 7
    assert Index.load(made.dump()).through == 7


def test_a_loaded_index_answers_as_the_one_that_was_saved():
    made = index(*talk("My dog Rufus", "Good boy", "He swims", speakers=("Ann", "Bob")), *talk("Oslo", session="trip", first=4))
    copy = Index.load(made.dump())
    for query in ("dog", "What does Ann say of Rufus?", "oslo trip"):
        assert copy.search(query) == made.search(query)
    assert len(copy) == 4
    copy.add(talk("A parrot", session="trip", first=5, speakers=("Cleo", None)))
    assert found(copy, "parrot")[0] == 5


@pytest.mark.parametrize("data", [b"", b"nonsense", b"SQLite format 3\0" + bytes(4096)])
def test_bytes_that_are_no_index_are_told(data):
    with pytest.raises(Damaged, match="build it again"):
        Index.load(data)


def test_an_index_without_its_tables_is_told():
    made = apsw.Connection(":memory:")
    made.pragma("application_id", tables.APPLICATION)
    made.pragma("user_version", tables.FORMAT)
    made.execute("CREATE TABLE other (x)")
    with pytest.raises(Damaged, match="build it again"):
        Index.load(made.serialize("main"))
    made.close()


def test_an_index_of_another_version_is_told(monkeypatch):
    data = some().dump()
    monkeypatch.setattr("recollect.recall.index.FORMAT", tables.FORMAT + 1)
    with pytest.raises(Damaged, match="this version"):
        Index.load(data)


def test_it_tells_its_size():
    made = some()
    before = made.size
    made.add(talk(*(f"word{number} and word{number + 1}" for number in range(2000)), session="long", first=10))
    assert before < made.size < 1_000_000
    made.close()


def test_filters_say_what_may_be_found():
    made = some()
    everything = "dog name beach oslo"
    assert set(found(made, everything)) == {1, 2, 3, 4}
    assert set(found(made, everything, filters=Filters(sessions=frozenset({"trip", "none"})))) == {4}
    assert set(found(made, everything, filters=Filters(roles=frozenset({"assistant"})))) == {2}
    assert set(found(made, everything, filters=Filters(since=START + 1))) == {2, 3}
    assert set(found(made, everything, filters=Filters(until=START + 1))) == {1, 4}
    assert set(found(made, everything, filters=Filters(before=3))) == {1, 2}
    assert found(made, everything, filters=Filters(sessions=frozenset())) == []
    assert found(made, everything, filters=Filters(roles=frozenset({"nobody"}))) == []


def test_what_passes_a_filter_is_found_among_many_that_do_not():
    made = index(*talk(*["the red ball"] * 2000), Passage("other", 3000, "tool", START, "a ball"))
    assert found(made, "red ball", filters=Filters(roles=frozenset({"tool"}))) == [3000]
    assert found(made, "red ball", filters=Filters(sessions=frozenset({"other"}))) == [3000]


def test_a_session_longer_than_a_block_goes_on_in_another(monkeypatch):
    monkeypatch.setattr("recollect.recall.indexing.TURNS", 4)
    monkeypatch.setattr("recollect.recall.rank.TURNS", 4)
    made = index(*talk("one", "two", "three", "four", "five"))
    assert [(hit.position, hit.session) for hit in made.search("five", 1)] == [(5, "s")]
    made.remove_session("s")
    assert len(made) == 0


def test_a_turn_of_another_session_is_no_neighbour():
    made = index(*talk("Shall we go to the opera?", session="a"), *talk("Yes, gladly", session="b", first=2))
    assert 2 not in found(made, "opera")


def test_a_message_s_neighbours_are_those_of_its_session():
    made = index(*talk("a", "b", "c"), *talk("x", "y", session="t", first=4), *talk("d", session="s", first=6))
    assert made.neighbours(2, 1) == ([1], [3])
    assert made.neighbours(3, 5) == ([1, 2], [6])
    assert made.neighbours(4, 2) == ([], [5])
    made.remove([2])
    assert made.neighbours(3, 1) == ([1], [6])
    assert made.neighbours(99, 1) == ([], [])


def test_a_rare_role_is_found_behind_many_promising_messages_of_others():
    many = talk(*(f"tea tea number {number}" for number in range(1500)), roles=("user", "assistant"))
    made = index(*many, *talk("a note on tea, and on other things that are not so near", session="t", first=2001, roles=("tool", "tool")))
    assert found(made, "tea", 3, Filters(roles=frozenset({"tool"}))) == [2001]
    assert found(made, "tea", 3, Filters(since=START + 1499 * DAY)) == [1500]


def test_prompts_of_many_sessions_hide_no_message_even_where_they_are_what_is_most_alike():
    made = index(*(Passage(str(number), number, "system", START, "You sell green tea.") for number in range(1, 500)))
    made.add([Passage("said", 500, "user", START, "I like tea")])
    made.remove_session("2")
    for one in (made, Index.load(made.dump())):
        assert found(one, "green tea", 3, Filters(prompts=False)) == [500]
        assert len(found(one, "green tea", 3)) == 3
