"""`recollect recall` waits for vectors, so that its first answer has them, and tells what is missing."""

import time

import pytest

from recollect import Memory, Message
from recollect.cli import waiting
from recollect.cli.output import Output
from recollect.cli.waiting import with_vectors

SAID = 40


class Slow:
    """An embedder that tells texts apart by their length."""

    name = "slow"
    late = 0.0

    def embed_documents(self, texts):
        time.sleep(self.late)
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text):
        return [1.0, float(len(text))]


@pytest.fixture
def embedder():
    return Slow()


@pytest.fixture
def past(embedder):
    with Memory("memory://", embedder=embedder) as memory:
        memory.session("s", user="alice").append(*(Message("user", f"Word{number}") for number in range(SAID)))
        yield memory


def ask(memory):
    return with_vectors(memory, Output(as_json=False), lambda: memory.user("alice").recall("something else"))


def test_the_first_answer_has_vectors(past, embedder, capsys):
    embedder.late = 0.1
    assert any("dense" in one.why for one in ask(past))
    assert capsys.readouterr().err == ""


def test_what_has_no_vectors_in_time_is_told(past, embedder, capsys, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE", 0.1)
    embedder.late = 0.6
    assert ask(past) == []
    assert "have no vectors yet" in capsys.readouterr().err


def test_an_embedder_that_fails_is_not_waited_for(past, embedder, capsys):
    embedder.embed_documents = None
    assert ask(past) == []
    assert "words alone, slow is failing" in capsys.readouterr().err
