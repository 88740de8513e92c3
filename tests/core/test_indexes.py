"""Recall shows what is there, all of it, and nothing else, whoever wrote or removed it."""

import inspect
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from places import PLACES, url_of
from recollect import AsyncMemory, Damaged, Invalid, Memory, Message
from recollect.core import held
from recollect.model import Entry, Owner
from recollect.store.memory import MemoryStore
from recollect.testing import ManualClock

DAY = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(clock=ManualClock())


def texts(found: list[Any]) -> list[str]:
    return [one.message.text for one in found]


def fill(user: Any) -> None:
    user.session("move").append(Message("user", "My sister Ana lives in Lisbon.", created=DAY), Message("assistant", "How nice!", created=DAY))
    user.session("drinks").append(Message("user", "I prefer green tea to coffee.", created=DAY + timedelta(days=30)))


@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize("face", [Memory, AsyncMemory])
async def test_what_was_said_in_another_session_is_found_on_every_store(kind: str, face: Any, tmp_path: Any) -> None:
    memory = face(url_of(kind, tmp_path))

    async def done(result: Any) -> Any:
        return await result if inspect.isawaitable(result) else result

    user = memory.user("alice")
    await done(user.session("move").append(user="My sister Ana lives in Lisbon.", assistant="How nice!"))
    await done(user.session("drinks").append(user="I prefer green tea to coffee."))
    found = await done(user.recall("Where does my sister live?", k=1))
    assert [(one.session, one.message.text) for one in found] == [("move", "My sister Ana lives in Lisbon.")]
    assert found[0].score == pytest.approx(sum(found[0].why.values()))
    assert found[0].message == (await done(user.session("move").messages()))[0]
    assert texts(await done(user.session("drinks").recall("sister in Lisbon, or tea"))) == ["I prefer green tea to coffee."]
    await done(memory.close())


def test_filters_narrow_what_is_found(store: MemoryStore) -> None:
    alice = Memory(store).user("alice")
    fill(alice)
    question = "Ana, Lisbon, tea, nice"
    assert texts(alice.recall(question, sessions=["drinks"])) == ["I prefer green tea to coffee."]
    assert texts(alice.recall(question, roles=["assistant"])) == ["How nice!"]
    assert texts(alice.recall(question, since=DAY + timedelta(days=1))) == ["I prefer green tea to coffee."]
    assert "I prefer green tea to coffee." not in texts(alice.recall(question, until=DAY + timedelta(days=1)))


def test_what_another_process_writes_is_found_at_once(store: MemoryStore) -> None:
    ours, theirs = Memory(store).user("alice"), Memory(store).user("alice")
    fill(ours)
    assert texts(ours.recall("passport", k=3)) == []
    theirs.session("trip").append(user="My passport expires in June.")
    assert texts(ours.recall("passport", k=1)) == ["My passport expires in June."]


@pytest.mark.parametrize("removal", ["clear", "delete", "erase", "expire", "made again"])
@pytest.mark.parametrize("last", [True, False], ids=["the latest session", "an earlier session"])
def test_what_another_process_removes_is_found_no_more(store: Any, removal: str, last: bool) -> None:
    ours, theirs = Memory(store).user("alice"), Memory(store).user("alice")
    ours.session("secret").update(ttl=timedelta(seconds=1))
    ours.session("secret").append(user="The code is 4711.")
    if not last:
        fill(ours)
    assert texts(ours.recall("code 4711", k=1)) == ["The code is 4711."]
    if removal == "expire":
        store._clock.now += 2_000_000
    elif removal in ("clear", "delete"):
        getattr(theirs.session("secret"), removal)()
    else:
        theirs.erase()
        if removal == "made again":
            theirs.readmit()
            theirs.session("other").append(user="What is the code?")
    assert "The code is 4711." not in texts(ours.recall("code 4711"))
    if removal == "made again":
        assert texts(ours.recall("code 4711")) == ["What is the code?"]


def test_users_tenants_and_anonymous_sessions_are_apart(store: MemoryStore) -> None:
    fill(Memory(store).user("alice"))
    fill(Memory(store, tenant="other").user("bob"))
    Memory(store).session("move").append(user="Nobody's sister lives in Rome.")
    assert Memory(store).user("bob").recall("sister") == []
    assert texts(Memory(store).session("move").recall("sister")) == ["Nobody's sister lives in Rome."]
    assert len(Memory(store).user("alice").recall("sister", k=1)) == 1


def test_a_long_ledger_is_read_in_pages_and_once(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "PAGE", 7)
    monkeypatch.setattr(held, "LARGE", 11)
    alice = Memory(store).user("alice")
    alice.session("s").append(*(Message("user", f"number n{number}") for number in range(50)))
    alice.documents("notes").put({"a": 1, "b": 2})
    for number in (0, 6, 7, 49):
        assert texts(alice.recall(f"n{number}", k=1)) == [f"number n{number}"]
    read: list[int] = []
    changes = store.changes
    monkeypatch.setattr(store, "changes", lambda owner, after, limit: (read.append(after), changes(owner, after, limit))[1])
    monkeypatch.setattr(held, "_new_index", lambda: pytest.fail("another index is made"))
    alice.recall("n3", k=1)
    assert len(read) == 1


def test_what_stood_in_front_of_a_damaged_message_is_found_once_that_is_gone(store: MemoryStore) -> None:
    alice = Memory(store).user("alice")
    fill(alice)
    store.append(Owner("", "user", "alice"), "bad", [Entry(0, "x", "user", 0, None, b"", b" {")])
    with pytest.raises(Damaged):
        alice.recall("sister")
    alice.session("bad").delete()
    assert texts(alice.recall("sister", k=1)) == ["My sister Ana lives in Lisbon."]


def test_indexes_are_bounded_in_bytes(store: MemoryStore) -> None:
    memory = Memory(store, index_bytes=400_000)
    for number in range(20):
        user = memory.user(f"u{number}")
        user.session("s").append(*(Message("user", f"word{number} word{place}") for place in range(50)))
        assert texts(user.recall(f"word{number}", k=1))[0].startswith(f"word{number} ")
        held = memory._engine.indexes
        assert sum(one.size for one in held._held.values()) == held._used <= 400_000
    assert 0 < len(held._held) < 20
    assert texts(memory.user("u0").recall("word0 word49", k=1)) == ["word0 word49"], "what was dropped is made again"


@pytest.mark.parametrize("query", ["", "   ", '"', "a AND NOT (", "NEAR/2 *", "🎉", "\x00", "x" * 100_000, "' OR 1=1 --", "col:umn ^"])
def test_any_text_is_a_query(store: MemoryStore, query: str) -> None:
    alice = Memory(store).user("alice")
    fill(alice)
    assert all(one.session in ("move", "drinks") for one in alice.recall(query))


@pytest.mark.parametrize(
    "wrong",
    [{"k": 0}, {"k": 1001}, {"k": "3"}, {"roles": ["robot"]}, {"roles": "user"}, {"sessions": "s"}, {"since": datetime(2025, 1, 1)}],  # noqa: DTZ001
)
def test_a_wrong_argument_is_told(store: MemoryStore, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Memory(store).user("alice").recall("tea", **wrong)
    with pytest.raises(Invalid):
        Memory(store).user("alice").recall(7)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        Memory(store, index_bytes=-1)
