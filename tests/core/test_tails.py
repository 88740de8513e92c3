"""A context is what its view makes of the whole session, however little of it was read, and whatever happened in between."""

from datetime import timedelta
from itertools import takewhile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect import Buffer, Memory, Message, String, TokenBudget, ToolCall, Window
from recollect.core.tails import LEAD, CacheStats
from recollect.model import Entry
from recollect.store.memory import MemoryStore
from recollect.testing import ManualClock

VIEWS = [
    Buffer(),
    Window(turns=1),
    Window(turns=3),
    Window(turns=2, messages=3),
    TokenBudget(40, counter=lambda _: 4),
    TokenBudget(2000),
    String(Window(turns=2)),
]
ROLES = st.sampled_from(["user", "assistant", "user", "assistant", "tool", "system"])
OPENINGS = st.lists(st.just("system"), max_size=LEAD + 1)

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 1), st.lists(ROLES, min_size=1, max_size=9)),
        st.tuples(st.just("look"), st.integers(0, 1), st.sampled_from(range(len(VIEWS)))),
        st.tuples(st.just("clear"), st.integers(0, 1), st.none()),
        st.tuples(st.just("delete"), st.integers(0, 1), st.none()),
    ),
    max_size=14,
)


class Counting(MemoryStore):
    """A store that counts the entries that it gives."""

    given = 0
    reads = 0

    def entries(self, *place: Any, **choice: Any) -> list[Entry]:
        found = super().entries(*place, **choice)
        self.given += len(found)
        self.reads += 1
        return found


def expected(view: Any, messages: list[Message]) -> Any:
    """Return what the view makes of all the messages."""
    lead = list(takewhile(lambda message: message.role == "system", messages[:LEAD]))
    return view.select(lead, messages[len(lead) :], True)


def said(role: str, number: int) -> Message:
    """Return a message; some hold what a caller could change, and are kept otherwise."""
    return Message(
        role, f"{number}", metadata={"n": [number]} if number % 3 == 0 else {}, tool_calls=[ToolCall("f", {}, "c")] if number % 7 == 3 else []
    )


@given(OPENINGS, STEPS)
def test_a_context_is_that_of_the_whole_session_after_any_steps(opening: list[str], steps: list[tuple]) -> None:
    store, number = MemoryStore(), 0
    faces = [Memory(store).session("s"), Memory(store, cache_bytes=2000).session("s")]
    faces[0].append(*(said(role, 0) for role in opening))
    for action, face, value in [*steps, *(("look", 0, view) for view in range(len(VIEWS)))]:
        chat = faces[face]
        if action == "append":
            number += 1
            chat.append(*(said(role, number) for role in value))
        elif action == "look":
            assert chat.context(VIEWS[value]) == expected(VIEWS[value], chat.messages())
        else:
            getattr(chat, action)()


@pytest.mark.parametrize("view", [Window(turns=5), TokenBudget(600), String(Window(turns=5))], ids=lambda view: type(view).__name__)
def test_a_view_reads_no_more_of_a_long_session_than_it_needs(view: Any) -> None:
    store = Counting()
    chat = Memory(store).session("s")
    for start in range(0, 5000, 500):
        chat.append(*(Message("user" if number % 2 == 0 else "assistant", f"message {number}") for number in range(start, start + 500)))
    chat.context(view)
    assert store.given <= 400


def test_a_window_reads_what_came_and_no_more() -> None:
    store = Counting()
    chat = Memory(store).session("s")
    chat.append(*(Message("user" if number % 2 == 0 else "assistant", f"message {number}") for number in range(500)))
    chat.context(Window(turns=5))
    store.given = 0
    for number in range(20):
        chat.append(user=f"q{number}", assistant=f"a{number}")
        chat.context(Window(turns=5))
    assert store.given == 20, "the last that was known: what this memory has appended itself it knows already"
    Memory(store).session("s").append(user="another's")
    assert [message.text for message in chat.context(Window(turns=1))] == ["another's"]
    assert store.given == 20 + 2


def test_what_a_memory_appends_is_kept_only_where_nothing_came_in_between() -> None:
    store = MemoryStore()
    here, elsewhere = (Memory(store).session("s", user="alice") for _ in range(2))
    here.append(user="1", assistant="2")
    for step in (
        lambda: elsewhere.append(user="between"),
        elsewhere.clear,
        elsewhere.delete,
        lambda: (Memory(store).user("alice").erase(), Memory(store).user("alice").readmit()),
        lambda: Memory(store).user("alice").documents("c").put({"k": 1}),
    ):
        before = [message.text for message in here.context(Window(turns=5))]
        step()
        here.append(user="mine", assistant="my answer")
        texts = [message.text for message in here.context(Window(turns=5))]
        assert texts == [message.text for message in elsewhere.context(Window(turns=5))]
        assert texts[-2:] == ["mine", "my answer"]
        assert before


