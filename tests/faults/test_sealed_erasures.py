"""What the erasure of a sealed memory cannot reach cannot be read: in a server's free space and logs, and in backups of before."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from faults.markers import SEALED, Markers
from privacy.keyrings import keyring
from recollect import Erased, Memory, StoreError
from recollect.model import Owner
from servers import mariadb, postgresql


@pytest.fixture(scope="module", params=["postgresql", "mysql"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple]:
    module, make = (postgresql, postgresql.PostgreSQL) if request.param == "postgresql" else (mariadb, mariadb.MariaDB)
    running = make().start()
    try:
        yield module, running
    finally:
        running.discard()


def left(markers: Markers, folder: Path) -> set[str]:
    return {field for _, field, _ in markers.in_folder(folder)} & set(SEALED)


def test_a_server_keeps_words_of_an_erased_user_in_its_files_for_a_while_where_the_memory_is_plain(server: tuple) -> None:
    module, running = server
    markers = Markers(11)
    with module.database(running) as url, Memory(url, embedder=None) as memory:
        markers.fill(memory)
        receipt = memory.user(markers["user"]).erase()
        assert left(markers, running.folder) >= {"content", "title", "fact"}
        assert [place for place in receipt.left if place.name in ("server", "database files")], "and the receipt says so"


def test_nothing_in_a_server_s_files_can_be_read_where_the_memory_is_sealed(server: tuple, tmp_path: Path) -> None:
    module, running = server
    markers = Markers(12)
    with closing(keyring(tmp_path)) as keys, module.database(running) as url:
        with Memory(url, embedder=None, keys=keys) as memory:
            markers.fill(memory, saved=True)
            assert memory.user(markers["user"]).erase()
        assert left(markers, running.folder) == set()
        assert left(markers, tmp_path) == set()
        assert any(field == "user" for _, field, _ in markers.in_folder(running.folder)), "names are not sealed, and the search finds them"


def test_a_backup_of_before_cannot_be_read_with_the_keys_of_now(tmp_path: Path) -> None:
    markers, owner = Markers(13), Owner("", "user", Markers(13)["user"])
    path = tmp_path / "memory.db"
    with closing(keyring(tmp_path)) as keys:
        with Memory(f"sqlite:///{path}", embedder=None, keys=keys) as memory:
            markers.fill(memory, saved=True)
            memory.session("s", user="bob").append(user="Hello")
        shutil.copy(path, tmp_path / "backup.db")
        with Memory(f"sqlite:///{path}", embedder=None, keys=keys) as memory:
            receipt = memory.user(markers["user"]).erase()
            assert {place.name: place.state for place in receipt.places}["key"] == "done"
            found = markers.in_folder(tmp_path)
            assert {name for name, _, _ in found} == {"backup.db"}
            assert {field for _, field, _ in found} & set(SEALED) == set(), "names alone can be read there"
    with closing(keyring(tmp_path)) as keys, Memory(f"sqlite:///{tmp_path}/backup.db", embedder=None, keys=keys) as memory:
        assert memory.store.inner.changes(owner, 0, 1), "it is there"
        for read in (
            lambda: memory.session(markers["session"], user=markers["user"]).messages(),
            lambda: memory.user(markers["user"]).recall("anything"),
            lambda: memory.user(markers["user"]).facts(),
            lambda: memory.session("new", user=markers["user"]).append(user="x"),
        ):
            with pytest.raises(Erased):
                read()
        assert [message.text for message in memory.session("s", user="bob").messages()] == ["Hello"]


def test_who_is_readmitted_gets_a_new_key(tmp_path: Path) -> None:
    with closing(keyring(tmp_path)) as keys, Memory(f"sqlite:///{tmp_path}/memory.db", embedder=None, keys=keys) as memory:
        chat = memory.session("s", user="alice")
        chat.append(user="before")
        memory.user("alice").erase()
        with pytest.raises(Erased):
            chat.append(user="x")
        assert memory.user("alice").readmit()
        chat.append(user="after")
        assert [message.text for message in chat.messages()] == ["after"]
        assert memory.user("alice").erase()


def test_an_erasure_that_is_repeated_finds_nothing_and_one_that_was_cut_off_tells_what_there_was(tmp_path: Path) -> None:
    with closing(keyring(tmp_path)) as keys, Memory(f"sqlite:///{tmp_path}/memory.db", embedder=None, keys=keys) as memory:
        memory.session("s", user="alice").append(user="before")
        original, memory.store.inner.erase = memory.store.inner.erase, _refuse
        with pytest.raises(StoreError, match="away"):
            memory.user("alice").erase()
        memory.store.inner.erase = original
        assert keys.destroyed(Owner("", "user", "alice")), "the key goes first"
        receipt = memory.user("alice").erase()
        assert (receipt.found, receipt.counts["messages"]) == (True, 1)
        assert not memory.user("alice").erase()
        assert memory.verify_receipt(receipt)


def _refuse(*_: object) -> bool:
    raise StoreError("the database is away")
