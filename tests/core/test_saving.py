"""A saved index answers as one that was made anew, and is never in the way."""

import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from subprocess import PIPE, Popen
from typing import Any

import pytest

from places import LASTING, url_of
from recollect import AsyncMemory, Memory, Message, StoreError
from recollect.core import held, indexes, saving
from recollect.core.saving import NAME, Unsaved, pack, unpack
from recollect.errors import Damaged
from recollect.model import Owner
from recollect.store.memory import MemoryStore
from recollect.store.protocol import PART, Store

ALICE = Owner("", "user", "alice")
TOPICS = ("river", "garden", "piano", "bread", "winter", "engine")


def talk(memory: Memory, count: int, *, start: int = 0, session: str = "s", name: str | None = None) -> None:
    """Append messages, each with a word of its own."""
    messages = [Message("user", f"{TOPICS[n % 6]} {TOPICS[n // 6 % 6]} word{n}", name=name) for n in range(start, start + count)]
    memory.user("alice").session(session).append(*messages)


def answers(memory: Memory) -> list[list[tuple[str, float]]]:
    """Return what some questions find."""
    queries = ("river and piano", "word7", "winter garden bread", "engine word200")
    return [[(one.message.text, round(one.score, 6)) for one in memory.user("alice").recall(query)] for query in queries]


