"""Stories of facts that change are known rightly."""

import pytest
from benchmarks import stories


@pytest.mark.parametrize("name", stories.FILES)
def test_at_least_95_of_100_stories_are_known_rightly(name):
    told = stories.read(name)
    wrong = [one for story in told for one in stories.ask(story)]
    assert len(told) > 50
    assert len({one.story for one in wrong}) <= 0.05 * len(told), wrong


def test_a_wrong_answer_is_told():
    story = stories.Story("a move", ["2024-01-10 + lives in | Berlin", "2024-06-10 + lives in | Lisbon", "? lives in = Berlin"])
    assert stories.ask(story) == [stories.Wrong("a move", "? lives in = Berlin", ["Lisbon"])]
