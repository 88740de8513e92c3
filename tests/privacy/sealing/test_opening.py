"""A memory that is sealed is opened with its keys, and with nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy.keyrings import keyring
from recollect import AsyncMemory, Invalid, Locked, Memory
from recollect.errors import Damaged, Erased
from recollect.model import Document, Owner
from recollect.privacy.keys import Keyring
from recollect.privacy.sealing import Sealed
from recollect.store import open_store


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keyring]:
    (tmp_path / "keys").mkdir()
    keys = keyring(tmp_path / "keys")
    yield keys
    keys.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/memory.db"


def test_an_empty_memory_is_sealed_from_its_opening_with_keys(keys: Keyring, url: str, tmp_path: Path) -> None:
    with Memory(url, keys=keys) as memory:
        memory.session("s", user="alice").append(user="a most secret word")
        assert memory.session("s", user="alice").messages()[0].content == "a most secret word"
        assert isinstance(memory.store, Sealed)
        assert b"secret" not in b"".join(path.read_bytes() for path in tmp_path.glob("memory.db*"))
    with Memory(url, keys=keys) as memory:
        assert memory.session("s", user="alice").messages()[0].content == "a most secret word"
        assert memory.users().items == ["alice"]


async def test_the_asynchronous_face_opens_it_likewise(keys: Keyring, url: str) -> None:
    async with AsyncMemory(url, keys=keys) as memory:
        await memory.session("s", user="alice").append(user="hello")
        assert [m.content for m in memory.sync.session("s", user="alice").messages()] == ["hello"]
    with pytest.raises(Locked, match="--keys"):
        AsyncMemory(url)


def test_a_sealed_memory_is_not_opened_without_keys(keys: Keyring, url: str) -> None:
    Memory(url, keys=keys).close()
    with pytest.raises(Locked, match="open it with the keys"):
        Memory(url)


def test_a_sealed_memory_is_not_opened_with_other_keys(keys: Keyring, url: str, tmp_path: Path) -> None:
    with Memory(url, keys=keys) as memory:
        memory.session("s", user="alice").append(user="hello")
    (tmp_path / "others").mkdir()
    others = keyring(tmp_path / "others")
    with pytest.raises(Locked, match="other keys"):
        Memory(url, keys=others)
    with Memory("memory://", keys=others), pytest.raises(Damaged, match="not written with these keys"):
        Memory(url, keys=others)
    others.close()


def test_the_faces_of_a_sealed_memory_share_its_store(keys: Keyring, url: str) -> None:
    with Memory(url, keys=keys) as memory:
        assert memory.aio.store is memory.store


def test_a_plain_memory_is_not_opened_with_keys(keys: Keyring, url: str) -> None:
    with Memory(url) as memory:
        memory.session("s", user="alice").append(user="hello")
    with pytest.raises(Invalid, match="recollect seal"):
        Memory(url, keys=keys)


def test_tenants_are_sealed_each_for_itself(keys: Keyring, url: str) -> None:
    with Memory(url, tenant="plain") as plain, Memory(url, tenant="sealed", keys=keys) as sealed:
        for memory in (plain, sealed):
            memory.session("s", user="alice").append(user="hello")
            assert len(memory.session("s", user="alice").messages()) == 1
    with pytest.raises(Locked):
        Memory(url, tenant="sealed")


def test_keys_are_not_kept_in_the_memory_that_they_seal(tmp_path: Path, keys: Keyring) -> None:
    with pytest.raises(Invalid, match="apart"):
        Memory(f"sqlite:///{tmp_path}/keys/keys.db", keys=keys)


def test_nobody_without_keys_has_plain_records_read(keys: Keyring, url: str) -> None:
    Memory(url, keys=keys).close()
    store = open_store(url)
    tenant = Owner("", "tenant", "")
    (mark,) = store.documents(tenant, "recollect.sealing")
    assert mark.body is not None
    store.put(tenant, [Document(mark.collection, mark.key, mark.body.replace(b"sealed", b"sealing"))])
    store.close()
    with pytest.raises(Damaged, match="not written with these keys"):
        Memory(url, keys=keys)


def test_what_tells_of_the_sealing_is_no_part_of_the_memory_and_outlives_an_erasure(keys: Keyring, url: str) -> None:
    tenant = Owner("", "tenant", "")
    with Memory(url, keys=keys) as memory:
        assert memory.store.documents(tenant, "recollect.sealing") == []
        assert memory.store.changes(tenant, 0, 10) == []
        memory.store.erase(tenant)
        with pytest.raises(Invalid, match="recollect seal"):
            memory.store.put(tenant, [Document("recollect.sealing", "memory", None)])
    with pytest.raises(Locked):
        Memory(url)


def test_nothing_derived_is_kept_of_an_owner_whose_key_was_destroyed(keys: Keyring) -> None:
    alice = Owner("", "user", "alice")
    with Memory("memory://", keys=keys) as memory:
        memory.session("s", user="alice").append(user="hello")
        assert memory.store.save(alice, "index", 1, [b"words"])
        keys.destroy(alice)
        assert memory.store.saved(alice, "index") is None
        assert memory.store.save(alice, "index", 1, [b"words"]) is False


def test_an_overview_leaves_out_whose_key_was_destroyed(keys: Keyring) -> None:
    with Memory("memory://", keys=keys) as memory:
        for user in ("alice", "bob"):
            memory.session("s", user=user).append(user="hello")
            memory.session("s", user=user).update(title="greeting")
        keys.destroy(Owner("", "user", "alice"))
        assert [info.user for info in memory.recent()] == ["bob"]
        with pytest.raises(Erased):
            memory.session("s", user="alice").messages()