def fresh(store: Store) -> list[list[tuple[str, float]]]:
    """Return what the questions find in an index that is made anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held, "load", lambda *_: None)
        return answers(Memory(store, embedder=None))


def saved(store: Store) -> bytes:
    """Return the saved index."""
    found = store.saved(ALICE, NAME)
    assert found is not None
    return unpack(found.parts)[0]


def wait(memory: Memory) -> None:
    """Wait for what is being saved."""
    with memory._engine.indexes._saver._free:
        pass


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    store = MemoryStore()
    yield store
    store.close()


@pytest.mark.parametrize("kind", LASTING)
def test_a_later_process_loads_what_was_saved_and_reads_only_what_came_since(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = url_of(kind, tmp_path)
    with Memory(url, embedder=None) as memory:
        talk(memory, 300)
        expected = answers(memory)
    with Memory(url, embedder=None) as memory:
        asked: list[int] = []
        changes = memory.store.changes
        monkeypatch.setattr(memory.store, "changes", lambda owner, after, limit: (asked.append(after), changes(owner, after, limit))[1])
        assert answers(memory) == expected
        assert min(asked) == 299
        talk(memory, 1, start=300)
        assert memory.user("alice").recall("word300", k=1)[0].message.text.endswith(" word300")
        assert answers(memory) == fresh(memory.store)


async def test_both_faces_save_at_the_closing(tmp_path: Path) -> None:
    async with AsyncMemory(f"sqlite:///{tmp_path}/a.db", embedder=None) as memory:
        await memory.user("alice").session("s").append(*(Message("user", f"word{number}") for number in range(saving.LEAST)))
        await memory.user("alice").recall("word7")
    with Memory(f"sqlite:///{tmp_path}/a.db", embedder=None) as again:
        assert again.store.saved(ALICE, NAME) is not None


def test_an_index_is_saved_behind_an_answer_when_a_quarter_of_it_is_new(store: MemoryStore) -> None:
    memory = Memory(store, embedder=None)
    positions = []
    for number in range(0, 3000, 100):
        talk(memory, 100, start=number)
        memory.user("alice").recall("river")
        wait(memory)
        found = store.saved(ALICE, NAME)
        positions.append(0 if found is None else found.position)
    assert positions[:4] == [0, 200, 200, 400]
    rises = sorted(set(positions))
    assert rises[-1] - rises[-2] >= rises[-2] // 4 - 100
    assert len(rises) < 15


def test_few_messages_are_not_worth_a_save(store: MemoryStore) -> None:
    with Memory(store, embedder=None) as memory:
        talk(memory, saving.LEAST - 1)
        memory.user("alice").recall("river")
    assert store.saved(ALICE, NAME) is None


@pytest.mark.parametrize(
    "parts",
    [
        [b""],
        [b"\x02" + bytes(16)],
        [pack(b"x" * 1000, 7)[0]],
        [pack(b"x" * 1000, 7)[0], b"not compressed"],
        pack(b"no index at all", 7),
        pack(b"SQLite format 3\x00" + bytes(4080), 7),
        [bytes(10)],
    ],
    ids=["nothing", "newer", "cut", "changed", "foreign", "empty", "short"],
)
def test_what_cannot_be_read_is_made_anew_and_saved_again(store: MemoryStore, parts: Sequence[bytes]) -> None:
    talk(Memory(store, embedder=None), 300)
    assert store.save(ALICE, NAME, 300, parts)
    with Memory(store, embedder=None) as memory:
        assert answers(memory) == fresh(store)
    assert len(saved(store)) > 10_000


def test_an_index_of_another_version_is_made_anew(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with Memory(store, embedder=None) as memory:
        talk(memory, 300)
        expected = answers(memory)
    from recollect.recall import index

    monkeypatch.setattr(index, "FORMAT", index.FORMAT + 1)
    with Memory(store, embedder=None) as memory:
        assert answers(memory) == expected
    with Memory(store, embedder=None) as memory:
        monkeypatch.setattr(held, "passage", lambda _: pytest.fail("the new version is not loaded"))
        memory.user("alice").recall("river")


@pytest.mark.parametrize("removal", ["clear", "delete"])
def test_what_is_removed_is_neither_found_nor_saved(store: MemoryStore, removal: str) -> None:
    with Memory(store, embedder=None) as memory:
        talk(memory, 300)
        memory.user("alice").session("secretsession").append(Message("user", "The xylophone is mine.", name="Secretperson"))
        memory.user("alice").recall("river")
    for word in (b"xylophon", b"secretperson"):
        assert word in saved(store).lower()
    with Memory(store, embedder=None) as memory:
        memory.user("alice").recall("river")
        getattr(memory.user("alice").session("secretsession"), removal)()
        assert store.saved(ALICE, NAME) is None
        assert "xylophone" not in str(memory.user("alice").recall("xylophone"))
    for word in (b"xylophon", b"secretperson", b"secretsession"):
        assert word not in saved(store).lower()


def test_what_is_removed_while_an_index_is_being_saved_does_not_come_back(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(store, embedder=None)
    talk(memory, 300)
    memory.user("alice").session("secret").append(user="The xylophone is mine.")

    def slow(data: bytes, anchor: int) -> list[bytes]:
        memory.user("alice").session("secret").delete()
        return pack(data, anchor)

    with monkeypatch.context() as patch:
        patch.setattr(saving, "pack", slow)
        memory.user("alice").recall("river")
        wait(memory)
    assert store.saved(ALICE, NAME) is None
    memory.user("alice").recall("river")
    memory.user("alice").recall("river")
    wait(memory)
    assert b"xylophon" not in saved(store)
    memory.close()


def test_who_is_erased_while_an_index_is_being_saved_stays_erased(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(store, embedder=None)
    talk(memory, 300)

    def slow(data: bytes, anchor: int) -> list[bytes]:
        store.erase(ALICE)
        store.append(Owner("", "user", "alice"), "new", [])
        return pack(data, anchor)

    monkeypatch.setattr(saving, "pack", slow)
    memory.user("alice").recall("river")
    memory.close()
    assert store.owners("", limit=10) == []
    assert store.size() == 0


def test_a_slower_process_never_replaces_what_a_quicker_one_has_saved(store: MemoryStore) -> None:
    slow, quick = Memory(store, embedder=None), Memory(store, embedder=None)
    talk(slow, 300)
    slow.user("alice").recall("river")
    talk(quick, 300, start=300)
    quick.user("alice").recall("river")
    wait(quick)
    one = slow._engine.indexes._held[ALICE]
    one.unsaved.news = 1000
    one.save()
    found = store.saved(ALICE, NAME)
    assert found is not None
    assert found.position == 600
    slow.close()
    quick.close()


def test_a_store_that_does_not_save_does_not_keep_recall_from_answering(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> bool:
        raise StoreError("the disk is full")

    monkeypatch.setattr(store, "save", fail)
    with Memory(store, embedder=None) as memory:
        talk(memory, 300)
        assert answers(memory) == fresh(store)


def test_behind_a_save_in_vain_more_and_more_answers_are_given_before_the_next() -> None:
    unsaved = Unsaved()
    unsaved.news = 1000
    gaps, gap = [], 0
    for _ in range(300):
        if unsaved.due(100):
            gaps.append(gap)
            gap = 0
            unsaved.tried(1000, kept=False)
        else:
            gap += 1
    assert gaps == [0, 1, 3, 7, 15, 31, 63, 64, 64]
    unsaved.tried(1000, kept=True)
    assert not unsaved.due(100)


def test_parts_are_within_their_bound_whatever_they_hold() -> None:
    for data in (b"", b"x", Random(1).randbytes(3 * PART), bytes(3 * PART)):
        parts = pack(data, 5)
        assert max(len(part) for part in parts) <= PART
        assert unpack(parts) == (data, 5)
    with pytest.raises(Damaged):
        unpack([])


@pytest.mark.parametrize("kind", LASTING)
def test_many_processes_save_and_each_finds_at_once_what_another_appended(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "LEAST", 1)
    monkeypatch.setattr(saving, "LEAST", 1)
    monkeypatch.setattr(saving, "SHARE", 1 << 30)
    url = url_of(kind, tmp_path)

    def work(worker: int) -> None:
        with Memory(url, embedder=None) as memory:
            for turn in range(12):
                number = 1000 * worker + turn
                talk(memory, 1, start=number, session=f"s{worker}")
                assert memory.user("alice").recall(f"word{number}", k=1)[0].message.text.endswith(f" word{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    with Memory(url, embedder=None) as memory:
        found = memory.store.saved(ALICE, NAME)
        assert found is not None
        assert found.position <= 48
        assert answers(memory) == fresh(memory.store)


CHILD = """
import sys
from recollect import Memory, Message
from recollect.core import saving
saving.LEAST, saving.SHARE = 1, 1 << 30
memory = Memory(sys.argv[1], embedder=None)
alice = memory.user("alice")
for number in range(int(sys.argv[2]), 10**9):
    alice.session(f"s{number % 7}").append(*(Message("user", f"word{number} {n} river piano") for n in range(20)))
    alice.recall("river")
    print(number, flush=True)
"""


@pytest.mark.parametrize("kind", ["sqlite", "files"])
def test_whoever_is_killed_while_saving_leaves_what_answers_the_same(kind: str, tmp_path: Path) -> None:
    url, rng, number = url_of(kind, tmp_path), Random(5), 0
    loaded = 0
    for _ in range(4):
        with Popen([sys.executable, "-c", CHILD, url, str(number)], stdout=PIPE) as child:
            assert child.stdout is not None
            for _ in range(rng.randrange(3, 12)):
                number = int(child.stdout.readline()) + 1
            time.sleep(rng.random() / 50)
            child.kill()
        number += 2
        with Memory(url, embedder=None) as memory:
            loaded += memory.store.saved(ALICE, NAME) is not None
            assert answers(memory) == fresh(memory.store)
    assert loaded
