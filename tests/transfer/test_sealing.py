"""An existing memory is sealed in place."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from signal import SIGKILL
from subprocess import run

import pytest

from privacy.keyrings import keyring
from recollect import Damaged, Invalid, Locked, Memory, Message
from recollect.errors import Erased
from recollect.model import Document, Entry, Owner
from recollect.privacy.keys import Keyring
from recollect.privacy.sealing import Sealed, record
from recollect.store import Store, open_store
from recollect.store.protocol import REMOVED, REWRITTEN
from recollect.transfer import aseal, copy, seal

MARK = "Zanzibar"
TENANT = Owner("", "tenant", "")


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keyring]:
    (tmp_path / "keys").mkdir()
    keys = keyring(tmp_path / "keys")
    yield keys
    keys.close()


@pytest.fixture(params=["sqlite", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    (tmp_path / "data").mkdir()
    return f"{request.param}:///{tmp_path}/data/memory"


def fill(url: str, users: int = 2) -> None:
    with Memory(url, embedder=None) as memory:
        for number in range(users):
            user = memory.user(f"user {number}")
            for name in ("a", "b"):
                session = memory.session(name, user=f"user {number}")
                session.append(*(Message("user", f"{MARK} {n}", metadata={"place": MARK}) for n in range(5)))
                session.update(title=f"On {MARK}")
            for n in range(3):
                user.remember(f"likes {MARK} {n}")
            user.recall(MARK)
        memory.session("anonymous").append(user=f"about {MARK}")
        memory.documents("places").put({"x": {"name": MARK}})


def told(memory: Memory) -> object:
    def of(session: object) -> list[tuple[object, ...]]:
        return [(m.id, m.content, m.metadata, m.created, m.position) for m in session.messages()]

    facts = [fact.text for name in ("user 0", "user 1") for fact in memory.user(name).facts()]
    sessions = [(of(memory.session(s, user=u)), memory.session(s, user=u).info().title) for u in ("user 0", "user 1") for s in ("a", "b")]
    return facts, sessions, of(memory.session("anonymous")), memory.documents("places").get("x")


def bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def bodies(store: Store) -> Iterator[tuple[Owner, Entry | Document]]:
    for owner in store.owners("", limit=100):
        for item in store.changes(owner, 0, 1000):
            yield owner, item


def assert_all_sealed(url: str) -> None:
    store = open_store(url)
    found = [item for _, item in bodies(store) if item.body is not None and getattr(item, "collection", "") != "recollect.sealing"]
    store.close()
    assert len(found) > 20
    for item in found:
        assert record.is_sealed(item.body) or item.collection in {REMOVED, REWRITTEN}, item


def test_what_is_there_is_sealed_and_reads_as_before(keys: Keyring, url: str, tmp_path: Path) -> None:
    fill(url)
    assert MARK.encode() in bytes_in(tmp_path / "data")
    with Memory(url, embedder=None) as memory:
        before = told(memory)
    steps: list[tuple[int, int]] = []
    report = seal(url, keys, progress=lambda *step: steps.append(step))
    assert (report.messages, report.owners) == (21, 4)
    assert steps[-1] == (report.messages + report.documents,) * 2
    assert_all_sealed(url)
    assert MARK.encode() not in bytes_in(tmp_path / "data")
    with Memory(url, keys=keys, embedder=None) as memory:
        assert isinstance(memory.store, Sealed)
        assert not memory.store.mixed
        assert told(memory) == before
        assert memory.user("user 0").recall(MARK)
    with pytest.raises(Locked):
        Memory(url)


def test_nothing_plain_is_left_where_rows_have_moved_between_pages(keys: Keyring, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    url, random = f"sqlite:///{tmp_path}/data/memory", Random(2)
    with Memory(url, embedder=None) as memory:
        for _ in range(150):
            chat = memory.session(f"s{random.randrange(12)}", user="alice")
            chat.append(*(Message("user", f"{MARK} " * random.choice([1, 3, 10, 40, 100])) for _ in range(random.randrange(1, 5))))
    assert seal(url, keys).left == ()
    assert MARK.encode() not in bytes_in(tmp_path / "data")


def test_sealing_again_does_nothing(keys: Keyring, url: str) -> None:
    fill(url)
    seal(url, keys)
    again = seal(url, keys)
    assert (again.owners, again.messages, again.documents) == (0, 0, 0)


class Tired(Exception):
    pass


@pytest.mark.parametrize("steps", [1, 2, 4, 6])
def test_an_interrupted_sealing_is_read_with_keys_and_goes_on(keys: Keyring, url: str, tmp_path: Path, steps: int) -> None:
    fill(url)
    with Memory(url, embedder=None) as memory:
        before = told(memory)
    taken: list[int] = []

    def stop(done: int, _: int) -> None:
        taken.append(done)
        if len(taken) == steps:
            raise Tired

    with pytest.raises(Tired):
        seal(url, keys, progress=stop)
    with pytest.raises(Locked):
        Memory(url)
    with Memory(url, keys=keys, embedder=None) as memory:
        assert isinstance(memory.store, Sealed)
        assert memory.store.mixed
        assert told(memory) == before
        memory.session("a", user="user 1").append(Message("user", "later", id="later"))
    seal(url, keys)
    assert_all_sealed(url)
    assert MARK.encode() not in bytes_in(tmp_path / "data")
    with Memory(url, keys=keys, embedder=None) as memory:
        assert memory.session("a", user="user 1").messages()[-1].content == "later"


def test_a_retry_of_a_plain_message_is_known_while_the_memory_is_being_sealed(keys: Keyring, url: str) -> None:
    message = Message("user", "once", id="once")
    with Memory(url, embedder=None) as memory:
        memory.session("z", user="zoe").append(message)
        memory.session("a", user="adam").append(user="hello")

    def stop(*_: int) -> None:
        raise Tired

    with pytest.raises(Tired):
        seal(url, keys, progress=stop)
    with Memory(url, keys=keys, embedder=None) as memory:
        memory.session("z", user="zoe").append(message)
        assert [m.content for m in memory.session("z", user="zoe").messages()] == ["once"]


def test_a_plain_record_in_a_sealed_memory_is_an_error(keys: Keyring, url: str) -> None:
    fill(url)
    seal(url, keys)
    alice = Owner("", "user", "alice")
    store = open_store(url)
    store.append(alice, "s", [Entry(0, "m", "user", 1, None, b"d" * 16, b' {"content":"forged"}')])
    store.put(alice, [Document("recollect.facts", "f", b" {}"), Document(REMOVED, "s", b" {}")])
    store.update_session(alice, "s", b" {}", ttl=None, expect=0)
    store.close()
    with Memory(url, keys=keys, embedder=None) as memory:
        for read in (
            memory.session("s", user="alice").messages,
            memory.session("s", user="alice").info,
            memory.user("alice").facts,
            memory.recent,
            lambda: memory.store.changes(alice, 0, 10),
            lambda: memory.store.documents(alice, REMOVED),
        ):
            with pytest.raises(Damaged, match="is not sealed"):
                read()


def test_users_of_a_plain_memory_are_not_sealed_alone(keys: Keyring, url: str) -> None:
    fill(url)
    with pytest.raises(Invalid, match="the whole of it first"):
        seal(url, keys, users=["user 0"])


def test_a_users_new_key_seals_what_is_new_and_the_old_one_opens_what_was(keys: Keyring, url: str) -> None:
    fill(url)
    seal(url, keys)
    with Memory(url, keys=keys, embedder=None) as memory:
        before = told(memory)
        owner = Owner("", "user", "user 0")
        assert keys.rotate(owner) == 2
        memory.session("new", user="user 0").append(user="sealed with the new key")
        assert told(memory) == before
    assert key_ids(url, owner) == {1, 2}
    report = seal(url, keys, users=["user 0"])
    assert (report.owners, report.messages) == (1, 10)
    assert key_ids(url, owner) == {2}
    assert key_ids(url, Owner("", "user", "user 1")) == {1}
    with Memory(url, keys=keys, embedder=None) as memory:
        assert told(memory) == before


def key_ids(url: str, owner: Owner) -> set[int]:
    store = open_store(url)
    found = {record.key_of(item.body) for item in store.changes(owner, 0, 1000) if item.body}
    store.close()
    return found


def test_an_erased_owner_is_left_out_of_the_sealing(keys: Keyring, url: str) -> None:
    fill(url)
    keys.destroy(Owner("", "user", "user 1"))
    assert seal(url, keys).erased == [Owner("", "user", "user 1")]
    with Memory(url, keys=keys, embedder=None) as memory, pytest.raises(Erased):
        memory.session("a", user="user 1").append(user="back again")


def test_what_has_expired_is_removed_and_not_sealed(keys: Keyring, url: str) -> None:
    with Memory(url, embedder=None) as memory:
        session = memory.session("short", user="alice")
        session.append(user="gone soon")
        session.update(ttl=timedelta(microseconds=1))
    assert seal(url, keys).messages == 0
    with Memory(url, keys=keys, embedder=None) as memory:
        assert [item.body for item in memory.store.changes(Owner("", "user", "alice"), 0, 10) if item.body] == []


async def test_it_can_be_awaited(keys: Keyring, url: str) -> None:
    fill(url)
    assert (await aseal(url, keys)).messages == 21


KILLED = """
import os, signal, sys
from recollect.privacy.keys import open_keyring
from recollect.transfer import seal

