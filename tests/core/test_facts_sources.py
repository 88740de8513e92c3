"""A fact goes with the messages that it rests on, whoever removed them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from conformance.kinds import KINDS
from recollect import Memory, Message, NotFound, Source
from recollect.model import Owner
from recollect.testing import ManualClock

ALICE = Owner("", "user", "alice")


@pytest.fixture(params=KINDS)
def clock_and_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[ManualClock, Any]]:
    clock = ManualClock()
    store = KINDS[request.param].open(tmp_path, clock)
    yield clock, store
    store.close()


def said(user: Any, session: str, text: str) -> Source:
    """Append a message, and return it as a source."""
    message = Message("user", text)
    return Source(session, message.id, user.session(session).append(message))


def texts(user: Any, **wanted: Any) -> list[str]:
    return [fact.text for fact in user.facts(**wanted)]


def test_what_rests_on_a_removed_message_alone_is_gone_and_the_rest_loses_that_source(clock_and_store: Any) -> None:
    _, store = clock_and_store
    memory = Memory(store)
    alice, reader = memory.user("alice"), Memory(store).user("alice")
    dog, cat = said(alice, "pets", "I have a dog"), said(alice, "more", "I have a cat")
    alice.remember("has a dog", sources=[dog])
    both = alice.remember("has pets", sources=[dog, cat])
    alice.remember("has fish", sources=["crm"])
    assert texts(reader) == ["has a dog", "has pets", "has fish"]
    alice.session("pets").delete()
    assert [document.key for document in store.documents(ALICE, "recollect.facts", keys=[both.id])] == [both.id]
    assert len(store.documents(ALICE, "recollect.facts")) == 2, "removed at once"
    for user in (alice, reader, Memory(store).user("alice")):
        assert texts(user) == ["has pets", "has fish"]
        assert user.facts()[0].sources == (cat,)


@pytest.mark.parametrize("warm", [True, False])
def test_a_removal_behind_the_memory_is_seen_at_the_next_reading(clock_and_store: Any, warm: bool) -> None:
    _, store = clock_and_store
    alice = Memory(store).user("alice")
    alice.remember("has a dog", sources=[said(alice, "pets", "I have a dog")])
    if warm:
        assert texts(alice) == ["has a dog"]
    else:
        alice = Memory(store).user("alice")
    store.clear_session(ALICE, "pets")
    alice.session("pets").append(user="something else")
    assert texts(alice, history=True) == []
    assert store.documents(ALICE, "recollect.facts") == []


def test_a_fact_that_is_remembered_while_its_message_is_removed_goes_too(clock_and_store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, store = clock_and_store
    alice = Memory(store).user("alice")
    source = said(alice, "pets", "I have a dog")
    put = store.put

    def late(*args: Any, **options: Any) -> int:
        monkeypatch.setattr(store, "put", put)
        store.delete_session(ALICE, "pets")
        return put(*args, **options)

    monkeypatch.setattr(store, "put", late)
    with pytest.raises(NotFound, match="rests on was removed"):
        alice.remember("has a dog", sources=[source])
    assert texts(alice) == []
    assert store.documents(ALICE, "recollect.facts") == []


def test_a_message_that_is_not_there_is_no_source_and_nothing_is_kept_of_the_fact(clock_and_store: Any) -> None:
    _, store = clock_and_store
    memory = Memory(store)
    alice, hello = memory.user("alice"), said(memory.user("alice"), "s", "hello")
    said(memory.user("bob"), "bobs", "hello")
    wrong = [Source("s", "never", 99), Source("s", "never"), Source("nowhere", "never", 1), Source("bobs", hello.message, hello.position)]
    for source in wrong:
        for sources in ([source], [hello, source]):
            with pytest.raises(NotFound, match="is not there"):
                alice.remember("has a dog", sources=sources)
    assert store.documents(ALICE, "recollect.facts") == []
    alice.remember("has a dog", sources=[Source("s", hello.message), Source("nowhere")])
    assert texts(alice) == ["has a dog"]


def test_a_message_at_another_position_is_known_by_its_id(clock_and_store: Any) -> None:
    _, store = clock_and_store
    alice = Memory(store).user("alice")
    said(alice, "pets", "gone")
    store.delete_session(ALICE, "pets")
    new = said(alice, "pets", "I have a dog")
    alice.remember("has a dog", sources=[Source("pets", new.message, 1)])
    assert texts(alice) == ["has a dog"]
    assert texts(Memory(store).user("alice")) == ["has a dog"]


def test_facts_of_a_session_whose_time_is_over_are_hidden_and_gone_with_it(clock_and_store: Any) -> None:
    clock, store = clock_and_store
    memory = Memory(store)
    alice, reader = memory.user("alice"), Memory(store).user("alice")
    alice.remember("has a dog", sources=[said(alice, "pets", "I have a dog")])
    assert texts(reader) == ["has a dog"]
    alice.session("pets").update(ttl=timedelta(days=1))
    clock.now += 3600 * 1_000_000
    assert texts(reader) == texts(alice) == ["has a dog"]
    clock.now += 24 * 3600 * 1_000_000
    for user in (alice, reader, Memory(store).user("alice")):
        assert texts(user, history=True) == []
    assert len(store.documents(ALICE, "recollect.facts")) == 1
    memory.expire()
    assert texts(reader) == []
    assert store.documents(ALICE, "recollect.facts") == []


def test_an_erased_user_is_not_remembered(clock_and_store: Any) -> None:
    _, store = clock_and_store
    alice, reader = Memory(store).user("alice"), Memory(store).user("alice")
    alice.remember("has a dog", sources=[said(alice, "pets", "I have a dog")])
    assert texts(reader) == ["has a dog"]
    alice.erase()
    assert texts(reader) == texts(alice) == []
    alice.readmit()
    alice.remember("has a cat")
    assert texts(reader) == ["has a cat"]


def test_many_sessions_are_looked_at_together(clock_and_store: Any) -> None:
    clock, store = clock_and_store
    alice = Memory(store).user("alice")
    for number in range(12):
        alice.remember(f"knows {number}", sources=[said(alice, f"s{number}", "x")])
    alice.session("s3").update(ttl=timedelta(hours=1))
    clock.now += 2 * 3600 * 1_000_000
    for user in (alice, Memory(store).user("alice")):
        assert texts(user) == [f"knows {number}" for number in range(12) if number != 3]
