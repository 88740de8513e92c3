import pytest

from recollect.recall import occurrences, stems
from recollect.recall.matching import candidates, saturated
from recollect.recall.occurrences import Occurrences, among
from recollect.recall.question import Wanted
from recollect.recall.tables import LEVELS, level, norm

from .talks import found, index, talk


def test_a_frequent_word_brings_no_flood_of_candidates(monkeypatch):
    monkeypatch.setattr(occurrences, "SCORED", 50)
    made = index(*talk(*["the weather report"] * 500), *talk("Zanzibar: weather report", session="z", first=501))
    assert found(made, "weather report of Zanzibar")[0] == 501
    assert len(found(made, "weather report")) == 10


def test_words_that_cannot_win_are_looked_at_only_where_others_stand():
    passages = talk(*(f"plain {'rare' if number % 4 == 0 else 'thing'}" for number in range(1000)), *["thing"] * 2000)
    made = index(*passages)
    words = Occurrences(made._db).look_up([Wanted("plain"), Wanted("rare")], 3000)
    bounded, free = candidates(words, 100), candidates(words, None)
    assert bounded.rows == free.rows[:100]
    assert len(bounded.scores) == 250
    assert len(free.scores) == 1000


def test_the_numbers_of_some_rows_are_found_by_halving_as_by_reading():
    numbers = sorted(row * 16 + place for row in range(1000) for place in ((1, 9) if row % 7 == 0 else (2,)))
    some = {3, 7, 500, 999, 5000}
    assert sorted(among(numbers, some)) == sorted(among(numbers, some | set(range(2000, 4000)))) == [50, 113, 121, 8002, 15986]


def test_more_of_a_word_counts_less_and_less():
    assert saturated(0) == 0
    assert saturated(1) == pytest.approx(1)
    assert 1 < saturated(2) < 2
    assert saturated(1000) < 2.2


def test_a_word_counts_less_in_a_long_message_unless_it_is_said_often():
    assert LEVELS[level(1, 10)] == 1
    assert LEVELS[level(3, 10)] == 2
    assert LEVELS[level(1, 300)] == LEVELS[-1]
    assert LEVELS[level(8, 300)] == 1
    assert norm(10) == norm(30) == 1 < norm(60) < norm(300)


def test_stems_are_forgotten_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(stems, "KEPT", 1)
    assert [stems.stem(word) for word in ("running", "swimming", "running")] == ["run", "swim", "run"]


def test_what_is_kept_at_hand_is_never_stale():
    passages = talk("green tea, please", "coffee for me", "a boat on the lake", "tea again", "黒い猫", "musicians")
    made = index(*passages[:2])
    queries = ("tea", "coffee", "boat", "ship", "黒", "music", "lake", "musical")
    for number, passage in enumerate(passages[2:], 3):
        for query in queries:
            made.search(query)
        made.add([passage])
        fresh = index(*passages[:number])
        assert [found(made, query) for query in queries] == [found(fresh, query) for query in queries]
    made.remove([1])
    assert found(made, "tea")[0] == 4
    made.add(passages[:1])
    assert set(found(made, "tea")[:2]) == {1, 4}


def test_no_more_is_kept_at_hand_than_the_index_is_large(monkeypatch):
    monkeypatch.setattr(occurrences, "WORD", 0)
    made = index(*talk(*(f"often word{number}" for number in range(30))))
    kept = Occurrences(made._db)
    for number in range(30):
        kept.look_up([Wanted("often"), Wanted(f"word{number}")], 2)
    assert 30 < kept.size // occurrences.OCCURRENCE <= occurrences.KEPT * 2 + 31
    kept.forget()
    assert kept.size == 0
