"""Behind an erasure, no byte of the user is left: in databases, logs, temporary files, spools; and a kill amid it changes nothing of that."""

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from faults.crew import Child
from faults.markers import NAMES, SEALED, Markers
from recollect import Erased, Memory
from recollect.core.tombstones import ERASING
from recollect.model import Owner
from recollect.privacy.audit import Audit
from recollect.store import open_store
from recollect.store.failover import Failover
from servers import redis

KEY = b"k" * 32


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which everything stands: temporary files and the log, down to DEBUG, as well."""
    for name in ("tmp", "data"):
        (tmp_path / name).mkdir()
    for variable in ("TMPDIR", "SQLITE_TMPDIR", "TEMP"):
        monkeypatch.setenv(variable, str(tmp_path / "tmp"))
    handler = logging.FileHandler(tmp_path / "log.txt")
    logger = logging.getLogger()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield tmp_path
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        handler.close()


def opened(url: str) -> Memory:
    return Memory(url, embedder=None, audit=Audit(KEY, actor="support"))


def fields(found: set) -> set[str]:
    return {hit[-2] for hit in found}


@pytest.mark.parametrize("kind", ["sqlite", "file"])
def test_no_byte_of_an_erased_user_is_left(kind: str, root: Path) -> None:
    url = f"sqlite:///{root}/data/memory.db" if kind == "sqlite" else f"file:///{root}/data/memory"
    alice, bob = Markers(1), Markers(2)
    with opened(url) as memory:
        alice.fill(memory, saved=True)
        bob.fill(memory)
        memory.session(alice["session"], user=alice["user"]).fork("another")
        memory.session("another", user=alice["user"]).delete()
        memory.user(alice["user"]).documents(alice["collection"]).put({alice["key"]: "written over"})
        assert memory.user(alice["user"]).recall(alice["content"]), "its index is saved when the memory is closed"
    with opened(url) as memory:
        alice.fill(memory)
        before = alice.in_folder(root)
        assert fields(before) >= {*SEALED, *NAMES} - {"document", "said as base64"}, "the search finds what is there"
        assert memory.store.saved(Owner("", "user", alice["user"]), "recall"), "a saved index is there, too"
        receipt = memory.user(alice["user"]).erase(by="somebody")
        assert receipt.counts["messages"] > 260
        assert alice.in_folder(root) == set(), "while the memory is open"
        assert fields(bob.in_folder(root)) >= {*SEALED, *NAMES} - {"said as base64"}
        with pytest.raises(Erased):
            memory.user(alice["user"]).session(alice["session"]).append(user=alice["content"])
        assert alice.in_folder(root) == set(), "behind a late writer"
    assert alice.in_folder(root) == set(), "once it is closed"
    assert alice.found(repr(receipt).encode()) == set()


@pytest.mark.parametrize("kind", ["sqlite", "file"])
def test_an_anonymous_session_leaves_no_byte_either(kind: str, root: Path) -> None:
    url = f"sqlite:///{root}/data/memory.db" if kind == "sqlite" else f"file:///{root}/data/memory"
    markers = Markers(3)
    with opened(url) as memory:
        memory.session(markers["session"]).append(user=markers["content"])
        assert fields(markers.in_folder(root)) >= {"session", "content"}
        memory.session(markers["session"]).erase()
        assert markers.in_folder(root) == set()


def test_no_byte_is_left_in_a_spool_nor_of_what_was_refused(root: Path) -> None:
    """In an outage: what waits is erased at once; and what the database refused when it was back."""
    primary = open_store(f"sqlite:///{root}/data/primary.db")
    down = _Switch(primary)
    alice = Markers(4)
    with closing(Failover(down, open_store("memory://"), spool=root / "data" / "spool.db", pause=0.01, longest=0.02)) as store:
        with Memory(store, embedder=None) as memory:
            alice.fill(memory)
            down.up = False
            memory.user(alice["user"]).documents("c").put({alice["key"]: alice["document"]})
            memory.session(alice["session"], user=alice["user"]).append(user=alice["content"])
            memory.session(alice["session"], user=alice["user"]).update(title=alice["title"])
            primary.update_session(
                Owner("", "user", alice["user"]), alice["session"], b' {"title":"meanwhile"}', ttl=None, expect=_revision(primary, alice)
            )
            assert fields(alice.in_folder(root / "data")) >= {"key", "document", "title"}
            down.up = True
            time.sleep(0.05)
            store.check()
            store.replay()
            assert store.refused(), "a dead letter"
            receipt = memory.user(alice["user"]).erase()
            assert {place.name: place.state for place in receipt.places}["spool"] == "done"
            assert store.refused() == []
        assert alice.in_folder(root) == set()
    primary.close()


def test_an_erasure_in_an_outage_is_partial_and_goes_on_when_the_memory_is_opened_next(root: Path) -> None:
    primary = open_store(f"sqlite:///{root}/data/primary.db")
    down = _Switch(primary)
    alice = Markers(5)
    with closing(Failover(down, open_store("memory://"), spool=root / "data" / "spool.db", pause=0.01, longest=0.02)) as store:
        with Memory(store, embedder=None) as memory:
            alice.fill(memory)
            down.up = False
            receipt = memory.user(alice["user"]).erase()
            assert {place.name: place.state for place in receipt.places}["ledger"] == "partial"
            with pytest.raises(Erased):
                memory.user(alice["user"]).remember("x")
            down.up = True
            time.sleep(0.05)
            store.check()
            store.replay()
        with Memory(store, embedder=None) as memory:
            assert memory.user(alice["user"]).erased()
            assert memory.store.documents(Owner("", "tenant", ""), ERASING) == []
        assert alice.in_folder(root) == set()
    primary.close()


def _revision(store, markers: Markers) -> int:
    state = store.session(Owner("", "user", markers["user"]), markers["session"])
    return state.revision


class _Switch:
    """A store that does not answer while it is switched off."""

    def __init__(self, store) -> None:
        self.store, self.up = store, True

    def __getattr__(self, name: str):
        from recollect.errors import StoreError

        if not self.up:
            raise StoreError("the connection was refused")
        return getattr(self.store, name)

    def append(self, *args, **kwargs):
        return self.__getattr__("append")(*args, **kwargs)

    def changes(self, *args, **kwargs):
        return self.__getattr__("changes")(*args, **kwargs)


def test_redis_holds_no_byte_behind_the_rewrite_of_its_log(root: Path) -> None:
    server = redis.Redis().start()
    alice = Markers(6)
    try:
        with opened(server.url) as memory:
            alice.fill(memory, saved=True)
            assert fields(alice.in_folder(server.folder)) >= {*SEALED, *NAMES} - {"said as base64"}
            receipt = memory.user(alice["user"]).erase()
            assert "partial" not in {place.state for place in receipt.places}
            _until(lambda: alice.in_folder(server.folder) == set())  # the former file is removed in the background
        assert alice.in_folder(server.folder) == set()
        assert alice.in_folder(root) == set()
    finally:
        server.discard()


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(100):
        if condition():
            return
        time.sleep(0.05)


# kills


def _erasing(url: str, user: str):
    def work(say) -> None:
        with Memory(url, embedder=None) as memory:
            say(1)
            memory.user(user).erase()
            say(2)
            time.sleep(60)

    return work


@pytest.mark.parametrize("kind", ["sqlite", "file"])
def test_an_erasure_that_is_killed_goes_on_at_the_next_opening_or_never_began(kind: str, root: Path) -> None:
    rng, begun = Random(1), 0
    for number in range(15):
        folder = root / f"data/{number}"
        folder.mkdir()
        url = f"sqlite:///{folder}/memory.db" if kind == "sqlite" else f"file:///{folder}/memory"
        alice = Markers(100 + number)
        with Memory(url, embedder=None) as memory:
            alice.fill(memory)
        child = Child(_erasing(url, alice["user"]))
        time.sleep(rng.uniform(0.02, 0.12))
        child.kill()
        with Memory(url, embedder=None) as memory:
            erased = memory.user(alice["user"]).erased()
            begun += erased
            assert bool(alice.in_folder(folder)) is not erased
            if not erased:
                assert memory.session(alice["session"], user=alice["user"]).info().count == 3
        shutil.rmtree(folder)
    assert begun, "some were killed late enough"