def test_texts_that_were_appended_are_read_as_the_store_has_them() -> None:
    store = MemoryStore()
    chat = Memory(store).session("s")
    chat.append(user="first")
    chat.context(Window(turns=5))
    chat.append(system="s", user="é 🎉", assistant="a" * 100)
    assert chat.context(Window(turns=5)) == Memory(store).session("s").context(Window(turns=5)) == chat.messages()
    assert [message.position for message in chat.context(Window(turns=5))] == [message.position for message in chat.messages()]


def test_a_session_whose_tail_is_kept_is_asked_once_for_what_came(tmp_path: Any) -> None:
    store = Counting()
    chat = Memory(store).session("s")
    chat.append(*(Message("user", f"{number}") for number in range(100)))
    chat.context(Window(turns=20))
    store.given = store.reads = 0
    assert [message.text for message in chat.context(Window(turns=2))] == ["98", "99"]
    assert (store.given, store.reads) == (1, 1)


def test_what_one_caller_puts_into_a_message_no_other_sees() -> None:
    chat = Memory(MemoryStore()).session("s")
    chat.append(Message("user", "plain"), Message("assistant", "rich", metadata={"n": [1]}))
    contexts = [chat.context(Window(turns=1)) for _ in range(3)]
    for message in contexts[1]:
        message.metadata["mine"] = True
        message.extra["mine"] = True
        message.tool_calls.append(ToolCall("f"))
    for plain, rich in (contexts[0], contexts[2], chat.context(Window(turns=1))):
        assert (plain.metadata, plain.extra, plain.tool_calls) == ({}, {}, [])
        assert (rich.metadata, rich.extra, rich.tool_calls) == ({"n": [1]}, {}, [])


def test_what_is_kept_is_bounded_in_bytes() -> None:
    memory = Memory(MemoryStore(), cache_bytes=100_000)
    for number in range(100):
        chat = memory.session(f"s{number}")
        chat.append(*(Message("user", "x" * 1000) for _ in range(10)))
        chat.context(Window(turns=5))
        tails = memory._engine.tails
        assert memory.cache.bytes <= 100_000
        assert memory.cache.bytes == sum(kept.size for kept in tails._kept.values())
    assert 3 < memory.cache.sessions < 100
    assert memory.cache.evictions == 100 - memory.cache.sessions
    before = set(tails._kept)
    chat = memory.session("long")
    chat.append(*(Message("user", "x" * 1000) for _ in range(100)))
    assert len(chat.context(Window(turns=100))) == 100
    assert set(tails._kept) == before, "one that is too large to be kept drives out no other"


def test_the_cache_tells_what_it_has_done() -> None:
    memory = Memory(MemoryStore())
    chat = memory.session("s")
    chat.append(user="a", assistant="b")
    assert memory.cache == CacheStats(0, 0, 0, 0, 0)
    for _ in range(3):
        chat.context(Window(turns=1))
    assert (memory.cache.hits, memory.cache.misses, memory.cache.sessions) == (2, 1, 1)
    assert memory.aio.cache == memory.cache


@pytest.mark.parametrize("here", [True, False], ids=["by this process", "by another one"])
@pytest.mark.parametrize("removal", ["clear", "delete", "erase", "expire"])
def test_what_was_removed_leaves_the_cache_at_the_next_read(removal: str, here: bool) -> None:
    clock = ManualClock()
    store = MemoryStore(clock=clock)
    memory = Memory(store)
    other = memory if here else Memory(store)
    chat = memory.session("s", user="alice")
    chat.update(ttl=timedelta(seconds=1))
    chat.append(user="a secret", assistant="is kept")
    chat.context(Window(turns=1))
    assert memory.cache.sessions == 1
    if removal == "erase":
        other.user("alice").erase()
    elif removal == "expire":
        clock.now += 2_000_000
    else:
        getattr(other.session("s", user="alice"), removal)()
    if not here or removal == "expire":
        assert chat.context(Window(turns=1)) == []
    assert (memory.cache.sessions, memory.cache.bytes) == (0, 0)


def test_a_view_that_needed_more_than_its_page_asks_once_from_then_on() -> None:
    store = Counting()
    chat = Memory(store).session("s")
    chat.append(*(Message(("user", "assistant")[number % 2], "x") for number in range(2000)))
    view, window = TokenBudget(2000, counter=lambda _: 4), Window(turns=2)
    assert len(chat.context(view)) == 250
    store.reads = store.given = 0
    assert len(chat.context(view)) == 250
    assert (store.reads, store.given) == (1, 1)
    chat.context(window)
    assert len(memory_of(chat).read(chat._address, window.page).newest) == window.page, "another view gets no more than it asks for"


def memory_of(chat: Any) -> Any:
    return chat._engine.tails


def test_nothing_is_kept_where_no_bytes_may_be() -> None:
    memory = Memory(MemoryStore(), cache_bytes=0)
    chat = memory.session("s")
    chat.append(user="a", assistant="b")
    assert [message.text for message in chat.context(Window(turns=1))] == ["a", "b"]
    assert memory._engine.tails._kept == {}
