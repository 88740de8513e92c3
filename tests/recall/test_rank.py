from recollect.recall.dates import DAY
from recollect.recall.passage import Passage
from recollect.recall.weights import Weights

from .talks import START, found, index, talk

LONG = "The garden needs soil and water and seeds and light. " * 40


def best(made, query, **options):
    (hit, *_) = made.search(query, **options)
    return hit


def test_an_answer_without_the_word_is_found_behind_its_question():
    made = index(*talk("What is your favourite dish?", "Lasagne, the one of my grandmother"), *talk("Anything else", "No", session="b", first=3))
    hits = made.search("favourite dish")
    assert {hit.position for hit in hits} == {1, 2}
    assert next(hit for hit in hits if hit.position == 2).why["around"] > 0


def test_a_statement_stands_before_the_question():
    made = index(*talk("Do you like the sauna?", session="a"), *talk("I like the sauna", session="b", first=2))
    assert found(made, "sauna") == [2, 1]


def test_the_one_who_is_named_stands_first():
    made = index(*talk("Skiing is great", "Skiing is great", speakers=("Ann", "Bob")))
    assert found(made, "What does Bob say about skiing?")[0] == 2
    assert found(made, "What does Ann say about skiing?")[0] == 1
    assert "speaker" not in best(made, "What do Ann and Bob say about skiing?").why


def test_my_asks_for_the_users_own_words_and_you_told_me_for_the_assistants():
    made = index(*talk("The hotel in Rome is booked", "The hotel in Rome is booked"))
    assert found(made, "my hotel in Rome")[0] == 1
    assert found(made, "Which hotel in Rome did you recommend?")[0] == 2


def test_a_time_in_the_question_is_looked_for_from_now_on_back():
    made = index(*talk(*["We met for lunch"] * 30, roles=("user", "user")))
    assert found(made, "Where was lunch last week?", now=START + 14 * DAY)[0] in range(8, 15)
    assert found(made, "lunch on 20 May 2023")[0] == 6
    assert best(made, "lunch yesterday").position == 29


def test_a_time_alone_is_enough():
    made = index(*talk("Monday it rained", "Tuesday we swam", "Wednesday we slept"))
    assert found(made, "What was on 16 May 2023?")[0] == 2


def test_a_short_message_about_it_stands_before_a_long_one_that_mentions_it():
    made = index(*talk("I need stakes", session="a"), *talk(LONG + "Stakes.", session="b", first=2))
    assert found(made, "stakes")[0] == 1


def test_of_long_messages_the_one_that_is_about_it_stands_first():
    made = index(*talk(LONG + "And a kayak.", session="a"), *talk(LONG + "A kayak, a kayak, my kayak! " * 5, session="b", first=2))
    assert found(made, "kayak")[0] == 2


def test_of_equals_the_later_one_stands_first():
    made = index(*(Passage(f"s{day}", day, "user", START + day * DAY, "I moved to Bonn") for day in range(1, 6)))
    assert found(made, "moved to Bonn") == [5, 4, 3, 2, 1]


def test_the_session_with_all_the_words_comes_before_others():
    made = index(
        *talk("The boat trip was long", "Tell me more", "The captain sang", session="a"),
        *talk("The captain of our team", "Oh", "It was long", session="b", first=4),
    )
    assert found(made, "the captain of the boat")[0] in {1, 3}


class Vectors:
    """Likeness by a table."""

    typical = 0.0

    def __init__(self, likes):
        self.likes = likes

    def nearest(self, count):
        return sorted(self.likes, key=self.likes.get, reverse=True)[:count]

    def similarities(self, positions):
        return [self.likes.get(position) for position in positions]


def test_what_only_vectors_know_is_found_too():
    made = index(*talk("I was laid off", session="a"), *talk("Good weather", session="b", first=2))
    hits = made.search("unemployment", dense=Vectors({1: 0.8, 2: 0.1, 77: 0.9}))
    assert [hit.position for hit in hits] == [1, 2]
    assert hits[0].why["dense"] == Weights().dense


def test_vectors_and_words_are_added_up():
    made = index(*talk("red apples", session="a"), *talk("red plums", session="b", first=2))
    assert found(made, "red", dense=Vectors({1: 0.9, 2: 0.1}))[0] == 1
    assert found(made, "red", dense=Vectors({1: 0.1, 2: 0.9}))[0] == 2


def test_messages_without_a_vector_are_ranked_by_the_rest():
    made = index(*talk("red apples", "blue"))
    assert found(made, "apples", dense=Vectors({}))[0] == 1
    assert found(made, "apples", dense=Vectors({1: 0.5}))[0] == 1


def test_a_signal_can_be_weighed_otherwise():
    made = index(*talk("Skiing is great", "Skiing is great", speakers=("Ann", "Bob")))
    assert "speaker" not in best(made, "Bob about skiing", weights=Weights(speaker=0)).why
