"""Where the audit's key comes from."""

import stat
from base64 import b64encode
from pathlib import Path
from threading import Thread

import pytest

from recollect.errors import Invalid, NotFound, StoreError
from recollect.privacy.audit import Audit
from recollect.privacy.audit.key import Key, key_of

SECRET = bytes(range(32))


def same(one: Key, other: Key) -> bool:
    return one.mac(b"p", b"d") == other.mac(b"p", b"d")


def test_a_file_is_made_for_its_owner_alone_and_read_again(tmp_path: Path) -> None:
    first = key_of(tmp_path / "key", make=True)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert same(first, key_of(str(tmp_path / "key"), make=False))
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_processes_that_make_a_key_at_once_have_one(tmp_path: Path) -> None:
    found: list[Key] = []
    threads = [Thread(target=lambda: found.append(key_of(tmp_path / "key", make=True))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(same(one, found[0]) for one in found)


def test_a_file_that_others_may_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    key_of(tmp_path / "key", make=True)
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(Invalid, match="chmod 600"):
        key_of(tmp_path / "key", make=True)


def test_a_variable_and_bytes_do_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_KEY", b64encode(SECRET).decode() + "\n")
    assert same(key_of("env:AUDIT_KEY", make=False), key_of(SECRET, make=False))


def test_what_holds_no_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("too short")
    (tmp_path / "key").chmod(0o600)
    monkeypatch.setenv("AUDIT_KEY", "nonsense!")
    for source in (tmp_path / "key", "env:AUDIT_KEY", b"short", "", 7):
        with pytest.raises(Invalid):
            key_of(source, make=True)  # type: ignore[arg-type]  # what a caller may do
    with pytest.raises(NotFound, match="not set"):
        key_of("env:NO_SUCH_VARIABLE", make=True)
    with pytest.raises(NotFound, match="no key file"):
        key_of(tmp_path / "none", make=False)
    with pytest.raises(StoreError):
        key_of(tmp_path / "no-folder" / "key", make=True)
    with pytest.raises(StoreError):
        key_of(tmp_path, make=True)


def test_a_key_is_shown_nowhere(tmp_path: Path) -> None:
    secret = b64encode(SECRET).decode()
    audit = Audit(SECRET, actor="app")
    shown = f"{audit!r} {audit.key!r} {audit!s} {audit.keys!r}"
    assert secret not in shown
    assert repr(SECRET) not in shown
    (tmp_path / "key").write_text(secret + "x")
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(Invalid) as caught:
        key_of(tmp_path / "key", make=False)
    assert secret not in str(caught.value)


def test_settings_out_of_range_are_refused() -> None:
    for options in (
        {"every": 0},
        {"every": True},
        {"seconds": 0},
        {"seconds": True},
        {"delay": -1},
        {"delay": 61},
        {"former": "a-key"},
        {"actor": 7},
        {"anchor": 7},
        {"anchor": ""},
        {"anchor": "/"},
    ):
        with pytest.raises(Invalid):
            Audit(SECRET, **options)  # type: ignore[arg-type]  # what a caller may do
    with pytest.raises(NotFound, match="make it first"):
        Audit(SECRET, anchor="/no/such/folder/anchors")


def test_macs_of_one_purpose_are_none_of_another() -> None:
    key = Key(SECRET)
    assert key.checks(key.mac(b"one", b"data"), b"one", b"data")
    assert not key.checks(key.mac(b"one", b"data"), b"two", b"data")
    assert not key.checks("é", b"one", b"data")