folder, url, steps = sys.argv[1], sys.argv[2], int(sys.argv[3])
taken = 0

def step(*_):
    global taken
    taken += 1
    if taken == steps:
        os.kill(os.getpid(), signal.SIGKILL)

seal(url, open_keyring(f"{folder}/keys.db", f"file:{folder}/kek"), progress=step)
"""


def test_a_sealing_that_is_killed_again_and_again_comes_to_its_end(keys: Keyring, url: str, tmp_path: Path) -> None:
    fill(url)
    with Memory(url, embedder=None) as memory:
        before = told(memory)
    for steps in (1, 1, 2, 3):
        done = run([sys.executable, "-c", KILLED, str(tmp_path / "keys"), url, str(steps)], check=False)
        assert done.returncode == -SIGKILL
    seal(url, keys)
    assert_all_sealed(url)
    assert MARK.encode() not in bytes_in(tmp_path / "data")
    with Memory(url, keys=keys, embedder=None) as memory:
        assert told(memory) == before


@pytest.mark.parametrize("target", ["plain", "sealed"])
def test_a_sealed_memory_is_copied_to_a_plain_one_and_to_one_with_other_keys(keys: Keyring, tmp_path: Path, target: str) -> None:
    (tmp_path / "others").mkdir()
    (tmp_path / "data").mkdir()
    url, copied = f"sqlite:///{tmp_path}/data/first.db", f"file:///{tmp_path}/copy"
    fill(url)
    seal(url, keys)
    others = keyring(tmp_path / "others") if target == "sealed" else None
    with Memory(url, keys=keys, embedder=None) as first, Memory(copied, keys=others, embedder=None) as second:
        assert copy(first.store, second.store, name="first").complete
    with Memory(url, keys=keys, embedder=None) as first, Memory(copied, keys=others, embedder=None) as second:
        assert content_of(first) == content_of(second)
    assert (MARK.encode() in bytes_in(tmp_path / "copy")) == (target == "plain")
    if others is not None:
        others.close()


def content_of(memory: Memory) -> object:
    facts = [fact.text for name in ("user 0", "user 1") for fact in memory.user(name).facts()]
    return facts, [m.content for s in "ab" for m in memory.session(s, user="user 0").messages()], memory.documents("places").get("x")
