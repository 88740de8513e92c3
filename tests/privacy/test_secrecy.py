"""Nothing shows a key: no text of an object, no error, no log, no variable of a failed call, no pickle."""

import copy
import logging
import pickle
import traceback
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from privacy.keyrings import keyring
from recollect import Memory
from recollect.errors import RecollectError, StoreError
from recollect.model import Document, Owner
from recollect.privacy.keys import Keyring
from recollect.privacy.keys.keystore import StoredKeys
from recollect.privacy.keys.opening import open_kek, open_keyring
from recollect.privacy.keys.record import OwnerKeys
from recollect.privacy.keys.secret import Secret
from recollect.privacy.keys.wrapping import LocalKey, new_key_file
from recollect.privacy.sealing.bodies import Bodies
from recollect.store.memory import MemoryStore

ALICE = Owner("", "user", "alice")
MARKS = [bytes([65 + n]) * 32 for n in range(4)]
"""The keys: the key-encryption key, the one for digests, and two that seal."""


def shown(mark: bytes) -> list[str]:
    """Return what a key would look like, whole or in part."""
    part = mark[:8]
    return [part.decode(), part.hex(), repr(list(part))[1:-1], b64encode(mark)[:10].decode(), urlsafe_b64encode(b"." + mark)[4:14].decode()]


def assert_hidden(text: str) -> None:
    for mark in MARKS:
        for form in shown(mark):
            assert form not in text


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyring]:
    """Return a keyring whose keys are known."""
    import recollect.privacy.keys.record as records

    made = iter(MARKS[1:] * 10)
    monkeypatch.setattr(records, "_new", lambda: Secret(next(made)))
    ring = Keyring(LocalKey(Secret(MARKS[0])), StoredKeys(MemoryStore()))
    ring.key(ALICE, make=True)
    yield ring
    ring.close()


def test_no_object_shows_a_key(keys: Keyring) -> None:
    owner = keys.key(ALICE)
    memory = Memory("memory://", keys=keys, embedder=None)
    for one in (keys, keys._kek, owner, owner.key(1), owner.plain("x"), owner._for_macs, keys._held, memory.store, vars(keys), vars(memory)):
        assert_hidden(repr(one))
        assert_hidden(str(one))
    memory.close()


@pytest.mark.parametrize("doing", [pickle.dumps, copy.copy, copy.deepcopy], ids=["pickled", "copied", "deeply copied"])
def test_no_object_with_a_key_is_pickled_or_copied(keys: Keyring, doing: Callable[[object], object]) -> None:
    owner = keys.key(ALICE)
    for one in (keys, owner, owner.key(1), owner.plain("x")):
        with pytest.raises(TypeError, match="not pickled or copied"):
            doing(one)


class Refusing(LocalKey):
    """A key service that fails in the middle of its work."""

    def wrap(self, secret: bytes, under: str) -> bytes:
        raise StoreError("the service does not answer")


def failures(keys: Keyring, folder: Path) -> Iterator[Callable[[], object]]:
    owner = keys.key(ALICE)
    bodies = Bodies(ALICE, keys, mixed=False)
    sealed = bodies.seal_document(Document("c", "k", b" 1"))
    assert sealed.body is not None
    yield lambda: bodies.open_document(replace(sealed, body=sealed.body[:-1] + b"x"))
    yield lambda: bodies.open_document(replace(sealed, body=sealed.body[:20] + b"x" + sealed.body[21:]))
    yield lambda: bodies.open_document(replace(sealed, body=b" plain"))
    yield lambda: bodies.open_document(replace(sealed, key="other"))
    yield lambda: Keyring(LocalKey(Secret(b"w" * 32)), keys.store).key(ALICE)
    yield lambda: keys.rewrap(Refusing(Secret(b"w" * 32)))
    yield lambda: Keyring(Refusing(Secret(MARKS[0])), StoredKeys(MemoryStore())).key(ALICE, make=True)
    yield lambda: keys.key(Owner("", "user", "nobody"))
    (folder / "kek").write_bytes(b"recollect-kek-2:" + urlsafe_b64encode(MARKS[0]))
    (folder / "kek").chmod(0o600)
    yield lambda: open_kek(f"file:{folder}/kek")
    yield lambda: open_keyring("", f"file:{folder}/kek")
    kek = keys._kek
    yield lambda: kek.unwrap(kek.wrap(owner.plain("x"), "x")[:-1], "x")

    class Forging(LocalKey):
        def unwrap(self, wrapped: bytes, under: str) -> bytes:
            return super().unwrap(wrapped, under)[:-1]

    yield lambda: Keyring(Forging(Secret(MARKS[0])), keys.store).key(ALICE)


def test_no_error_shows_a_key_and_no_variable_of_what_failed_does(keys: Keyring, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    count = 0
    with caplog.at_level(logging.DEBUG):
        for fail in failures(keys, tmp_path):
            with pytest.raises(RecollectError) as caught:
                fail()
            told = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
            ours = "\n".join(part for part in told.split("  File ") if "test_secrecy" not in part)
            assert_hidden(ours)
            assert_hidden(str(caught.value))
            count += 1
    assert count == 12
    assert_hidden(caplog.text)


def test_the_marks_would_be_seen() -> None:
    for mark in MARKS:
        for text in (repr(mark), mark.hex(), f"{list(mark)}", b64encode(mark).decode(), b64encode(b"x" + mark).decode()):
            with pytest.raises(AssertionError):
                assert_hidden(text)


def test_a_sealed_memory_logs_and_writes_no_key(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    new_key_file(tmp_path / "kek")
    ring = keyring(tmp_path)
    with caplog.at_level(logging.DEBUG), Memory(f"sqlite:///{tmp_path}/memory.db", keys=ring, embedder=None) as memory:
        memory.session("s", user="alice").append(user="hello")
        memory.user("alice").recall("hello")
        memory.user("alice").erase()
    key: OwnerKeys = ring.key(Owner("", "tenant", ""))
    found = key.key(1)
    assert found is not None
    for secret in (found._bytes, key._for_macs._bytes):
        assert secret not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert secret.hex() not in caplog.text
    ring.close()
