"""The store in memory, and the ledger that it shares with the file store."""

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect.errors import StoreError
from recollect.model import Document
from recollect.store.events import SessionSet
from recollect.store.ledger import Ledger
from recollect.store.memory import MemoryStore

from .logs import ALICE, BOB, ManualClock, entries, everything, ids

NAMES = st.sampled_from("st")
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), NAMES, st.lists(st.sampled_from("abcdef"), max_size=3, unique=True)),
        st.tuples(st.just("update"), NAMES, st.sampled_from([None, 5, 50])),
        st.tuples(st.just("clear"), NAMES),
        st.tuples(st.just("delete"), NAMES),
        st.tuples(st.just("put"), st.sampled_from("kl"), st.sampled_from([None, b"", b"1"])),
        st.tuples(st.just("wait"), st.sampled_from([1, 10])),
        st.tuples(st.just("expire")),
    ),
    max_size=25,
)


def perform(store, clock, operation):
    match operation:
        case "append", name, ids:
            store.append(ALICE, name, entries(*ids))
        case "update", name, ttl:
            state = store.session(ALICE, name)
            store.update_session(ALICE, name, b" {}", ttl=ttl, expect=state.revision if state else 0)
        case "clear", name:
            store.clear_session(ALICE, name)
        case "delete", name:
            store.delete_session(ALICE, name)
        case "put", key, body:
            store.put(ALICE, [Document("c", key, body)])
        case "wait", time:
            clock.now += time
        case _:
            store.expire()


@given(OPERATIONS)
def test_the_story_of_a_ledger_leads_to_the_same_ledger(operations):
    clock = ManualClock(0)
    store, copy = MemoryStore(clock=clock), MemoryStore(clock=clock)
    for operation in operations:
        perform(store, clock, operation)
    if ALICE not in store._ledgers:
        return
    told = store._ledgers[ALICE]
    ledger = copy._ledgers[ALICE] = Ledger(told.base)
    for event in told.story():
        ledger.apply(event, event)
    assert everything(copy) == everything(store)
    assert (ledger.head, len(ledger)) == (told.head, len(told))
    assert list(ledger.story()) == list(told.story())
    for number in range(told.head + 1):
        assert copy.changes(ALICE, number, 3) == store.changes(ALICE, number, 3)


def test_a_ledger_forgets_what_was_replaced():
    store = MemoryStore()
    for number in range(1000):
        store.put(ALICE, [Document("c", f"k{number % 3}", b"%d" % number)])
        store.append(ALICE, "s", entries(f"{number}"))
        if number % 10 == 9:
            store.clear_session(ALICE, "s")
    ledger = store._ledgers[ALICE]
    assert len(ledger) == 1 + 3 + 1
    assert len(ledger._timeline) <= 2 * 4 + 64


def test_reading_and_writing_cost_what_they_touch_not_what_there_is():
    store = MemoryStore()
    for start in range(0, 100_000, 1000):
        store.append(ALICE, "s", entries(*(f"{number}" for number in range(start, start + 1000))))
    last = store.append(BOB, "s", entries("a"))
    started = time.perf_counter()
    for number in range(200):
        assert ids(store.entries(ALICE, "s", limit=2, newest=True, opening=1)) == ["0", *ids(store.changes(ALICE, 99_998 + number, 9))]
        store.append(ALICE, "s", entries(f"new {number}"))
    assert time.perf_counter() - started < 1, "200 rounds of microseconds each; one scan of the ledger takes 5 ms"
    assert store.sessions(ALICE, limit=1)[0].count == 100_200
    assert last == 1


def test_size_is_that_of_the_bodies():
    store = MemoryStore()
    assert store.size() == 0
    store.append(ALICE, "s", entries("a"))
    store.put(BOB, [Document("c", "k", b"123"), Document("c", "l", None)])
    assert store.size() == len(b" body of a") + 3


def test_a_closed_store_holds_nothing():
    store = MemoryStore()
    store.append(ALICE, "s", entries("a"))
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.size()
    assert not store._ledgers


def test_what_is_set_of_a_session_stands_behind_its_latest_activity():
    store = MemoryStore(clock=ManualClock())
    store.update_session(ALICE, "empty", b" {}", ttl=9, expect=0)
    store.append(ALICE, "s", entries("a", "b"))
    told = [event.name if isinstance(event, SessionSet) else event.item.position for event in store._ledgers[ALICE].story()]
    assert told == [1, "empty", 2, 3, "s"]


def interrupted_at(line, call):
    """Run a call that is interrupted at the given step inside the ledger. Return whether it has so many steps."""
    left = [line]

    def trace(frame, event, _):
        if frame.f_globals.get("__name__") != "recollect.store.ledger":
            return trace if event == "call" else None
        if event == "line":
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
        return trace

    former = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(former)
    return False


CHANGES = {
    "append": lambda store: store.append(ALICE, "s", entries("new")),
    "settings": lambda store: store.update_session(ALICE, "s", b"{}", ttl=None, expect=0),
    "new document": lambda store: store.put(ALICE, [Document("c", "l", b"2")]),
    "other document": lambda store: store.put(ALICE, [Document("c", "k", b"2")]),
    "removed document": lambda store: store.put(ALICE, [Document("c", "k", None)]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_an_interrupt_anywhere_loses_nothing_that_was_there_and_the_store_goes_on(change):
    step = 0
    while True:
        store = MemoryStore()
        store.append(ALICE, "s", entries("a", "b"))
        store.put(ALICE, [Document("c", key, b"1") for key in "jkm"])
        step += 1
        if not interrupted_at(step, lambda store=store: change(store)):
            break
        assert ids(store.entries(ALICE, "s"))[:2] == ["a", "b"]
        assert {"j", "m"} <= {document.key for document in store.documents(ALICE, "c")}
        head = max(item.position for item in store.changes(ALICE, 0, 100))
        assert store.append(ALICE, "s", entries("c")) > head
        store.put(ALICE, [Document("c", key, b"3" if key != "k" else None) for key in "jklm"])
        assert [document.key for document in store.documents(ALICE, "c")] == ["j", "l", "m"]
        positions = [item.position for item in store.changes(ALICE, 0, 100)]
        assert positions == sorted(set(positions))
        assert store.delete_session(ALICE, "s")
    assert step > 10
