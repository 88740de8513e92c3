"""Erasure: of everything, for good, and told in a receipt."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from faults.crew import together
from places import PLACES, url_of
from recollect import AsyncMemory, Erased, Invalid, Memory, Message, Receipt, StoreError
from recollect.core.living import Living
from recollect.core.receipts import decode, encode
from recollect.core.secret import tenant_of
from recollect.core.tombstones import ERASED, ERASING
from recollect.model import Document, Entry, Owner
from recollect.store import open_store
from recollect.store.memory import MemoryStore

ALICE = Owner("", "user", "alice")
TENANT = tenant_of("")


@pytest.fixture
def memory() -> Memory:
    return Memory("memory://", embedder=None)


@pytest.fixture(params=PLACES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return url_of(request.param, tmp_path)


@pytest.fixture
def anywhere(url: str) -> Iterator[Memory]:
    with Memory(url, embedder=None) as memory:
        yield memory


def fill(memory: Memory, name: str = "alice") -> None:
    user = memory.user(name)
    user.session("orders").append(user="Where is my order?", assistant="Let me look.")
    user.session("orders").update(title="Orders")
    user.session("empty").update(title="Nothing yet")
    user.remember("prefers email")
    user.documents("settings").put({"theme": "dark"})


def kept_of(store: Any) -> list[Entry | Document]:
    return store.changes(ALICE, 0, 1000)


def test_an_erased_user_is_gone_and_the_receipt_tells_what_was_there(anywhere: Memory) -> None:
    fill(anywhere)
    fill(anywhere, "bob")
    receipt = anywhere.user("alice").erase(by="ticket 17")
    assert receipt
    assert receipt.counts == {"sessions": 2, "messages": 2, "facts": 1, "documents": 1}
    assert (receipt.by, receipt.kind, receipt.tenant) == ("ticket 17", "user", "")
    assert receipt.requested <= receipt.finished
    assert kept_of(anywhere.store) == []
    assert anywhere.users().items == ["bob"]
    assert len(anywhere.user("bob").sessions()) == 2
    assert "alice" not in encode(receipt).decode()
    assert anywhere.store.documents(TENANT, ERASING) == []
    assert anywhere.verify_receipt(receipt)


def test_erasing_nobody_is_told_and_keeps_them_out_as_well(memory: Memory) -> None:
    receipt = memory.user("alice").erase()
    assert not receipt
    assert receipt.counts == {"sessions": 0, "messages": 0, "facts": 0, "documents": 0}
    assert memory.user("alice").erased()
    with pytest.raises(Erased, match="readmit"):
        memory.user("alice").remember("x")


WRITES: dict[str, Callable[[Memory], object]] = {
    "append": lambda memory: memory.session("s", user="alice").append(user="x"),
    "append messages": lambda memory: memory.session("orders", user="alice").append(Message("user", "a", id="1"), Message("user", "b", id="2")),
    "update": lambda memory: memory.session("s", user="alice").update(title="T"),
    "remember": lambda memory: memory.user("alice").remember("x"),
    "documents": lambda memory: memory.user("alice").documents("c").put({"k": 1}),
}


@pytest.mark.parametrize("late", [False, True], ids=["a writer that never met the user", "a writer that has just written"])
@pytest.mark.parametrize("write", WRITES)
def test_nothing_brings_an_erased_user_back(anywhere: Memory, write: str, late: bool) -> None:
    writer = Memory(anywhere.store, embedder=None)
    fill(anywhere)
    if late:
        fill(writer)
    anywhere.user("alice").erase()
    for one in (writer, anywhere):
        with pytest.raises(Erased, match="readmit"):
            WRITES[write](one)
        assert kept_of(anywhere.store) == []


def test_an_index_that_was_made_of_an_erased_ledger_is_not_saved(anywhere: Memory) -> None:
    last = anywhere.user("alice").session("s").append(user="x")
    anywhere.user("alice").erase()
    assert anywhere.store.save(ALICE, "recall", last, [b"words"]) is False
    assert anywhere.store.saved(ALICE, "recall") is None


def test_a_readmitted_user_begins_with_nothing(anywhere: Memory) -> None:
    fill(anywhere)
    alice = anywhere.user("alice")
    assert not alice.readmit()
    alice.erase()
    assert alice.erased()
    assert alice.readmit()
    assert not alice.erased()
    assert not alice.readmit()
    fill(Memory(anywhere.store, embedder=None))
    assert alice.session("orders").info().count == 2
    assert alice.erase()
    with pytest.raises(Erased):
        alice.remember("x")


def test_what_a_late_writer_left_that_was_killed_is_not_there_for_who_is_readmitted(memory: Memory) -> None:
    memory.user("alice").erase()
    memory.store.append(ALICE, "s", [Entry(0, "1", "user", 0, None, b"d", b" {}")])  # and no look behind it
    memory.user("alice").readmit()
    assert memory.session("s", user="alice").messages() == []


def test_an_anonymous_session_is_erased_as_a_user_is(memory: Memory) -> None:
    chat, other = memory.session("visit"), memory.session("other")
    chat.append(user="Hello")
    other.append(user="Hello")
    receipt = chat.erase()
    assert (receipt.kind, receipt.counts["messages"]) == ("session", 1)
    assert chat.erased()
    with pytest.raises(Erased):
        chat.append(user="x")
    assert len(other.messages()) == 1
    assert chat.readmit()
    chat.append(user="again")
    with pytest.raises(Invalid, match="one of user 'alice'"):
        memory.session("visit", user="alice").erase()


def test_tenants_erase_by_themselves(memory: Memory) -> None:
    other = Memory(memory.store, tenant="other", embedder=None)
    fill(memory)
    fill(other)
    receipt = memory.user("alice").erase()
    assert len(other.user("alice").sessions()) == 2
    assert not other.user("alice").erased()
    with pytest.raises(Invalid, match="tenant"):
        other.verify_receipt(receipt)
    assert other.user("alice").erase().subject != receipt.subject


async def test_the_awaited_face_erases_as_well() -> None:
    async with AsyncMemory("memory://", embedder=None) as memory:
        await memory.session("s", user="alice").append(user="x")
        receipt = await memory.user("alice").erase(by="me")
        assert receipt.counts["messages"] == 1
        assert await memory.user("alice").erased()
        with pytest.raises(Erased):
            await memory.session("s", user="alice").append(user="x")
        assert (await memory.verify_receipt(encode(receipt))).absent
        assert await memory.user("alice").readmit()
        await memory.session("visit").append(user="x")
        assert await memory.session("visit").erase()
        assert await memory.session("visit").erased()
        assert await memory.session("visit").readmit()


# receipts


def test_a_receipt_is_of_one_memory_and_of_what_it_says(memory: Memory) -> None:
    fill(memory)
    receipt = memory.user("alice").erase()
    assert memory.verify_receipt(receipt).genuine
    assert decode(encode(receipt)) == receipt
    for change in ({"found": False}, {"by": "x"}, {"subject": "0" * 32}, {"counts": {}}, {"places": ()}, {"signature": ""}, {"version": 2}):
        assert not memory.verify_receipt(replace(receipt, **change)).genuine, change
    other = Memory("memory://", embedder=None)
    assert not other.verify_receipt(receipt).genuine
    other.user("bob").erase()
    assert not other.verify_receipt(receipt).genuine


def test_a_receipt_tells_of_somebody_who_wrote_round_the_library(memory: Memory) -> None:
    fill(memory)
    receipt = memory.user("alice").erase()
    memory.store.append(ALICE, "s", [Entry(0, "1", "user", 0, None, b"d", b" {}")])
    standing = memory.verify_receipt(receipt)
    assert (standing.genuine, standing.erased, standing.absent) == (True, True, False)
    assert not standing


def test_backups_of_a_memory_that_is_not_sealed_are_named_as_not_reached(memory: Memory) -> None:
    fill(memory)
    receipt = memory.user("alice").erase()
    assert receipt.state == "partial"
    assert [(place.name, place.state) for place in receipt.left] == [("backups", "unreached")]


@pytest.mark.parametrize("by", [1, b"x"])
def test_who_asked_is_text(memory: Memory, by: Any) -> None:
    with pytest.raises(Invalid, match="by is"):
        memory.user("alice").erase(by=by)
    assert not memory.user("alice").erased()


# interruptions


class Killed(BaseException):
    """The process was killed here."""


class Dying:
    """Passes calls on to a store, and dies at one of the writing ones: before it, or when it is done."""

    def __init__(self, store: Any, at: int, *, done: bool) -> None:
        self.store, self.left, self.done = store, at, done

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.store, name)
        if name not in {"put", "erase", "append", "update_session"}:
            return method

        def call(*args: Any, **kwargs: Any) -> Any:
            self.left -= 1
            if self.left == 0 and not self.done:
                raise Killed
            value = method(*args, **kwargs)
            if self.left == 0:
                raise Killed
            return value

        return call

    def append(self, *args: Any, **kwargs: Any) -> Any:
        return self.__getattr__("append")(*args, **kwargs)

    def changes(self, *args: Any, **kwargs: Any) -> Any:
        return self.store.changes(*args, **kwargs)


@pytest.mark.parametrize("done", [False, True], ids=["before", "behind"])
@pytest.mark.parametrize("step", range(1, 9))
def test_an_erasure_that_is_cut_off_anywhere_goes_on_at_the_next_opening(step: int, done: bool) -> None:
    store = MemoryStore()
    fill(Memory(store, embedder=None))
    before = kept_of(store)
    dying = Memory(Dying(store, step, done=done), embedder=None)
    try:
        dying.user("alice").erase(by="ticket 17")
    except Killed:
        begun = bool(store.documents(TENANT, ERASING))
        opened = Memory(store, embedder=None)
        if begun or opened.user("alice").erased():
            assert kept_of(store) == []
            assert store.documents(TENANT, ERASING) == []
            with pytest.raises(Erased):
                opened.user("alice").remember("x")
        else:
            assert kept_of(store) == before, "it had not begun"
    else:
        assert step > 6, "fewer steps than these would be a shorter erasure than this one"


def test_an_erasure_that_is_repeated_tells_what_was_there_at_its_beginning() -> None:
    store = MemoryStore()
    fill(Memory(store, embedder=None))
    dying = Memory(Dying(store, 4, done=True), embedder=None)  # the ledger is gone
    with pytest.raises(Killed):
        dying.user("alice").erase(by="ticket 17")
    assert kept_of(store) == []
    receipt = dying.user("alice").erase(by="another")
    assert receipt
    assert receipt.counts == {"sessions": 2, "messages": 2, "facts": 1, "documents": 1}
    assert receipt.by == "ticket 17"


def test_a_store_that_does_not_answer_at_the_opening_puts_it_off(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore()
    fill(Memory(store, embedder=None))
    dying = Memory(Dying(store, 3, done=True), embedder=None)
    with pytest.raises(Killed):
        dying.user("alice").erase()
    original = store.erase
    store.erase = _refuse  # type: ignore[method-assign]
    Memory(store, embedder=None)
    assert "wait for the next start" in caplog.text
    assert kept_of(store)
    store.erase = original  # type: ignore[method-assign]
    Memory(store, embedder=None)
    assert kept_of(store) == []
    assert "alice" not in caplog.text


def _refuse(*_: Any) -> bool:
    raise StoreError("the database is away")


# races


def test_writers_that_race_an_erasure_succeed_before_it_or_are_told(url: str) -> None:
    store = open_store(url)
    try:
        Memory(store, embedder=None).session("s", user="alice").append(user="first")
        shared = Memory(store, embedder=None)
        writers = [shared if number % 2 else Memory(store, embedder=None) for number in range(8)]
        with ThreadPoolExecutor(9) as threads:
            running = [threads.submit(_write, memory, number) for number, memory in enumerate(writers)]
            time.sleep(0.05)
            receipt = Memory(store, embedder=None).user("alice").erase()
            ended = time.monotonic()
            begun = [one.result() for one in running]
        assert receipt
        assert kept_of(store) == []
        assert all(last < ended for last in begun), "no write that began behind the erasure has succeeded"
    finally:
        store.close()


def _write(memory: Memory, number: int) -> float:
    """Write until that is refused, and return when the last write began that was not."""
    began = 0.0
    for turn in range(100_000):
        now = time.monotonic()
        try:
            if number % 3:
                memory.session(f"s{number}", user="alice").append(user=f"{turn}", assistant="x")
            else:
                memory.user("alice").documents("c").put({f"{number}": turn})
        except Erased:
            return began
        began = now
    raise AssertionError("nobody refused a write")


@pytest.mark.parametrize("kind", ["sqlite", "files"])
def test_processes_that_race_an_erasure_are_told_as_well(kind: str, tmp_path: Path) -> None:
    with Memory(url_of(kind, tmp_path), embedder=None) as memory:
        memory.session("s", user="alice").append(user="first")

    def work(number: int) -> int:
        with Memory(url_of(kind, tmp_path), embedder=None) as memory:
            if number == 0:
                time.sleep(0.2)
                return int(bool(memory.user("alice").erase()))
            _write(memory, number)
            return 1

    assert together(8, work) == [1] * 8
    with Memory(url_of(kind, tmp_path), embedder=None) as memory:
        assert kept_of(memory.store) == []
        assert len(memory.store.documents(TENANT, ERASED)) == 1


# what it costs


class Counting(MemoryStore):
    """Counts the reads of tombstones and secrets."""

    looks = 0

    def documents(self, owner: Owner, *args: Any, **kwargs: Any) -> list[Document]:
        self.looks += owner == TENANT
        return super().documents(owner, *args, **kwargs)


def test_turn_after_turn_of_one_process_nobody_looks_for_a_tombstone() -> None:
    store = Counting()
    memory = Memory(store, embedder=None)
    memory.user("bob").erase()
    chat = memory.session("s", user="alice")
    chat.append(user="first")
    before = store.looks
    for number in range(50):
        chat.append(user=f"{number}", assistant="x")
        memory.user("alice").documents("c").put({"k": number})
        chat.update(title=f"{number}")
    assert store.looks == before
    Memory(store, embedder=None).session("t", user="alice").append(user="in between")
    before = store.looks
    chat.append(user="y")
    assert store.looks == before + 1, "somebody else has written: one look"
    chat.append(user="z")
    assert store.looks == before + 1


def test_a_batch_that_was_partly_there_hides_no_erasure() -> None:
    store = MemoryStore()
    memory = Memory(store, embedder=None)
    chat = memory.session("s", user="alice")
    chat.append(Message("user", "a", id="a"))
    Memory(store, embedder=None).user("alice").erase()
    twice = Message("user", "b", id="b")
    with pytest.raises(Erased):
        chat.append(twice, twice)
    assert kept_of(store) == []


def test_what_is_known_of_who_is_alive_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recollect.core.living.MOST", 10)
    memory = Memory("memory://", embedder=None)
    for number in range(35):
        memory.session("s", user=f"{number}").append(user="x")
    living = memory._engine.store
    assert isinstance(living, Living)
    assert len(living._alive) <= 11


def test_a_receipt_is_public_and_frozen(memory: Memory) -> None:
    receipt = memory.user("alice").erase()
    assert isinstance(receipt, Receipt)
    with pytest.raises(AttributeError):
        receipt.found = True
