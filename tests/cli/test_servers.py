"""The commands on the database of a server."""

import pytest

from cli.conftest import Command, fill
from places import url_of
from recollect import Memory
from recollect.store.url import shown
from servers.process import SECRET


@pytest.fixture(params=["postgresql", "mysql", "redis"])
def url(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return url_of(request.param, tmp_path)


def test_each_command_works_there(url, tmp_path):
    with Memory(url) as memory:
        fill(memory)
    recollect = Command(url)
    assert [user["user"] for user in recollect.json("users")["users"]] == ["alice", "bob"]
    assert [session["id"] for session in recollect.json("sessions")["sessions"]] == ["visit", "orders", "hello", "orders"]
    assert "On its way." in recollect("show", "orders", "--user", "alice").stdout
    before = recollect.json("stats", "--checksum")
    assert recollect("export", "all.jsonl").exit_code == 0
    assert recollect("import", "all.jsonl", "--url", "sqlite:///copy.db").exit_code == 0
    assert Command("sqlite:///copy.db").json("stats", "--checksum")["checksum"] == before["checksum"]
    assert recollect("erase", "alice", "--yes").exit_code == 0
    assert [user["user"] for user in recollect.json("users")["users"]] == ["bob"]
    assert recollect("import", "all.jsonl").exit_code == 3, "what was erased does not come back"
    assert [user["user"] for user in recollect.json("users")["users"]] == ["bob"]
    assert recollect("readmit", "alice").exit_code == 0
    assert recollect("import", "all.jsonl").exit_code == 0
    assert recollect.json("stats", "--checksum")["checksum"] == before["checksum"]


def test_a_password_is_never_shown(url):
    with Memory(url) as memory:
        fill(memory)
    recollect = Command("sqlite:///other.db")
    for words in (["show", "absent"], ["stats"], ["users"], ["show", "orders", "--user", "alice"], ["stats", "--json"]):
        result = recollect(*words, "--url", url)
        assert SECRET not in result.output
    assert SECRET not in recollect("stats", "--url", url.replace("127.0.0.1", "127.0.0.2")).output


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("postgresql://ann:s3cret@db:5432/shop?password=s3cret", "postgresql://ann:***@db:5432/shop?…"),
        ("redis://:s3:c@ret@db/0", "redis://:***@db/0"),
        ("mysql://db/shop", "mysql://db/shop"),
        ("sqlite:///a:b@c.db", "sqlite:///a:b@c.db"),
    ],
)
def test_a_url_is_shown_without_what_is_secret(url, seen):
    assert shown(url) == seen
