"""`recollect seal` and `recollect keys`."""

from shutil import copyfile

import pytest

from recollect import Memory


@pytest.fixture
def sealed(url, memory, recollect, monkeypatch):
    """The memory is closed, and sealed."""
    memory.close()
    monkeypatch.setenv("RECOLLECT_KEK", "file:kek.txt")
    assert recollect("keys", "new", "kek.txt").exit_code == 0
    result = recollect("seal", "--keys", "keys.db")
    assert (result.exit_code, result.stdout) == (0, "Sealed 8 messages and 1 document of 3 owners.\n")


def test_a_sealed_memory_is_worked_on_with_its_keys(sealed, recollect, monkeypatch):
    assert "the memory is sealed" in recollect("users").stderr
    assert recollect("users", "--keys", "keys.db").stdout.startswith("alice\t")
    monkeypatch.setenv("RECOLLECT_KEYS", "keys.db")
    assert "Where is my order?" in recollect("show", "orders", "--user", "alice").stdout
    assert recollect("seal").stdout == "All is sealed.\n"
    assert recollect.json("seal") == {"owners": 0, "messages": 0, "documents": 0, "erased": [], "left": []}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["users", "--keys", "none.db"], "there are no keys at none.db"),
        (["seal"], "give --keys"),
        (["seal", "--keys", "keys.db", "--url", "sqlite:///none.db"], "there is no memory"),
        (["seal", "--keys", "memory.db"], "apart from what they seal"),
        (["keys", "new", "kek.txt"], "there already"),
        (["keys", "rotate", "nobody", "--keys", "keys.db"], "no key of this owner"),
        (["keys", "rewrap", "safe:x", "--keys", "keys.db"], "names no key-encryption key"),
    ],
)
def test_what_is_missing_is_told(sealed, recollect, words, told):
    result = recollect(*words)
    assert result.exit_code in (1, 2)
    assert told in result.stderr


def test_without_a_key_encryption_key_it_is_told_where_to_name_one(sealed, recollect, monkeypatch):
    monkeypatch.delenv("RECOLLECT_KEK")
    assert "export RECOLLECT_KEK=file:PATH" in recollect("users", "--keys", "keys.db").stderr


def test_a_user_gets_a_new_key(sealed, recollect, monkeypatch):
    monkeypatch.setenv("RECOLLECT_KEYS", "keys.db")
    assert recollect.json("keys", "rotate", "alice") == {"user": "alice", "tenant": "", "key": 2}
    assert "Where is my order?" in recollect("show", "orders", "--user", "alice").stdout
    assert recollect.json("seal", "--user", "alice") == {"owners": 1, "messages": 6, "documents": 1, "erased": [], "left": []}


def test_keys_are_wrapped_by_another_key_encryption_key(sealed, recollect, monkeypatch):
    monkeypatch.setenv("RECOLLECT_KEYS", "keys.db")
    name = recollect.json("keys", "new", "new.txt")["name"]
    assert recollect.json("keys", "rewrap", "file:new.txt") == {"kek": name, "wrapped": 5}
    assert name in recollect("users").stderr
    monkeypatch.setenv("RECOLLECT_KEK", "file:new.txt")
    assert recollect.json("keys", "status") == {"owners": 4, "destroyed": 0, "wrapped_by": {name: 5}}
    assert recollect("keys", "status").stdout == f"4 owners with keys; 0 destroyed.\n{name}\t5\n"
    assert recollect("users").exit_code == 0


def test_an_erasure_destroys_the_key(sealed, recollect, monkeypatch):
    monkeypatch.setenv("RECOLLECT_KEYS", "keys.db")
    assert recollect("erase", "alice", "--yes").exit_code == 0
    status = recollect.json("keys", "status")
    assert (status["owners"], status["destroyed"]) == (3, 1)


def test_a_copy_tells_that_it_is_plain_unless_it_is_sealed_too(sealed, recollect):
    plain = recollect("copy", "sqlite:///memory.db", "sqlite:///plain.db", "--keys", "keys.db")
    assert "--to-keys" in plain.stderr
    assert recollect("users", "--url", "sqlite:///plain.db").exit_code == 0
    again = recollect("copy", "sqlite:///memory.db", "sqlite:///other.db", "--keys", "keys.db", "--to-keys", "others.db")
    assert (again.exit_code, again.stderr) == (0, "")
    with pytest.raises(Exception, match="sealed"):
        Memory("sqlite:///other.db")


def test_a_copy_from_before_an_erasure_is_listed_counted_and_exported(sealed, recollect, monkeypatch):
    monkeypatch.setenv("RECOLLECT_KEYS", "keys.db")
    copyfile("memory.db", "copy.db")
    assert recollect("erase", "alice", "--yes").exit_code == 0
    for command in (["users"], ["stats"], ["stats", "--checksum"], ["sessions"], ["learn"], ["export", "-"], ["erase", "alice", "--yes"], ["users"]):
        result = recollect(*command, "--url", "sqlite:///copy.db")
        assert result.exit_code == 0, (command, result.stderr)
    assert "alice" not in result.stdout
