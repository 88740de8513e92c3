"""Which store a URL names, and what is said of those that name none."""

import re
from pathlib import Path
from traceback import format_exception

import pytest

from recollect import Memory, Store
from recollect.errors import Invalid, StoreError
from recollect.store import open_store
from recollect.store.files import FileStore
from recollect.store.memory import MemoryStore
from recollect.store.sqlite import SQLiteStore
from recollect.store.url import shown


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def opened(url: str) -> Store:
    store = open_store(url)
    store.close()
    return store


def test_a_path_is_relative_behind_three_slashes_and_absolute_behind_four(folder: Path) -> None:
    assert isinstance(opened("sqlite:///a.db"), SQLiteStore)
    assert (folder / "a.db").exists()
    opened(f"sqlite:///{folder}/b.db")
    assert (folder / "b.db").exists()
    assert isinstance(opened("file:///ledgers"), FileStore)
    assert (folder / "ledgers").is_dir()
    opened(f"file:///{folder}/deep/ledgers")
    assert (folder / "deep" / "ledgers").is_dir()


def test_a_path_may_be_percent_encoded(folder: Path) -> None:
    opened("sqlite:///a%20%C3%A9%3F%23.db")
    assert (folder / "a \u00e9?#.db").exists()


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "sqlite:///%3Amemory%3A"])
def test_what_means_memory_to_sqlite_is_refused_and_leaves_no_file_of_that_name(folder: Path, url: str) -> None:
    with pytest.raises(Invalid, match="give memory://"):
        open_store(url)
    assert list(folder.iterdir()) == []
    opened("sqlite:///./:memory:")
    assert (folder / ":memory:").exists(), "a path to such a file is a path"


def test_memory_has_no_path() -> None:
    assert isinstance(opened("memory://"), MemoryStore)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.db",
        "/a.db",
        "sqlite:",
        "sqlite://",
        "sqlite:///",
        "sqlite://a.db",
        "sqlite://host/a.db",
        "sqlite:///a.db?mode=ro",
        "sqlite:///a.db#x",
        "sqlite:///a%00b.db",
        "sqlite://[",
        "sqlite://[x]/a.db",
        "file:///a%00b",
        "file://",
        "file:///",
        "file://host/a",
        "memory://x",
        "memory:///x",
        "https:///a",
        "\x00",
    ],
)
def test_a_url_that_names_no_store_is_refused_with_those_that_do(url: str) -> None:
    with pytest.raises(Invalid, match=r"sqlite:///relative\.db"):
        open_store(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u:a-secret[@host/db",
        "postgresql+psycopg://u:a-secret\ud800@host/db",
        "mysql+pymysql://u:a-secret@host/db",
        "redis://u:a-secret/x@host/0",
        "redis://u:pass@host/0?a-secret",
        "redis://u:a-secret\ud800@host/0",
        "redis://u:a-secret@a..b/0",
        "redis://u:a-secret@host/0?wait=inf",
        "mysql://u:a-secret\x00@a..b/db",
        "mysql://u:a-secret@host/d%00b",
        "mysql://u:a-secret@host/db?wait=nan",
        "mysql://u:a-secret@host/db?wait=inf",
        "postgresql://u:a-secret\ud800@host/db",
        "postgresql://u:a-secret\x00@host/db",
        "postgresql://u:a-secret@a..b/db",
        f"postgresql://u:a-secret@{'x' * 64}/db",
        "postgresql://u:a-secret@host/%ff",
    ],
)
def test_a_url_that_no_driver_understands_is_refused_and_no_traceback_tells_its_password(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        open_store(url)
    assert "a-secret" not in "".join(format_exception(caught.value))


@pytest.mark.parametrize("password", ["a-secret", "secret?", "a?secret@x", "a/secret", "a:secret@", "?secret"])
def test_a_url_is_shown_without_its_password(password: str) -> None:
    for scheme in ("postgresql", "mysql", "redis", "redis+cluster"):
        for end in ("", "?sslpassword=secret", "?user=a@b&password=secret"):
            text = shown(f"{scheme}://u:{password}@host:1/db{end}")
            assert text.startswith(f"{scheme}://")
            assert "secret" not in text
    assert shown("postgresql://u:a/secret@host:1/db") == "postgresql://u:***@host:1/db"
    assert "secret" not in shown("postgresql://host/db?user=a@b&password=secret")


@pytest.mark.parametrize("url", [None, 3, b"memory://", Path("a.db")])
def test_what_is_no_text_is_refused(url: object) -> None:
    with pytest.raises(Invalid, match=r"give text such as sqlite:///memory\.db, or an open store"):
        open_store(url)


@pytest.mark.parametrize("scheme", ["dynamodb", "mongodb", "firestore"])
def test_a_store_that_is_not_there_yet_is_told(scheme: str) -> None:
    with pytest.raises(Invalid, match=f"no store for {scheme}://; use one of"):
        open_store(f"{scheme}://host/name")


@pytest.mark.parametrize("scheme", ["postgress", "mysql+pymysql", "sqllite"])
def test_a_scheme_that_nobody_knows_is_named(scheme: str) -> None:
    with pytest.raises(Invalid, match=re.escape(f"no store for {scheme}://; use one of")) as caught:
        open_store(f"{scheme}://app:secret@host/name")
    assert "secret" not in str(caught.value)


def test_a_url_without_a_scheme_is_told() -> None:
    with pytest.raises(Invalid, match="begins with no scheme"):
        open_store("support.db")


def test_a_store_that_cannot_be_opened_says_why() -> None:
    with pytest.raises(StoreError, match="check that its folder exists"):
        Memory("sqlite:///absent/a.db")
