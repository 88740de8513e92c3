"""A model's answer on its way through a memory with redaction."""

import pytest

from recollect import Memory
from recollect.privacy.redaction import Redaction

from .redactions import ANNA, BERT, EMAILS

ANSWER = f"I wrote to {ANNA} on Monday, and {BERT} has answered: all is well with {ANNA}."
REDACTED = "I wrote to <EMAIL_1> on Monday, and <EMAIL_2> has answered: all is well with <EMAIL_1>."


@pytest.fixture
def session(tmp_path):
    with Memory(f"sqlite:///{tmp_path}/memory.db", embedder=None, redact=EMAILS) as memory:
        yield memory.session("a", user="alice")


def pieces(text, size):
    return (text[start : start + size] for start in range(0, len(text), size))


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_a_value_that_is_split_over_chunks_is_caught_and_what_is_seen_is_what_is_stored(session, size):
    seen = "".join(session.redacted_stream(pieces(ANSWER, size)))
    session.append(assistant=ANSWER)
    assert seen == REDACTED
    assert session.messages()[0].text == seen


async def test_the_other_face_redacts_as_it_comes(tmp_path, session):
    async def said():
        for piece in pieces(ANSWER, 5):
            yield piece

    with Memory(f"sqlite:///{tmp_path}/memory.db", embedder=None, redact=EMAILS) as memory:
        assert "".join([piece async for piece in memory.aio.session("a", user="alice").redacted_stream(said())]) == REDACTED


def test_what_is_sure_comes_before_the_end(session):
    chunks = pieces("This is a long answer, in which there is nothing to hide at all. " * 20, 8)
    first = next(session.redacted_stream(chunks))
    assert first
    assert "".join(chunks)


async def test_without_redaction_chunks_are_as_they_come(tmp_path):
    async def said():
        for piece in pieces(ANSWER, 5):
            yield piece

    for rules in (None, Redaction(kinds={"EMAIL"}, roles={"assistant": None})):
        with Memory(f"sqlite:///{tmp_path}/plain.db", embedder=None, redact=rules) as memory:
            assert list(memory.session("a").redacted_stream(pieces(ANSWER, 5))) == list(pieces(ANSWER, 5))
            assert [piece async for piece in memory.aio.session("a").redacted_stream(said())] == list(pieces(ANSWER, 5))
