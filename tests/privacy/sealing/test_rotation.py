"""Keys are replaced while a memory is in use."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event
from time import sleep

import pytest

from privacy.keyrings import keyring
from recollect import Memory
from recollect.model import Owner
from recollect.privacy.keys import Keyring, open_keyring
from recollect.privacy.keys.keyring import VALID
from recollect.privacy.keys.opening import open_keks
from recollect.privacy.keys.wrapping import new_key_file
from recollect.privacy.sealing import record
from recollect.store import open_store

ALICE = Owner("", "user", "alice")
USERS = [f"user {n}" for n in range(4)]


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keyring]:
    with_keys = keyring(tmp_path)
    yield with_keys
    with_keys.close()


def test_a_process_reads_at_once_what_another_one_seals_with_a_new_key(tmp_path: Path, keys: Keyring) -> None:
    url, others = f"sqlite:///{tmp_path}/memory.db", keyring(tmp_path)
    with Memory(url, keys=keys, embedder=None) as one, Memory(url, keys=others, embedder=None) as two:
        one.session("s", user="alice").append(user="with the old key")
        assert len(two.session("s", user="alice").messages()) == 1
        keys.rotate(ALICE)
        one.session("s", user="alice").append(user="with the new key")
        assert [m.content for m in two.session("s", user="alice").messages()] == ["with the old key", "with the new key"]
        two.session("s", user="alice").append(user="with either")
        assert len(one.session("s", user="alice").messages()) == 3
        ids = [record.key_of(entry.body) for entry in one.store.inner.entries(ALICE, "s")]
    assert ids[:2] == [1, 2]
    others.close()


def test_all_keys_are_rotated_and_wrapped_anew_while_a_memory_is_written_and_read(tmp_path: Path, keys: Keyring) -> None:
    url = f"sqlite:///{tmp_path}/memory.db"
    new = new_key_file(tmp_path / "new")
    opened = open_keyring(f"{tmp_path}/keys.db", f"file:{tmp_path}/new")
    both = Keyring(open_keks(f"file:{tmp_path}/new,file:{tmp_path}/kek"), opened.store, clock=count(0, VALID / 4).__next__)
    enough = Event()
    with Memory(url, keys=both, embedder=None) as memory, ThreadPoolExecutor(4) as pool:

        def talk(user: str) -> int:
            chat = memory.session("s", user=user)
            said = 0
            while not enough.is_set() or said < 20:
                said += 1
                chat.append(user=f"{user}: {said}")
                assert chat.messages(last=1)[0].content == f"{user}: {said}"
            return said

        memory.session("s", user=USERS[0]).append(user="first")
        talks = [pool.submit(talk, user) for user in USERS]
        for _ in range(8):
            keys.rewrap(new)
            keys.rotate(Owner("", "user", USERS[0]))
            sleep(0.02)
        enough.set()
        said = [talk.result() for talk in talks]
        keys.rewrap(new)
    both.close()
    alone = open_keyring(f"{tmp_path}/keys.db", f"file:{tmp_path}/new")
    with Memory(url, keys=alone, embedder=None) as memory:
        assert [len(memory.session("s", user=user).messages()) for user in USERS] == [said[0] + 1, *said[1:]]
    store = open_store(url)
    ids = {record.key_of(entry.body) for entry in store.entries(Owner("", "user", USERS[0]), "s")}
    store.close()
    assert len(ids) > 1
    alone.close()
