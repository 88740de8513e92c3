import pytest

from recollect import Memory, Message
from recollect.cli import walk

from .conftest import at, fill


def test_what_is_stored_is_counted(memory, recollect):
    report = recollect.json("stats")
    assert 0 < report.pop("bytes") <= memory.store.size()
    assert report.pop("recall").startswith("words alone: no model is installed; install one with: recollect model install")
    assert report == {
        "users": 2,
        "sessions": 4,
        "anonymous_sessions": 1,
        "messages": 8,
        "tokens": 9,
        "top": [{"user": "alice", "sessions": 2, "messages": 6, "tokens": 9}, {"user": "bob", "sessions": 1, "messages": 1, "tokens": 0}],
    }


def test_as_lines(memory, recollect):
    lines = recollect("stats", "--top", "1").stdout.splitlines()
    assert lines[:5] == ["users\t2", "sessions\t4", "anonymous sessions\t1", "messages\t8", "tokens\t9"]
    assert lines[6].startswith("recall\twords alone")
    assert lines[7:] == ["user\talice\t6\t2\t9"]


def test_everything_is_counted_however_many_pages_it_takes(memory, recollect, monkeypatch):
    before = recollect.json("stats", "--checksum")
    before.pop("bytes")
    monkeypatch.setattr(walk, "PAGE", 1)
    after = recollect.json("stats", "--checksum")
    after.pop("bytes")
    assert after == before


def test_a_copy_has_the_same_checksum_whatever_the_order_of_its_making(memory, recollect, tmp_path):
    with Memory(f"sqlite:///{tmp_path}/copy.db") as copy:
        copy.session("later", user="alice").append(user="to be deleted")
        copy.session("later", user="alice").delete()
        copy.session("visit").append(*memory.session("visit").messages())
        fill(copy)
    again = recollect.json("stats", "--checksum", "--url", f"sqlite:///{tmp_path}/copy.db")
    assert again["checksum"] == recollect.json("stats", "--checksum")["checksum"]


CHANGES = {
    "role": Message("system", "Just looking.", "m8", created=at(7)),
    "content": Message("user", "Just looking!", "m8", created=at(7)),
    "id": Message("user", "Just looking.", "m9", created=at(7)),
    "name": Message("user", "Just looking.", "m8", name="x", created=at(7)),
    "created": Message("user", "Just looking.", "m8", created=at(8)),
    "tokens": Message("user", "Just looking.", "m8", tokens=3, created=at(7)),
    "metadata": Message("user", "Just looking.", "m8", metadata={"a": 1}, created=at(7)),
    "extra": Message("user", "Just looking.", "m8", extra={"a": {}}, created=at(7)),
}


@pytest.mark.parametrize("field", CHANGES)
def test_the_checksum_sees_every_field(memory, recollect, field):
    before = recollect.json("stats", "--checksum")["checksum"]
    memory.session("visit").delete()
    memory.session("visit").append(CHANGES[field])
    assert recollect.json("stats", "--checksum")["checksum"] != before
    memory.session("visit").delete()
    memory.session("visit").append(Message("user", "Just looking.", "m8", created=at(7)))
    assert recollect.json("stats", "--checksum")["checksum"] == before


def test_the_checksum_sees_whose_a_message_is(memory, recollect):
    before = recollect.json("stats", "--checksum")["checksum"]
    memory.session("visit", user="visit").append(*memory.session("visit").messages())
    memory.session("visit").delete()
    assert recollect.json("stats", "--checksum")["checksum"] != before


def test_a_negative_top_is_refused(memory, recollect):
    assert recollect("stats", "--top", "-1").exit_code == 2
