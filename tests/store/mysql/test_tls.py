"""TLS to MySQL and MariaDB, as ``ssl_mode`` and ``ssl_ca`` of the URL have it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from recollect.errors import StoreError
from recollect.store.mysql import MySQLStore
from recollect.testing import ALICE, entry
from servers import mariadb
from servers.certificates import make_certificates


@pytest.fixture(scope="module")
def encrypted() -> Iterator[tuple[str, Path, Path]]:
    """Yield the URL of a database behind TLS, the certificate of its authority, and of another one."""
    server = mariadb.MariaDB(durable=False)
    try:
        files = make_certificates(server.folder)
        for file in files:
            shutil.chown(file, server._user)
        server._options += [f"--ssl-cert={files.server}", f"--ssl-key={files.key}"]
        other = server.folder / "other"
        other.mkdir()
        with mariadb.database(server.start()) as url:
            yield url, files.authority, make_certificates(other).authority
    finally:
        server.discard()


@contextmanager
def cipher_of(url: str) -> Iterator[str]:
    """Open a store, use its connections for a while, and yield how they are encrypted."""
    store = MySQLStore(url, pool=1)
    for number in range(3):
        store.append(ALICE, "s", [entry(f"{number}")])
        assert len(store.entries(ALICE, "s")) == number + 1
    before = store._database.read("SELECT CONNECTION_ID()", ())
    ((_, cipher),) = store._database.read("SHOW STATUS LIKE 'Ssl_cipher'", ())
    yield cipher
    assert store._database.read("SELECT CONNECTION_ID()", ()) == before, "a connection that is in order is kept"
    store.erase(ALICE)
    store.close()


@pytest.mark.parametrize("query", ["ssl_mode=required", "ssl_ca={}", "ssl_ca={}&ssl_mode=verify_ca", "ssl_ca={}&ssl_mode=verify_identity"])
def test_what_is_asked_for_is_encrypted(encrypted: tuple[str, Path, Path], query: str) -> None:
    url, authority, _ = encrypted
    with cipher_of(f"{url}?{query.format(authority)}") as cipher:
        assert cipher


def test_what_is_not_wanted_is_not_encrypted(encrypted: tuple[str, Path, Path]) -> None:
    with cipher_of(f"{encrypted[0]}?ssl_mode=disabled") as cipher:
        assert not cipher


@pytest.mark.parametrize("query", ["ssl_ca={}", "ssl_ca={}&ssl_mode=verify_ca", "ssl_mode=verify_identity"])
def test_a_server_of_another_authority_is_refused(encrypted: tuple[str, Path, Path], query: str) -> None:
    url, _, other = encrypted
    with pytest.raises(StoreError, match="certificate"):
        MySQLStore(f"{url}?{query.format(other)}", wait=0.1)


def test_a_server_without_tls_is_refused_where_it_was_asked_for() -> None:
    with mariadb.database() as url, pytest.raises(StoreError, match="ssl_mode"):
        MySQLStore(f"{url}?ssl_mode=required", wait=0.1)
