"""Rules and models are checked when they are given, and each keep an account of their own of what they have read."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recollect import Invalid, Memory
from recollect.codec.facts import FACTS, STATE
from recollect.facts.finding import Finding
from recollect.facts.rules import Rules


class Everything:
    def find(self, text: str, said: int, role: str) -> list[Finding]:
        return [Finding(f"{said}: {text}", "note")] if role == "user" else []


class Quiet(Everything):
    name = "quiet"

    def find(self, text: str, said: int, role: str) -> list[Finding]:
        return []


class Answering:
    def invoke(self, prompt: Any) -> Any:
        return {"findings": []}


@pytest.fixture
def memory() -> Iterator[Memory]:
    with Memory("memory://") as memory:
        memory.session("s", user="alice").append(user="Ich wohne in Hamburg.")
        memory.session("s", user="alice").append(user="I like tea.")
        yield memory


def accounts(memory: Memory) -> list[str]:
    return sorted(one.key for one in memory.store.documents(memory.user("alice")._owner, STATE))


def test_the_rules_of_each_language_read_all_that_was_said_and_each_message_once(memory: Memory) -> None:
    alice = memory.user("alice")
    assert [alice.learn().messages, alice.learn(rules="en").messages, alice.learn(rules=Rules.of("en")).messages] == [2, 0, 0]
    assert [alice.learn(rules=Rules.of("de")).messages, alice.learn(rules="de").messages] == [2, 0]
    assert {fact.text for fact in alice.facts()} == {"likes tea", "lives in Hamburg"}
    assert accounts(memory) == ["de", "en"]


def test_the_same_fact_found_by_the_rules_of_two_languages_is_kept_once(memory: Memory, tmp_path: Path) -> None:
    file = tmp_path / "german.toml"
    file.write_text((Path(__file__).parents[2] / "src/recollect/facts/languages/de.toml").read_text("utf-8"), "utf-8")
    alice = memory.user("alice")
    found = [alice.learn(rules=rules).found for rules in ("de", Rules.load(file), Rules.load(file, "ours"))]
    assert found == [1, 0, 0]
    assert len(memory.store.documents(alice._owner, FACTS)) == 1
    assert accounts(memory) == sorted(["de", "ours", Rules.load(file).language])


def test_rules_of_ones_own_go_by_their_name_or_by_that_of_their_class(memory: Memory) -> None:
    alice = memory.user("alice")
    assert [alice.learn(rules=rules).messages for rules in (Everything(), Everything(), Quiet(), Quiet())] == [2, 0, 2, 0]
    assert accounts(memory) == ["Everything", "quiet"]


@pytest.mark.parametrize("rules", ["xx", "", "model", 5, b"de", ["de"], Rules, Path("nl.toml")])
def test_what_is_no_rules_is_told_at_once(memory: Memory, rules: Any) -> None:
    for learn in (memory.user("nobody").learn, memory.learn_in_background):
        with pytest.raises(Invalid, match="rules"):
            learn(rules=rules)
    with pytest.raises(Invalid):
        asyncio.run(memory.aio.user("nobody").learn(rules=rules))


@pytest.mark.parametrize("model", ["en", 5, Answering, Rules.of("en")])
def test_what_is_no_model_is_told_at_once(memory: Memory, model: Any) -> None:
    for learn in (memory.user("nobody").learn, memory.learn_in_background, memory.aio.learn_in_background):
        with pytest.raises(Invalid, match="is no model; give a LangChain chat model"):
            learn(model)


def test_a_model_and_rules_are_not_taken_together(memory: Memory) -> None:
    with pytest.raises(Invalid, match="exclude each other"):
        memory.user("alice").learn(Answering(), rules="de")


def test_rules_have_not_the_name_of_what_a_model_has_read(memory: Memory) -> None:
    rules = Quiet()
    rules.name = "model"
    with pytest.raises(Invalid, match="another name"):
        memory.user("alice").learn(rules=rules)
