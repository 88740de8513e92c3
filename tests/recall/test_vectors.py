"""Vectors are searched exactly, forgotten when told, and come back from bytes as they were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect import Invalid
from recollect.errors import Damaged
from recollect.recall.embedder import matrix
from recollect.recall.numbers import BLOCK, SPARE
from recollect.recall.vectors import Vectors


def some(count, width=24, seed=0):
    return matrix(np.random.default_rng(seed).normal(size=(count, width)), count)


def made(count, width=24):
    vectors, numbers = Vectors("m"), some(count, width)
    vectors.add(range(1, count + 1), numbers)
    return vectors, numbers


@pytest.mark.parametrize("count", [1, 7, SPARE + 1, BLOCK, 2 * BLOCK + 5])
def test_likeness_is_the_cosine(count):
    vectors, numbers = made(count)
    query = some(1, seed=1)[0]
    found = vectors.about(query)
    want = numbers @ query
    assert np.allclose(found.similarities(range(1, count + 1)), want, atol=0.01)
    assert found.nearest(1) == [int(want.argmax()) + 1] or want[found.nearest(1)[0] - 1] > want.max() - 0.01
    assert len(found.nearest(3)) == min(3, count)
    assert found.typical == pytest.approx(want.mean(), abs=0.01)


def test_where_there_is_no_vector_there_is_no_likeness():
    vectors, numbers = made(3)
    assert vectors.about(numbers[1]).similarities([7, 2, -1]) == [None, pytest.approx(1, abs=0.01), None]
    empty = Vectors("m")
    found = empty.about(numbers[0])
    assert (found.nearest(3), found.similarities([1]), found.typical, len(empty), empty.positions) == ([], [None], 0.0, 0, [])
    empty.add([], numbers[:0])
    assert len(empty) == 0


def test_a_message_in_pieces_is_as_like_as_its_best_piece():
    vectors, numbers = Vectors("m"), some(4)
    vectors.add([5, 5, 5, 9], numbers)
    assert vectors.about(numbers[2]).similarities([5])[0] == pytest.approx(1, abs=0.01)
    assert vectors.about(numbers[2]).nearest(9) == [5, 9]
    assert (len(vectors), vectors.positions) == (4, [5, 9])


@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "keep"]), st.sets(st.integers(1, 12), max_size=6)), max_size=8))
def test_what_is_added_is_there_until_it_is_removed(steps):
    vectors, want = Vectors("m"), dict[int, int]()
    numbers = some(100)
    turn = 0
    for step, positions in steps:
        if step == "add":
            order = list(positions)
            vectors.add(order, numbers[turn : turn + len(order)])
            want |= {position: turn + place for place, position in enumerate(order)}
            turn += len(order)
        else:
            getattr(vectors, step)(positions)
            want = {position: row for position, row in want.items() if (position in positions) == (step == "keep")}
    assert vectors.positions == sorted(want)
    assert vectors.lacking(range(1, 13)) == [position for position in range(1, 13) if position not in want]
    for data in (vectors, Vectors.load(vectors.dump())):
        for position, row in want.items():
            assert data.about(numbers[row]).similarities([position])[0] == pytest.approx(1, abs=0.01)


def test_they_come_back_from_bytes_under_their_name():
    vectors, numbers = made(700)
    again = Vectors.load(vectors.dump())
    query = numbers[3]
    assert (again.name, again.positions) == ("m", vectors.positions)
    assert again.about(query).nearest(700) == vectors.about(query).nearest(700)
    again.add([800], some(1, seed=5))
    assert len(again) == 701
    assert Vectors.load(Vectors("empty").dump()).positions == []


def test_removed_vectors_are_not_in_the_bytes():
    vectors, _ = made(10)
    column = vectors._numbers._blocks[0, :, 4].copy()

    def kept():
        numbers = np.frombuffer(vectors.dump(), np.int8)[-24 * len(vectors) :].reshape(24, len(vectors))
        return (numbers == column[:, None]).all(axis=0).any()

    assert kept()
    vectors.remove([5])
    assert not kept()


@pytest.mark.parametrize(
    "harm", [lambda data: data[:-1], lambda _: b"", lambda data: b"\xff" * 9 + data, lambda data: data.replace(b'"format":2', b'"format":1')]
)
def test_other_bytes_are_told(harm):
    with pytest.raises(Damaged, match=r"make (them|new ones|them again)"):
        Vectors.load(harm(made(5)[0].dump()))


def test_vectors_of_another_length_are_told():
    vectors, _ = made(5)
    with pytest.raises(Invalid, match="gives vectors of 9 numbers, and gave some of 24"):
        vectors.add([6], some(1, 9))
    with pytest.raises(Invalid):
        vectors.about(some(1, 9)[0])


def test_a_number_takes_a_byte():
    vectors, _ = made(1000, 384)
    assert vectors.size < 1000 * (384 + 12) * 1.3
    assert len(vectors.dump()) < 1000 * (384 + 12) + 200
