"""Facts are kept, superseded, corrected and forgotten, the same on every store and by both faces."""

import inspect
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from places import PLACES, url_of
from recollect import AsyncMemory, Invalid, Memory, NotFound
from recollect.core import stating
from recollect.store.memory import MemoryStore

JANUARY, MARCH, MAY = (datetime(2025, month, 1, tzinfo=UTC) for month in (1, 3, 5))
LIVES = {"attribute": "lives in", "kind": "profile"}


@pytest.fixture
def alice() -> Any:
    return Memory(MemoryStore()).user("alice")


def texts(facts: list[Any]) -> list[str]:
    return [fact.text for fact in facts]


@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize("face", [Memory, AsyncMemory])
async def test_what_is_remembered_is_known_on_every_store(kind: str, face: Any, tmp_path: Any) -> None:
    memory = face(url_of(kind, tmp_path))

    async def done(result: Any) -> Any:
        return await result if inspect.isawaitable(result) else result

    user = memory.user("alice")
    berlin = await done(user.remember(**LIVES, value="Berlin", valid_from=JANUARY))
    lisbon = await done(user.remember(**LIVES, value="Lisbon", valid_from=MARCH))
    note = await done(user.remember("is afraid of dogs"))
    assert texts(await done(user.facts())) == ["lives in Lisbon", "is afraid of dogs"]
    assert texts(await done(user.facts(as_of=MARCH - timedelta(days=1)))) == ["lives in Berlin"]
    assert texts(await done(user.history(lisbon))) == ["lives in Berlin", "lives in Lisbon"]
    porto = await done(user.correct(lisbon, value="Porto"))
    assert (porto.valid_from, porto.text) == (MARCH, "lives in Porto")
    assert await done(user.forget(porto)) == 3
    assert await done(user.facts(history=True)) == [note]
    with pytest.raises(NotFound, match="no fact"):
        await done(user.forget(berlin))
    await done(memory.close())


def test_a_newer_value_ends_the_older_one(alice: Any) -> None:
    alice.remember(**LIVES, value="Berlin", valid_from=JANUARY)
    new = alice.remember(**LIVES, value="Lisbon", valid_from=MARCH)
    old, current = alice.history(new)
    assert (old.valid_to, old.superseded_by) == (MARCH, new.id)
    assert (current.valid_to, current.superseded_by) == (None, None)


def test_an_older_value_that_is_told_later_is_past_at_once(alice: Any) -> None:
    alice.remember(**LIVES, value="Lisbon", valid_from=MARCH)
    alice.remember(**LIVES, value="Berlin", valid_from=JANUARY)
    assert texts(alice.facts()) == ["lives in Lisbon"]
    assert texts(alice.facts(as_of=JANUARY)) == ["lives in Berlin"]


def test_values_that_are_added_stand_beside_each_other(alice: Any) -> None:
    for value in ("tea", "rain"):
        alice.remember(attribute="likes", value=value, adds=True, kind="preference")
    assert texts(alice.facts(attribute="likes")) == ["likes tea", "likes rain"]
    alice.remember(attribute="dislikes", value="rain", adds=True, kind="preference")
    assert texts(alice.facts(kinds=["preference"])) == ["likes tea", "dislikes rain"]


def test_who_says_the_same_again_adds_no_fact(alice: Any) -> None:
    first = alice.remember(**LIVES, value="Lisbon", valid_from=JANUARY, sources=["a"])
    again = alice.remember(**LIVES, value="LISBON ", valid_from=MARCH, sources=["b"])
    assert again.id == first.id
    assert [source.session for source in again.sources] == ["a", "b"]
    assert alice.facts() == [again]


def test_a_correction_holds_from_when_the_wrong_one_did(alice: Any) -> None:
    alice.remember(**LIVES, value="Berlin", valid_from=JANUARY)
    wrong = alice.remember(**LIVES, value="Lisbon", valid_from=MARCH)
    alice.remember(**LIVES, value="Lisbon", valid_from=MAY)
    alice.correct(wrong, value="Porto")
    assert texts(alice.facts()) == ["lives in Porto"]
    assert texts(alice.facts(as_of=MARCH)) == ["lives in Porto"]
    assert texts(alice.facts(as_of=JANUARY)) == ["lives in Berlin"]
    assert [(fact.value, fact.valid_from == fact.valid_to) for fact in alice.history(wrong)] == [
        ("Berlin", False),
        ("Lisbon", True),
        ("Porto", False),
    ]


def test_what_is_past_can_be_corrected_too(alice: Any) -> None:
    wrong = alice.remember(**LIVES, value="Berlin", valid_from=JANUARY)
    alice.remember(**LIVES, value="Lisbon", valid_from=MARCH)
    alice.correct(wrong, value="Bern")
    assert texts(alice.facts()) == ["lives in Lisbon"]
    assert texts(alice.facts(as_of=JANUARY)) == ["lives in Bern"]


def test_a_text_can_be_corrected(alice: Any) -> None:
    wrong = alice.remember("has two cats")
    right = alice.correct(wrong, text="has three cats")
    assert alice.facts() == [right]
    assert texts(alice.history(right)) == ["has two cats", "has three cats"]
    assert alice.forget(right) == 2


