"""The checker itself: what it must notice."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from recollect import Memory

from .accounts import Book, Lost, Step
from .workload import SHARED, Op, message

APPEND = Op("append", "a", "a-1", ("a.0.0", "a.0.1", "a.0.2"))


@pytest.fixture
def memory(tmp_path) -> Iterator[Memory]:
    with Memory(f"sqlite:///{tmp_path}/memory.db") as memory:
        yield memory


def book_of(*steps: Step) -> Book:
    book = Book()
    book.hear(steps)
    return book


def write(memory: Memory, *ids: str, place: tuple[str | None, str] = ("a", "a-1")) -> int:
    return memory.session(place[1], user=place[0]).append(*map(message, ids))


def test_what_was_acknowledged_and_is_there_passes(memory):
    last = write(memory, *APPEND.ids)
    assert book_of(Step("a", APPEND), Step("a", position=last)).settle(memory) == []


def test_an_acknowledged_append_that_is_absent_is_noticed(memory):
    with pytest.raises(Lost, match="a-1"):
        book_of(Step("a", APPEND), Step("a", position=3)).settle(memory)


def test_an_operation_under_way_may_have_happened_or_not(memory):
    assert book_of(Step("a", APPEND)).settle(memory) == [False]
    write(memory, *APPEND.ids)
    assert book_of(Step("a", APPEND)).settle(memory) == [True]


def test_half_a_batch_is_noticed(memory):
    write(memory, *APPEND.ids[:2])
    with pytest.raises(Lost):
        book_of(Step("a", APPEND)).settle(memory)


def test_a_batch_in_another_order_is_noticed(memory):
    write(memory, *reversed(APPEND.ids))
    with pytest.raises(Lost):
        book_of(Step("a", APPEND), Step("a", position=3)).settle(memory)


def test_another_content_under_the_same_id_is_noticed(memory):
    memory.session("a-1", user="a").append(*(replace(message(id), content="other") for id in APPEND.ids))
    with pytest.raises(Lost, match="not what was written"):
        book_of(Step("a", APPEND), Step("a", position=3)).settle(memory)


def test_another_position_than_the_acknowledged_one_is_noticed(memory):
    write(memory, *APPEND.ids)
    with pytest.raises(Lost, match="stands at"):
        book_of(Step("a", APPEND), Step("a", position=4)).settle(memory)


def test_messages_of_nobody_are_noticed(memory):
    write(memory, "b.0.0", place=SHARED)
    with pytest.raises(Lost, match="nobody"):
        book_of(Step("a", Op("clear", "a", "a-1")), Step("a")).settle(memory)


def test_a_session_of_nobody_is_noticed(memory):
    write(memory, "a.0.0", place=("a", "a-9"))
    with pytest.raises(Lost, match="lists"):
        book_of(Step("a", Op("clear", "a", "a-1")), Step("a")).settle(memory)


def test_a_repeated_operation_counts_once(memory):
    write(memory, *APPEND.ids)
    book = book_of(Step("a", APPEND))
    book["a"].retry(memory)
    assert book.settle(memory) == []
    assert len(memory.session("a-1", user="a").messages()) == 3
