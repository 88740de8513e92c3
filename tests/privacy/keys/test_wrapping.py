"""Key-encryption keys come from files and environment variables."""

import logging
from pathlib import Path

import pytest

from recollect.errors import Conflict, Invalid, Locked, NotFound
from recollect.privacy.keys.opening import open_kek, open_keks, open_keyring
from recollect.privacy.keys.wrapping import new_key, new_key_file


def test_a_new_key_stands_in_a_new_file_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    path = tmp_path / "kek"
    made = new_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert open_kek(f"file:{path}").name == made.name
    with pytest.raises(Conflict, match="there already"):
        new_key_file(path)
    assert open_kek(f"file:{path}").unwrap(made.wrap(b"secret", "x"), "x") == b"secret"


def test_the_same_key_has_the_same_name_wherever_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = new_key_file(tmp_path / "kek")
    monkeypatch.setenv("MY_KEY", (tmp_path / "kek").read_text())
    assert [one.name for one in open_keks(f"env:MY_KEY, file:{tmp_path}/kek")] == [made.name] * 2


def test_another_key_does_not_open_what_was_wrapped(tmp_path: Path) -> None:
    one, two = new_key_file(tmp_path / "one"), new_key_file(tmp_path / "two")
    assert one.name != two.name
    with pytest.raises(Locked, match=two.name):
        two.unwrap(one.wrap(b"secret", "x"), "x")
    for damaged in (b"", b"short", one.wrap(b"secret", "x")[:-1]):
        with pytest.raises(Locked):
            one.unwrap(damaged, "x")


@pytest.mark.parametrize("text", ["", "file", "file:", "vault-of-mine:x", new_key()])
def test_what_names_no_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        open_kek(text)
    assert "file:PATH" in str(caught.value)
    assert len(text) < 20 or text not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "nothing", "recollect-kek-1:", "recollect-kek-1:c2hvcnQ=", new_key()[:-5], new_key()[3:], "recollect-kek-1:\xff"]
)
def test_a_file_that_holds_no_key_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kek"
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o600)
    with pytest.raises(Invalid, match="recollect keys new") as caught:
        open_kek(f"file:{path}")
    assert text[20:] not in str(caught.value) or not text[20:]


def test_a_key_that_is_not_there_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound, match="recollect keys new"):
        open_kek(f"file:{tmp_path}/none")
    monkeypatch.delenv("NO_KEY", raising=False)
    with pytest.raises(NotFound, match="NO_KEY"):
        open_kek("env:NO_KEY")
    with pytest.raises(Invalid, match="cannot be read"):
        open_kek(f"file:{tmp_path}")


def test_a_key_that_others_can_read_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    new_key_file(tmp_path / "kek")
    (tmp_path / "kek").chmod(0o644)
    with caplog.at_level(logging.WARNING, "recollect"):
        open_kek(f"file:{tmp_path}/kek")
    assert "chmod 600" in caplog.text


def test_a_key_store_that_is_not_there_is_made_only_where_that_is_wanted(tmp_path: Path) -> None:
    new_key_file(tmp_path / "kek")
    with pytest.raises(NotFound, match="no keys at"):
        open_keyring(f"{tmp_path}/keys.db", f"file:{tmp_path}/kek", make=False)
    open_keyring(f"{tmp_path}/keys.db", f"file:{tmp_path}/kek").close()
    open_keyring(f"sqlite:///{tmp_path}/keys.db", f"file:{tmp_path}/kek", make=False).close()
    with pytest.raises(Invalid, match="empty"):
        open_keyring("", f"file:{tmp_path}/kek")