def test_a_text_alone_does_not_correct_a_value(alice: Any) -> None:
    wrong = alice.remember(**LIVES, value="Berlin")
    with pytest.raises(Invalid, match="give the value"):
        alice.correct(wrong, text="lives in Bern")
    assert [(fact.text, fact.value) for fact in [alice.correct(wrong, text="has moved to Bern", value="Bern")]] == [("has moved to Bern", "Bern")]


def test_forgetting_brings_nothing_older_back(alice: Any) -> None:
    for month, value in enumerate(("Berlin", "Bern", "Lisbon", "Porto"), 1):
        last = alice.remember(**LIVES, value=value, valid_from=datetime(2025, month, 1, tzinfo=UTC))
    older = alice.history(last)[1]
    assert alice.forget(older) == 2
    assert texts(alice.facts(history=True)) == ["lives in Lisbon", "lives in Porto"]
    assert alice.forget(last.id) == 2
    assert alice.facts(history=True) == []


def test_the_words_of_the_less_trusted_can_be_left_out(alice: Any) -> None:
    alice.remember(**LIVES, value="Lisbon", valid_from=JANUARY)
    alice.remember(**LIVES, value="Paris", valid_from=MARCH, trust="tool")
    assert texts(alice.facts()) == ["lives in Paris"]
    assert texts(alice.facts(trust="assistant")) == ["lives in Lisbon"]
    assert texts(alice.facts(trust="tool")) == ["lives in Paris"]


def test_facts_of_one_source_can_be_listed(alice: Any) -> None:
    alice.remember("has a dog", sources=["crm"])
    alice.remember("has a cat", sources=["chat", "crm-2"])
    assert texts(alice.facts(source="crm")) == ["has a dog"]


def test_an_expired_fact_is_hidden_and_what_it_superseded_stays_past(alice: Any) -> None:
    alice.remember(**LIVES, value="Lisbon", valid_from=JANUARY)
    alice.remember(**LIVES, value="Paris", valid_from=MARCH, expires=MAY)
    assert alice.facts() == []
    assert texts(alice.facts(as_of=MARCH)) == ["lives in Paris"]


def test_a_planned_event_is_known_before_it_begins(alice: Any) -> None:
    soon = datetime.now(UTC) + timedelta(days=9)
    alice.remember("flies to Rome", kind="event", valid_from=soon)
    alice.remember(**LIVES, value="Rome", valid_from=soon)
    assert texts(alice.facts()) == ["flies to Rome"]


def test_nobody_sees_the_facts_of_another(alice: Any) -> None:
    fact = alice.remember("has a dog")
    store = alice._engine.store
    for other in (Memory(store).user("bob"), Memory(store, tenant="t").user("alice")):
        assert other.facts() == []
        with pytest.raises(NotFound):
            other.forget(fact)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"text": " "},
        {"text": "x" * 10_001},
        {"text": "x", "attribute": "likes"},
        {"text": "x", "value": "tea"},
        {"text": "x", "kind": "mood"},
        {"text": "x", "trust": "nobody"},
        {"text": "x", "valid_from": datetime(2025, 1, 1)},  # noqa: DTZ001
        {"text": "x", "expires": "tomorrow"},
        {"text": "x", "sources": "chat"},
        {"text": "x", "sources": [7]},
        {"text": "x", "subject": ""},
        {"text": "a lone \ud800"},
    ],
)
def test_what_cannot_be_kept_is_refused(alice: Any, given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        alice.remember(**given)
    assert alice.facts() == []


def test_a_correction_says_something_else(alice: Any) -> None:
    fact = alice.remember("has a dog")
    for change in ({}, {"value": "cat"}, {"text": ""}):
        with pytest.raises(Invalid):
            alice.correct(fact, **change)
    with pytest.raises(Invalid, match="no fact"):
        alice.history(7)


def test_what_is_asked_for_is_text_and_a_list(alice: Any) -> None:
    wrong = ({"subject": 7}, {"attribute": ""}, {"source": 7}, {"kinds": "note"}, {"kinds": ["mood"]}, {"trust": "nobody"}, {"as_of": "today"})
    for given in wrong:
        with pytest.raises(Invalid):
            alice.facts(**given)


@pytest.mark.parametrize(("behind", "current"), [(1, "Lisbon"), (299, "Lisbon"), (3600, "Berlin")])
def test_a_clock_that_is_a_little_behind_changes_no_order(alice: Any, monkeypatch: Any, behind: int, current: str) -> None:
    alice.remember(**LIVES, value="Berlin")
    now = stating.utc_now()
    monkeypatch.setattr(stating, "utc_now", lambda: now - timedelta(seconds=behind))
    alice.remember(**LIVES, value="Lisbon")
    assert texts(alice.facts()) == [f"lives in {current}"]


def test_a_fact_that_would_be_over_when_it_begins_is_refused(alice: Any) -> None:
    with pytest.raises(Invalid, match="not behind now"):
        alice.remember("has a dog", expires=MARCH)
    with pytest.raises(Invalid, match="not behind valid_from"):
        alice.remember("has a dog", valid_from=MARCH, expires=JANUARY)
    assert alice.facts(history=True) == []
