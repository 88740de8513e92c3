"""Many learners, some of them killed: each message is learned once, and none is left out."""

from time import sleep

import pytest

from recollect import Memory
from recollect.facts.finding import Finding

from .crew import Child, together
from .server_stores import EVERYWHERE, find_place, open_anywhere

pytestmark = [pytest.mark.parametrize("kind", EVERYWHERE), pytest.mark.usefixtures("place")]

COUNT = 60


class Numbers:
    """Finds the number of each message."""

    def find(self, text, said, role):
        return [Finding(f"knows {text}", "note", "user", "knows", text, adds=True)]


@pytest.fixture
def place(kind, tmp_path):
    find_place(kind, tmp_path)


def fill(kind, tmp_path):
    store = open_anywhere(kind, tmp_path)
    chat = Memory(store).session("s", user="alice")
    for number in range(COUNT):
        chat.append(user=str(number))
    store.close()


def check(kind, tmp_path):
    store = open_anywhere(kind, tmp_path)
    alice = Memory(store).user("alice")
    alice.learn(rules=Numbers())
    assert [fact.value for fact in alice.facts()] == [str(number) for number in range(COUNT)]
    assert len(store.documents(alice._owner, "recollect.facts")) == COUNT
    store.close()


def learn(kind, tmp_path, most):
    store = open_anywhere(kind, tmp_path)
    alice, found = Memory(store).user("alice"), 0
    while (learned := alice.learn(rules=Numbers(), limit=most)).messages:
        found += learned.found
    store.close()
    return found


def test_four_processes_learn_each_message_once(kind, tmp_path):
    fill(kind, tmp_path)
    assert sum(together(4, lambda number: learn(kind, tmp_path, number + 1))) == COUNT
    check(kind, tmp_path)


def test_a_learner_that_is_killed_leaves_nothing_out_and_nothing_twice(kind, tmp_path):
    fill(kind, tmp_path)
    for number in range(6):
        child = Child(lambda say: say(learn(kind, tmp_path, 1)) or sleep(9))
        sleep(0.02 + 0.03 * number)
        child.kill()
    check(kind, tmp_path)
