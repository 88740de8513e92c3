"""Learning in the background finds what was said, while appending goes on, until the memory is closed."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recollect import AsyncMemory, Invalid, Memory, ModelFailed
from recollect.core import background
from recollect.facts.finding import Finding

SOON = timedelta(milliseconds=5)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_what_is_said_is_known_a_moment_later_whoever_says_it(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with Memory(f"sqlite:///{tmp_path}/a.db", tenant="t") as memory, Memory(memory.store, tenant="t") as other:
        memory.session("s", user="alice").append(user="I live in Lisbon.")
        learning = memory.learn_in_background(every=SOON)
        other.learn_in_background(every=SOON)
        until(lambda: bool(memory.user("alice").facts()))
        memory.session("s", user="bob").append(user="I live in Porto.")
        memory.session("nobody").append(user="I live in Faro.")
        until(lambda: [fact.value for fact in memory.user("bob").facts()] == ["Porto"])
        until(lambda: learning.status.rounds > 3)
        assert learning.status.failure is None
        assert len(memory.store.documents(memory.user("alice")._owner, "recollect.facts")) == 1
    assert set(threading.enumerate()) == before


async def test_the_asynchronous_face_learns_too_and_ends_it(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    async with AsyncMemory(f"sqlite:///{tmp_path}/a.db") as memory:
        await memory.session("s", user="alice").append(user="I live in Lisbon.")
        memory.sync.learn_in_background(every=SOON)
        learning = memory.learn_in_background(every=SOON)
        until(lambda: learning.status.rounds > 1)
        assert [fact.value for fact in await memory.user("alice").facts()] == ["Lisbon"]
    assert set(threading.enumerate()) == before


def test_a_model_that_fails_is_told_in_the_status_and_asked_again(tmp_path: Path) -> None:
    class Flaky:
        down = True

        def invoke(self, prompt: Any) -> Any:
            if self.down:
                raise OSError("no network")
            return {"findings": []}

    model = Flaky()
    with Memory(f"sqlite:///{tmp_path}/a.db") as memory:
        memory.session("s", user="alice").append(user="I live in Lisbon.")
        learning = memory.learn_in_background(model, every=SOON)
        until(lambda: isinstance(learning.status.failure, ModelFailed))
        model.down = False
        until(lambda: learning.status.messages == 1)
        until(lambda: learning.status.failure is None)


def test_a_user_of_whom_nothing_can_be_learned_is_in_nobodys_way(tmp_path: Path) -> None:
    class Picky:
        def find(self, text: str, said: int, role: str) -> list[Finding]:
            if "hostile" in text:
                raise ValueError(text)
            return [Finding(text, "note")]

    with Memory(f"sqlite:///{tmp_path}/a.db") as memory:
        memory.session("s", user="alice").append(user="I live in Lisbon.")
        for number in range(5):
            memory.session("s", user=f"mallory {number}").append(user="hostile")
        learning = memory.learn_in_background(rules=Picky(), every=SOON)
        until(lambda: bool(memory.user("alice").facts()))
        memory.session("s", user="alice").append(user="I live in Porto.")
        until(lambda: len(memory.user("alice").facts()) == 2)
        assert isinstance(learning.status.failure, ValueError)


def test_a_user_of_whom_nothing_can_be_learned_is_tried_ever_more_seldom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(background, "monotonic", lambda: clock[0])
    tried: list[float] = []

    class Costly:
        down = True

        def find(self, text: str, said: int, role: str) -> list[Finding]:
            tried.append(clock[0])
            if self.down:
                raise ValueError(text)
            return [Finding(text, "note")]

    rules = Costly()
    with Memory(f"sqlite:///{tmp_path}/a.db") as memory:
        memory.session("s", user="mallory").append(user="hostile")
        learning = memory.learn_in_background(rules=rules, every=timedelta(milliseconds=2))

        def two_rounds() -> None:
            rounds = learning.status.rounds
            until(lambda: learning.status.rounds >= rounds + 2)

        for at in (0.001, 0.0021, 0.005, 0.0062, 0.01, 0.0143):
            two_rounds()
            assert isinstance(learning.status.failure, ValueError), "it is told meanwhile"
            memory.session("s", user="mallory").append(user=f"{at}")
            clock[0] = at
        two_rounds()
        assert tried == [0, 0.0021, 0.0062, 0.0143]
        for _ in range(30):
            clock[0] += background.LONGEST
            two_rounds()
        assert len(tried) == 34, "the pause has an end"
        rules.down = False
        clock[0] += background.LONGEST
        until(lambda: learning.status.messages == 7)
        two_rounds()
        assert learning.status.failure is None


def test_closing_does_not_wait_for_a_model_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "CLOSING", 0.05)
    asked, go_on = threading.Event(), threading.Event()

    class Hanging:
        def invoke(self, prompt: Any) -> Any:
            asked.set()
            go_on.wait(20)
            return {"findings": []}

    memory = Memory(f"sqlite:///{tmp_path}/a.db")
    memory.session("s", user="alice").append(user="I live in Lisbon.")
    learning = memory.learn_in_background(Hanging(), every=SOON)
    assert asked.wait(20)
    memory.close()
    assert not go_on.is_set()
    go_on.set()
    until(lambda: not learning._thread.is_alive())
    with Memory(f"sqlite:///{tmp_path}/a.db") as again:
        assert again.user("alice").learn().messages == 1


def test_several_languages_are_learned_side_by_side(tmp_path: Path) -> None:
    with Memory(f"sqlite:///{tmp_path}/a.db") as memory:
        memory.session("s", user="alice").append(user="I like tea. Ich wohne in Hamburg.")
        for rules in ("en", "de"):
            memory.learn_in_background(rules=rules, every=SOON)
        until(lambda: {fact.text for fact in memory.user("alice").facts()} == {"likes tea", "lives in Hamburg"})


def test_a_pause_is_asked_for_rightly(tmp_path: Path) -> None:
    with Memory("memory://") as memory:
        for wrong in (timedelta(), 5):
            with pytest.raises(Invalid):
                memory.learn_in_background(every=wrong)
