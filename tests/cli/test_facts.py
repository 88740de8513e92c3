import sys
from datetime import UTC, datetime

import pytest

from recollect import Memory, NotFound
from recollect.cli.chat import models
from recollect.cli.output import minute
from recollect.memory import User

from .terminal import Terminal


@pytest.fixture
def known(url):
    with Memory(url) as memory:
        memory.session("move", user="alice").append(user="I live in Lisbon.")
        memory.session("pets", user="bob").append(user="I have a dog named Rex.")
    return url


def test_facts_are_learned_listed_and_forgotten(known, recollect):
    assert recollect("learn").stdout == "alice: 1 new fact in 1 message\nbob: 1 new fact in 1 message\n"
    assert recollect("learn").stdout == ""
    assert recollect("learn", "alice").stdout == "alice: 0 new facts in 0 messages\n"
    text, kind, trust, _, until, id = recollect("facts", "alice").stdout.strip("\n").split("\t")
    assert (text, kind, trust, until) == ("lives in Lisbon", "profile", "user", "")
    assert recollect("forget", "alice", id).exit_code == 2
    assert recollect("forget", "alice", id, "--yes").stdout == "Forgot 1 fact.\n"
    assert recollect("facts", "alice", "--history").stdout == ""
    assert recollect("forget", "alice", id, "--yes").exit_code == 1


def test_a_new_value_supersedes_the_older_one(known, recollect):
    for value, since in (("Berlin", "2024-01-01"), ("Lisbon", "2024-05-01")):
        recollect("remember", "alice", "--attribute", "lives in", "--value", value, "--since", since, "--kind", "profile")
    assert [fact["text"] for fact in recollect.json("facts", "alice")["facts"]] == ["lives in Lisbon"]
    assert [fact["text"] for fact in recollect.json("facts", "alice", "--as-of", "2024-02-01")["facts"]] == ["lives in Berlin"]
    past, _ = recollect.json("facts", "alice", "--attribute", "lives in", "--history")["facts"]
    assert past["valid_to"] == "2024-05-01T00:00:00Z"


def test_a_text_is_remembered(known, recollect):
    fact = recollect.json("remember", "alice", "prefers e-mail", "--kind", "preference", "--source", "crm", "--trust", "imported")
    assert (fact["text"], fact["kind"], fact["trust"], fact["sources"][0]["session"]) == ("prefers e-mail", "preference", "imported", "crm")
    assert recollect("facts", "alice", "--trust", "user").stdout == ""
    assert recollect.json("forget", "alice", "--source", "crm", "--yes") == {"user": "alice", "facts": 1}
    assert recollect("forget", "alice", "--source", "crm", "--yes").exit_code == 1


def test_the_rest_of_a_session_is_learned_by_a_model(known, recollect, monkeypatch):
    class Model:
        def invoke(self, prompt):
            assert "I live in Lisbon." in prompt
            finding = {"message": 0, "quote": "live in Lisbon", "text": "lives in Lisbon", "kind": "profile"}
            return {"findings": [finding, finding | {"quote": "live in Rome"}]}

    monkeypatch.setattr(models, "open_model", lambda name: Model())
    result = recollect("learn", "alice", "--model", "any", "--session", "move", "--limit", "5")
    assert result.stdout == "alice: 1 new fact in 1 message, 1 finding dropped\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["remember", "alice"],
        ["forget", "alice"],
        ["forget", "alice", "x", "--source", "y"],
        ["learn", "--session", "s"],
        ["learn", "--model", "a", "--rules", "b"],
        ["learn", "--rules", "nowhere.toml"],
        ["facts", "alice", "--kind", "mood"],
    ],
)
def test_a_wrong_usage_is_told(known, recollect, arguments):
    result = recollect(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_user_of_whom_nothing_is_known_is_told_how_to_learn(known, recollect):
    assert "recollect learn alice" in recollect("facts", "alice").stderr
    assert "recollect users" in recollect("facts", "alice").stderr


def test_a_user_who_is_not_there_is_told_with_how_to_list_those_who_are(known, recollect):
    assert "recollect users" in recollect("learn", "nosuch").stderr
    recollect("learn", "alice")
    assert recollect("learn", "alice").stderr == ""


def test_a_fact_that_is_not_there_is_told_with_the_command_that_lists_them(known, recollect):
    result = recollect("forget", "alice", "nosuch", "--yes")
    assert (result.exit_code, "recollect facts alice --history --archived" in result.stderr) == (1, True)


def test_languages_are_told_to_whoever_names_none(known, recollect):
    assert "there are de, en, es, fr" in recollect("learn", "--rules", "xx").stderr


def test_without_langchain_asking_a_model_tells_what_to_install(known, recollect, monkeypatch):
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
    assert "recollect: asking a model needs LangChain; install it with" in recollect("learn", "--model", "any").stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_in_a_terminal_a_fact_stands_in_full_and_so_does_its_id(known, recollect):
    long = "likes " + " ".join(f"thing{number}" for number in range(30))
    id = recollect.json("remember", "alice", long)["id"]
    terminal = Terminal("facts", "alice", "--url", known, COLUMNS="60")
    assert terminal.end() == 0
    assert " ".join(terminal.output.decode().split()).startswith(long)
    assert id in terminal.output.decode()
    recollect("remember", "alice", f"{long} too")
    terminal = Terminal("hygiene", "alice", "--url", known, COLUMNS="60")
    assert terminal.end() == 0
    assert f"similar: {long} / {long} too" in " ".join(terminal.output.decode().split())


def test_a_fact_that_goes_while_somebody_is_asked_is_told_as_the_command_tells_it(known, recollect, monkeypatch):
    recollect("learn")
    id = recollect.json("facts", "alice")["facts"][0]["id"]

    def gone(_, fact):
        raise NotFound(fact)

    monkeypatch.setattr(User, "forget", gone)
    result = recollect("forget", "alice", id, "--yes")
    assert result.exit_code == 1
    assert "list the facts with: " in result.stderr
    assert " facts alice --history --archived" in result.stderr


def test_a_year_has_four_digits():
    assert minute(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01 00:00"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_who_does_not_want_to_forget_is_told_that_nothing_was_forgotten(known, recollect):
    id = recollect.json("remember", "alice", "likes tea")["id"]
    terminal = Terminal("forget", "alice", id, "--url", known)
    terminal.expect("[y/N]")
    terminal.send("n\n")
    assert terminal.end() == 1
    assert b"nothing was forgotten" in terminal.output
