"""Keys in the keyring of the operating system."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator

import pytest
from keyring.backends.fail import Keyring as NoKeyring
from keyring.backends.null import Keyring as NullKeyring
from keyring.errors import KeyringLocked

from privacy.keys.keks import InMemory, using
from privacy.keys.shown import told
from recollect.errors import Conflict, Invalid, KeyServiceFailed, NotFound
from recollect.privacy.keys import system
from recollect.privacy.keys.opening import new_kek, open_kek
from recollect.privacy.keys.wrapping import new_key

KEY = "recollect-kek-1:" + urlsafe_b64encode(b"Quetzalcoatl" * 3).decode()[:43] + "="


@pytest.fixture
def kept() -> Iterator[InMemory]:
    backend = InMemory()
    with using(backend):
        yield backend


def test_a_new_key_is_kept_and_never_replaced(kept: InMemory) -> None:
    text, made = new_kek("keyring:production")
    assert text == "keyring:production"
    assert open_kek(text).name == made.name
    assert list(kept.kept) == [("recollect", "production")]
    with pytest.raises(Conflict, match="another name"):
        new_kek("keyring:production")
    assert open_kek(text).name == made.name
    assert new_kek("keyring:staging")[1].name != made.name


@pytest.mark.usefixtures("kept")
def test_a_key_that_is_not_there_is_told_with_what_to_do() -> None:
    with pytest.raises(NotFound, match="recollect keys new keyring:nobody"):
        open_kek("keyring:nobody")
    with pytest.raises(Invalid, match="needs a name"):
        new_kek("keyring:")


def test_what_is_no_key_is_refused_without_being_shown(kept: InMemory) -> None:
    kept.set_password("recollect", "x", "hunter2")
    with pytest.raises(Invalid, match="no key-encryption key") as caught:
        open_kek("keyring:x")
    assert "hunter2" not in told(caught.value)


def test_the_same_key_has_the_same_name_as_in_a_file(kept: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.set_password("recollect", "x", text := new_key())
    monkeypatch.setenv("MY_KEY", text)
    assert open_kek("keyring:x").name == open_kek("env:MY_KEY").name


class Locked(InMemory):
    """A keyring whose user does not unlock it."""

    def __init__(self, *, readable: bool) -> None:
        super().__init__()
        self._readable = readable

    def get_password(self, service: str, username: str) -> str | None:
        if self._readable:
            return None
        raise KeyringLocked("not now")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("not now")


def test_a_keyring_that_is_absent_locked_or_keeps_nothing_is_told_and_shows_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "new_key", lambda: KEY)
    for backend, match in (
        (NoKeyring(), "no keyring"),
        (Locked(readable=False), "unlock it"),
        (Locked(readable=True), "unlock it"),
        (NullKeyring(), "does not keep"),
    ):
        with using(backend), pytest.raises(KeyServiceFailed, match=match) as caught:
            new_kek("keyring:x")
        assert KEY[20:40] not in told(caught.value)


def test_without_the_package_it_says_what_to_install(without: Callable[[str], None]) -> None:
    without("keyring")
    with pytest.raises(ImportError, match=r"recollect\[keyring\]"):
        open_kek("keyring:x")


@pytest.mark.parametrize("text", ["aws-kms:1234", "vault:transit/keys/k", "env:NAME"])
def test_keys_of_services_are_not_made_here(text: str) -> None:
    with pytest.raises(Invalid, match="made there"):
        new_kek(text)
