"""What recall returns: how many, of what, as of when, with what around; each with its source."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recollect import Invalid, Memory, Message, Recollection
from recollect.model import Source
from recollect.store.memory import MemoryStore
from recollect.testing import ManualClock

DAY = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(clock=ManualClock())


@pytest.fixture
def alice(store: MemoryStore) -> Any:
    user = Memory(store).user("alice")
    talk(user.session("move"), "I moved to Lisbon with my sister Ana.", "How nice!", "The flat has a balcony.", "Lovely.")
    talk(user.session("drinks"), "I prefer green tea to coffee.", "Noted: green tea.", start=DAY + timedelta(days=30))
    return user


def talk(session: Any, *texts: str, start: datetime = DAY) -> None:
    roles = ("user", "assistant")
    session.append(*(Message(roles[turn % 2], text, created=start + timedelta(minutes=turn)) for turn, text in enumerate(texts)))  # type: ignore[arg-type]


def texts(found: list[Recollection]) -> list[str]:
    return [one.text for one in found]


def test_a_fact_is_recalled_beside_messages(alice: Any) -> None:
    fact = alice.remember(attribute="lives in", value="Porto", kind="profile", sources=["imported"])
    alice.remember("is afraid of dogs")
    found = alice.recall("Where does she live? Porto or Lisbon?")
    ours = next(one for one in found if one.fact is not None)
    assert (ours.fact.id, ours.message, ours.session, ours.text) == (fact.id, None, None, "lives in Porto")
    assert (ours.position, ours.created) == (fact.position, fact.valid_from)
    assert any(one.message is not None and "Lisbon" in one.text for one in found)


def test_what_another_fact_superseded_is_recalled_only_as_of_its_time(alice: Any) -> None:
    alice.remember(attribute="lives in", value="Porto", valid_from=DAY)
    alice.remember(attribute="lives in", value="Faro", valid_from=DAY + timedelta(days=100))
    assert texts(alice.recall("lives in Porto, Faro", kinds=["note"])) == ["lives in Faro"]
    assert texts(alice.recall("lives in Porto, Faro", kinds=["note"], as_of=DAY + timedelta(days=1))) == ["lives in Porto"]


def test_a_forgotten_or_corrected_fact_leaves_at_once(alice: Any) -> None:
    fact = alice.remember(attribute="lives in", value="Porto")
    assert texts(alice.recall("Porto", kinds=["note"])) == ["lives in Porto"]
    alice.correct(fact, value="Oporto")
    assert texts(alice.recall("Porto, Oporto", kinds=["note"])) == ["lives in Oporto"]
    alice.forget(alice.facts()[0])
    assert texts(alice.recall("Porto, Oporto", kinds=["note"])) == []


def test_as_of_shows_messages_up_to_a_time(alice: Any) -> None:
    assert texts(alice.recall("green tea in Lisbon", as_of=DAY)) == ["I moved to Lisbon with my sister Ana."]
    assert "I prefer green tea to coffee." in texts(alice.recall("green tea in Lisbon", as_of=DAY + timedelta(days=30)))


def test_kinds_narrow_to_facts_and_roles_to_messages(alice: Any) -> None:
    alice.remember("prefers green tea", kind="preference")
    alice.remember("wants to grow tea", kind="goal")
    query = "green tea"
    assert texts(alice.recall(query, kinds=["goal"])) == ["wants to grow tea"]
    assert all(one.fact is None for one in alice.recall(query, roles=["user", "assistant"]))
    both = alice.recall(query, roles=["assistant"], kinds=["preference"])
    assert set(texts(both)) == {"Noted: green tea.", "prefers green tea", "How nice!", "Lovely."} & set(texts(both))
    assert {"Noted: green tea.", "prefers green tea"} <= set(texts(both))
    assert {one.fact is None for one in alice.recall(query)} == {True, False}


def test_trust_keeps_facts_of_lesser_tellers_out(alice: Any) -> None:
    alice.remember("prefers green tea", trust="inferred")
    assert texts(alice.recall("green tea", kinds=["note"], trust="assistant")) == []
    assert texts(alice.recall("green tea", kinds=["note"], trust="inferred")) == ["prefers green tea"]


def test_a_session_recalls_facts_that_rest_on_it(alice: Any) -> None:
    message = alice.session("drinks").messages()[0]
    alice.remember("prefers green tea", sources=[Source("drinks", message.id, message.position)])
    alice.remember("has a green kettle")
    assert texts(alice.session("drinks").recall("green tea kettle", kinds=["note"])) == ["prefers green tea"]
    assert texts(alice.session("move").recall("green tea kettle", kinds=["note"])) == []


def test_as_many_as_fit_into_the_tokens_are_recalled(alice: Any) -> None:
    talk(alice.session("long"), *(f"Green tea number {number} is on the shelf." for number in range(200)))
    for tokens in (5, 30, 100, 400, 100_000):
        found = alice.recall("green tea", tokens=tokens)
        assert sum(4 + len(one.text.rstrip(".").split()) for one in found) <= tokens
        assert len(found) >= min(tokens // 20, 200)
    assert len(alice.recall("green tea", tokens=100_000)) >= 200
    assert len(alice.recall("green tea", tokens=100_000, k=7)) == 7
    assert len(alice.recall("green tea", k=300)) >= 200


def test_neighbours_are_told_with_a_message_and_take_no_places(alice: Any) -> None:
    found = alice.recall("sister Ana balcony", k=2, neighbours=1)
    assert texts(found) == ["I moved to Lisbon with my sister Ana.", "The flat has a balcony."] or len(found) == 2
    shown = [message.text for one in found for message in (*one.before, one.message, *one.after)]
    assert sorted(shown) == sorted(set(shown)), "no message is told twice"
    assert "How nice!" in shown
    assert alice.recall("sister Ana", k=1)[0].after == ()


def test_neighbours_stay_in_their_session_and_time(alice: Any) -> None:
    first = alice.recall("sister Ana", k=1, neighbours=3)[0]
    assert ([m.text for m in first.before], [m.text for m in first.after]) == ([], ["How nice!", "The flat has a balcony.", "Lovely."])
    first = alice.recall("sister Ana", k=1, neighbours=3, as_of=DAY + timedelta(minutes=1))[0]
    assert [m.text for m in first.after] == ["How nice!"]


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ({"tokens": 0}, "from 1 up"),
        ({"tokens": True}, "from 1 up"),
        ({"neighbours": -1}, "from 0 to 100"),
        ({"neighbours": 101}, "from 0 to 100"),
        ({"kinds": ["gossip"]}, "profile"),
        ({"kinds": "note"}, "give a list"),
        ({"trust": "nobody"}, "inferred"),
        ({"as_of": datetime(2025, 1, 1)}, "as_of is"),  # noqa: DTZ001
        ({"until": datetime(2025, 1, 1)}, "until is"),  # noqa: DTZ001
        ({"now": "today"}, "now is"),
    ],
)
def test_a_wrong_argument_says_what_to_give(alice: Any, wrong: dict[str, Any], advice: str) -> None:
    with pytest.raises(Invalid, match=advice):
        alice.recall("tea", **wrong)
    with pytest.raises(Invalid, match=advice):
        alice.session("drinks").recall("tea", **wrong)


def test_what_another_process_remembers_is_recalled_at_once(store: MemoryStore, alice: Any) -> None:
    alice.recall("tea")
    other = Memory(store).user("alice")
    fact = other.remember("has a green kettle")
    assert texts(alice.recall("kettle", kinds=["note"])) == ["has a green kettle"]
    other.forget(fact)
    assert texts(alice.recall("kettle", kinds=["note"])) == []


def test_facts_of_one_who_never_spoke_are_recalled_also_after_an_erasure(store: MemoryStore) -> None:
    bob, other = Memory(store).user("bob"), Memory(store).user("bob")
    bob.remember("has a green kettle")
    assert texts(bob.recall("kettle")) == ["has a green kettle"]
    other.erase()
    assert texts(bob.recall("kettle")) == []
    other.readmit()
    other.remember("has a red kettle")
    assert texts(bob.recall("kettle")) == ["has a red kettle"]


def test_forms_of_living_meet_and_the_users_own_fact_stands_first(alice: Any) -> None:
    alice.remember(attribute="lives in", value="Porto", valid_from=DAY)
    alice.remember(subject="Ana", attribute="lives in", value="Lisbon", valid_from=DAY)
    found = alice.recall("Where do I live?")
    assert texts(found)[0] == "lives in Porto"
    assert {one.text: "speaker" in one.why for one in found if one.fact} == {"lives in Porto": True, "Ana lives in Lisbon": False}


def test_system_prompts_are_found_only_where_roles_ask_for_them(alice: Any) -> None:
    for name in "abc":
        alice.session(name).append(system="You sell green tea.", user=f"Is tea number {name} green?")
    assert not any(one.message and one.message.role == "system" for one in alice.recall("green tea"))
    assert texts(alice.recall("green tea", roles=["system"])) == ["You sell green tea."]
    alice.session("a").clear()
    assert not any(one.message and one.message.role == "system" for one in alice.recall("you sell", k=50))


def test_the_same_text_is_found_once_and_others_take_the_places(alice: Any) -> None:
    for number in range(25):
        alice.session(str(number)).append(user="My tea is on its way.")
    alice.session("late").append(user="The tea came too late, after three weeks of waiting.")
    found = texts(alice.recall("my tea on its way", k=3))
    assert len(set(found)) == len(found) == 3
    assert found[0] == "My tea is on its way."


def test_a_time_that_ends_before_it_begins_is_refused(alice: Any) -> None:
    with pytest.raises(Invalid, match="later than until"):
        alice.recall("tea", since=DAY, until=DAY - timedelta(days=1))
    assert alice.recall("tea", since=DAY, until=DAY) == []
