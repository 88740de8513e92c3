"""The servers of the tests: each test its own data, and nothing left behind."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
import redis as driver

from . import mariadb, postgresql, redis, valkey
from .process import wait_until

MODULES = {"postgresql": postgresql, "mariadb": mariadb, "redis": redis}
TESTS = Path(__file__).parents[1]


def write(module: ModuleType, url: str, text: str) -> None:
    """Write something durable, with the rights of the URL's user."""
    if module is postgresql:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS a (b text)")
            connection.execute("INSERT INTO a VALUES (%s)", [text])
    elif module is mariadb:
        mariadb.run(url, "CREATE TABLE IF NOT EXISTS a (b text)")
        mariadb.run(url, "INSERT INTO a VALUES (%s)", text)
    else:
        with driver.Redis.from_url(url) as client:
            client.rpush("a", text)


def read(module: ModuleType, url: str) -> list[str]:
    """Return what was written."""
    if module is postgresql:
        with psycopg.connect(url) as connection:
            return [row[0] for row in connection.execute("SELECT b FROM a")]
    if module is mariadb:
        return [row[0] for row in mariadb.run(url, "SELECT b FROM a")]
    with driver.Redis.from_url(url) as client:
        return [item.decode() for item in client.lrange("a", 0, -1)]


@pytest.mark.parametrize("name", MODULES)
def test_each_folder_has_a_database_of_its_own(name, tmp_path):
    module = MODULES[name]
    one, other = module.database_of(tmp_path / "one"), module.database_of(tmp_path / "other")
    assert one != other
    assert module.database_of(tmp_path / "one") == one
    write(module, one, "mine")
    write(module, other, "theirs")
    assert read(module, one) == ["mine"]


@pytest.mark.parametrize("name", MODULES)
def test_a_database_that_is_taken_again_is_empty(name, tmp_path):
    module = MODULES[name]
    for number in range(30):
        url = module.database_of(tmp_path / str(number))
        write(module, url, str(number))
        assert read(module, url) == [str(number)]


@pytest.mark.parametrize("name", MODULES)
def test_what_was_written_is_there_after_a_kill(name):
    module = MODULES[name]
    server = module.durable()
    with module.database(server) as url:
        write(module, url, "durable")
        server.restart()
        assert read(module, url) == ["durable"]


def test_servers_end_with_the_process_that_started_them():
    """Even when it is killed."""
    script = "from servers import redis; s = redis.server(); print(s.pid, s.folder, flush=True); import os; os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", script], cwd=TESTS, capture_output=True, text=True, check=False)
    pid, folder = done.stdout.split()
    wait_until(lambda: not Path(folder).exists(), "the guard has removed the folder")
    status = Path(f"/proc/{pid}/stat")
    wait_until(lambda: not status.exists() or status.read_text().split()[2] == "Z", "the guard has ended the server")


def test_an_encrypted_server_is_reached_with_its_authority():
    server = redis.EncryptedRedis().start()
    with driver.Redis.from_url(server.url) as client:
        assert client.ping()
    server.discard()


def test_a_user_of_the_access_control_list_may_not_administer():
    with driver.Redis.from_url(redis.server().user_url) as client:
        client.set("a", "b")
        with pytest.raises(driver.exceptions.NoPermissionError):
            client.config_get("appendonly")


def test_valkey_waits_for_its_disk():
    with driver.Redis.from_url(valkey.durable().url) as client:
        client.set("a", "b")
        assert client.execute_command("WAITAOF", 1, 0, 1000) == [1, 0]
