from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from recollect import Memory, Message

OLD = datetime.now(UTC) - timedelta(days=1500)


@pytest.fixture
def known(url):
    with Memory(url) as memory:
        memory.session("s", user="alice").append(user="My sister Ana lives in Lisbon. I live in Porto.")
        memory.session("old", user="alice").append(Message("user", "I like discos.", created=OLD))
        memory.user("alice").learn()
    return url


def test_what_is_known_is_shown_as_triples(known, recollect):
    rows = [line.split("\t")[:3] for line in recollect("graph", "alice").stdout.splitlines()]
    assert rows == [["user", "likes", "discos"], ["user", "sister", "Ana"], ["Ana", "lives in", "Lisbon"], ["user", "lives in", "Porto"]]
    assert recollect("graph", "alice", "--entity", "lisbon").stdout.startswith("Ana\tlives in\tLisbon\t")
    assert len(recollect.json("graph", "alice", "--entity", "Lisbon", "--depth", "2")["edges"]) == 2
    assert recollect("graph", "alice", "--entity", "nobody").stdout == ""


@pytest.mark.parametrize("form", ["svg", "graphml"])
def test_a_graph_is_written_for_other_programs(known, recollect, form):
    assert ET.fromstring(recollect("graph", "alice", "--format", form).stdout).tag.endswith(form)
    assert recollect("graph", "alice", "--format", form, "--json").exit_code == 2


def test_a_graph_is_written_as_json(known, recollect):
    written = recollect.json("graph", "alice", "--format", "json")
    assert {node["name"] for node in written["nodes"]} == {"user", "Ana", "Lisbon", "Porto", "discos"}
    assert written == recollect.json("graph", "alice")


def test_pruning_only_tells_unless_it_is_told_otherwise(known, recollect):
    told = recollect.json("prune", "alice", "--below", "0.9")
    assert (told["dry_run"], [fact["text"] for fact in told["archived"]], told["change"]) == (True, ["likes discos"], None)
    assert "to do: 1 fact put aside" in recollect("prune", "alice", "--below", "0.9").stderr
    assert len(recollect.json("facts", "alice")["facts"]) == 4
    change = recollect.json("prune", "alice", "--no-dry-run", "--below", "0.9")["change"]
    assert len(recollect.json("facts", "alice")["facts"]) == 3
    assert [fact["text"] for fact in recollect.json("prune", "alice", "--undo", change)["facts"]] == ["likes discos"]
    assert recollect("prune", "alice", "--undo", change).exit_code == 1


def test_hygiene_tells_what_to_look_at(known, recollect):
    found = recollect.json("hygiene", "alice")["hygiene"]
    assert (found["facts"], [fact["text"] for fact in found["stale"]]) == (4, ["likes discos"])
    assert recollect("hygiene", "alice").stdout.startswith("stale\tlikes discos\t")
