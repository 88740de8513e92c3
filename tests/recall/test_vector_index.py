"""What the nearest rows of a vector store say about messages, those that are not among them too."""

import pytest

from recollect.model import Owner
from recollect.recall.vector_index import Near, Nearest, best_of, foreign

ALICE, BOB = Owner("", "user", "alice"), Owner("", "user", "bob")


def test_where_all_were_found_the_average_one_is_typical():
    found = Nearest({1: 0.9, 2: 0.3}, {1, 2}, whole=True)
    assert found.typical == pytest.approx(0.6)
    assert found.similarities([2, 1, 3]) == [0.3, 0.9, None]
    assert found.nearest(1) == [1]
    assert found.nearest(9) == [1, 2]


def test_a_message_that_was_not_among_the_best_is_as_like_as_the_last_of_these():
    found = Nearest({1: -0.2, 2: -0.7}, {1, 2, 3}, whole=False)
    assert found.typical == -0.7
    assert found.similarities([1, 2, 3, 4]) == [-0.2, -0.7, -0.7, None]


def test_where_nothing_was_found_nothing_is_typical():
    found = Nearest({}, {1}, whole=True)
    assert found.typical == 0.0
    assert found.nearest(5) == []
    assert found.similarities([1, 2]) == [0.0, None]


def test_a_message_counts_as_its_best_piece():
    assert best_of([Near(ALICE, 1, "s", -0.5), Near(ALICE, 1, "s", -0.1), Near(ALICE, 2, "s", -0.3)]) == {1: -0.1, 2: -0.3}


@pytest.mark.parametrize("other", [BOB, Owner("t", "user", "alice"), Owner("", "session", "alice"), Owner("", "user", "Alice")])
def test_what_is_another_s_is_foreign_by_any_part_of_the_owner(other):
    mine, not_mine = Near(ALICE, 1, "s", 1.0), Near(other, 1, "s", 1.0)
    assert list(foreign([mine, not_mine], ALICE)) == [not_mine]
