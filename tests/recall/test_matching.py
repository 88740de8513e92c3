import pytest

from recollect.recall import matching, stems
from recollect.recall.matching import among, candidates, looked_up, saturated
from recollect.recall.question import Wanted
from recollect.recall.tables import LEVELS, level, norm

from .talks import found, index, talk


def test_a_frequent_word_brings_no_flood_of_candidates(monkeypatch):
    monkeypatch.setattr(matching, "SCORED", 50)
    made = index(*talk(*["the weather report"] * 500), *talk("Zanzibar: weather report", session="z", first=501))
    assert found(made, "weather report of Zanzibar")[0] == 501
    assert len(found(made, "weather report")) == 10


def test_words_that_cannot_win_are_looked_at_only_where_others_stand():
    passages = talk(*(f"plain {'rare' if number % 4 == 0 else 'thing'}" for number in range(1000)), *["thing"] * 2000)
    made = index(*passages)
    words = looked_up(made._db, [Wanted("plain"), Wanted("rare")], 3000)
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
