"""Floors under what ``python -m benchmarks.recall`` measures, so that a change that costs recall is seen."""

from statistics import mean

import pytest
from benchmarks.assistant_chats import chats
from benchmarks.recall import conversations, indexed, recalled

from locomo import PATH
from recollect.recall.passage import Passage


@pytest.mark.skipif(not PATH.exists(), reason="LoCoMo is not here")
def test_evidence_is_found_in_human_chats():
    shares = [share for talk in conversations()[4:6] for share in recalled(indexed(talk.passages), talk.asked[::3])]
    _, at_10, at_25, _ = (mean(column) for column in zip(*shares, strict=True))
    assert at_10 >= 0.74
    assert at_25 >= 0.82


def test_what_was_said_is_found_among_long_answers():
    said, asked = chats()
    search = indexed([Passage(one.session, position, one.role, one.created, one.text) for position, one in enumerate(said, 1)])
    assert mean(one.answer in search(one.question, 5) for one in asked) >= 0.93
