"""Legal holds: nothing that is held is removed, whoever asks."""

from contextlib import closing
from datetime import timedelta

import pytest

from conformance.kinds import KINDS
from recollect import AsyncMemory, Held, Invalid, Memory
from recollect.testing.setting import ManualClock
from recollect.transfer import export_file, import_file

DAY = 24 * 3600 * 10**6


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture(params=KINDS)
def memory(request, tmp_path, clock):
    store = KINDS[request.param].open(tmp_path, clock)
    with closing(store), Memory(store, embedder=None) as made:
        made.session("s", user="ana").append(user="I paid twice")
        made.session("t", user="ana").append(user="something else")
        made.session("s", user="bob").append(user="not me")
        made.session("s", user="ana").append(user="I live in Lisbon.")
        made.user("ana").learn()
        made.user("ana").documents("notes").put({"k": 1})
        yield made


REMOVALS = {
    "erase": lambda ana: ana.erase(),
    "delete": lambda ana: ana.session("s").delete(),
    "clear": lambda ana: ana.session("s").clear(),
    "forget": lambda ana: ana.forget(ana.facts()[0]),
    "forget a source": lambda ana: ana.forget_source("s"),
    "remove a document": lambda ana: ana.documents("notes").remove("k"),
    "let it end": lambda ana: ana.session("s").update(ttl=timedelta(days=1)),
}


@pytest.mark.parametrize("remove", REMOVALS.values(), ids=REMOVALS)
def test_nothing_of_a_held_user_is_removed_until_the_hold_is_lifted(memory, remove):
    ana = memory.user("ana")
    before = memory.store.changes(ana._owner, 0, 100)
    ana.hold("case 12", by="legal")
    with pytest.raises(Held, match=r"'ana' is under a legal hold since \d{4}-\d\d-\d\d \(case 12, by legal\), and nothing was removed"):
        remove(ana)
    assert memory.store.changes(ana._owner, 0, 100) == before
    assert memory.user("bob").erase()
    assert ana.release() is True
    remove(ana)
    assert memory.store.changes(ana._owner, 0, 100) != before


def test_a_held_session_holds_back_the_erasure_of_its_user_and_no_other_session(memory):
    ana = memory.user("ana")
    ana.session("s").hold("case 13")
    for remove in (ana.erase, ana.session("s").delete, ana.session("s").clear):
        with pytest.raises(Held, match="session 's' of user 'ana'"):
            remove()
    assert ana.session("t").delete() is True
    assert ana.session("s").release() is True
    assert ana.erase()


def test_an_anonymous_session_can_be_held(memory):
    chat = memory.session("anonymous")
    chat.append(user="hello")
    chat.hold("case 14")
    with pytest.raises(Held, match=r"^session 'anonymous' is under"):
        chat.delete()
    assert [(hold.user, hold.session) for hold in memory.holds()] == [(None, "anonymous")]


def test_what_is_held_does_not_end_by_itself(memory, clock):
    chat = memory.session("s", user="ana")
    chat.update(ttl=timedelta(hours=1), title="Paid twice")
    memory.user("ana").hold("case 15")
    clock.now += 9 * DAY
    assert memory.expire() == 0
    assert (chat.messages()[0].text, chat.info().title) == ("I paid twice", "Paid twice")
    memory.user("ana").release()
    assert chat.info().expires is not None
    clock.now += DAY
    assert memory.expire() == 1
    assert chat.info() is None


def test_a_session_that_becomes_active_while_its_user_is_held_does_not_end_either(memory, clock, monkeypatch):
    monkeypatch.setattr("recollect.store.pages.PAGE", 1)
    for name in "st":
        memory.session(name, user="bob").append(user="hello")
        memory.session(name, user="bob").update(ttl=timedelta(days=1))
    plain, calls = memory.store.sessions, []

    def busy(owner, *, after=None, limit):
        page = plain(owner, after=after, limit=limit)
        calls.append(after)
        if len(calls) == 1:
            memory.session("s", user="bob").append(user="again")
        return page

    monkeypatch.setattr(memory.store, "sessions", busy)
    memory.user("bob").hold("case 12")
    clock.now += 2 * DAY
    assert memory.expire() == 0
    assert [memory.session(name, user="bob").info().count for name in "st"] == [3, 1]


def test_a_session_that_is_held_while_it_is_given_a_time_to_live_does_not_end(memory, monkeypatch):
    update = memory._engine.store.update_session

    def held_meanwhile(*args, **options):
        monkeypatch.undo()
        memory.user("ana").hold("case 1")
        return update(*args, **options)

    monkeypatch.setattr(memory._engine.store, "update_session", held_meanwhile)
    with pytest.raises(Held):
        memory.session("s", user="ana").update(ttl=timedelta(days=1))
    assert memory.session("s", user="ana").info().expires is None


def test_an_import_leaves_out_the_time_to_live_of_what_is_held_and_takes_in_the_rest(memory, tmp_path):
    with Memory("memory://", embedder=None) as other:
        for user in ("ana", "eve"):
            other.session("new", user=user).append(user="hello")
            other.session("new", user=user).update(title="News", ttl=timedelta(days=1))
        export_file(other, tmp_path / "all.jsonl")
    memory.user("ana").hold("case 1")
    report = import_file(memory, tmp_path / "all.jsonl")
    assert report.messages == 2
    assert ["time to live" in one.reason for one in report.refused] == [True]
    held, free = (memory.session("new", user=user).info() for user in ("ana", "eve"))
    assert (held.title, held.expires) == ("News", None)
    assert free.expires is not None


def test_a_time_to_live_returns_when_the_last_hold_on_its_session_is_lifted(memory):
    chat = memory.session("s", user="ana")
    chat.update(ttl=timedelta(hours=1))
    chat.hold("case 16")
    memory.user("ana").hold("case 17")
    assert chat.release() is True
    assert chat.info().expires is None
    memory.user("ana").release()
    assert chat.info().expires is not None
    assert memory.user("ana").release() is False


def test_holds_are_listed_and_a_further_reason_takes_the_place_of_the_first(memory):
    memory.user("bob").hold("case 1")
    memory.user("ana").hold("case 2")
    memory.user("bob").hold("case 3")
    memory.user("ana").session("s").hold("case 4")
    assert [(hold.user, hold.session, hold.reason) for hold in memory.holds()] == [
        ("ana", None, "case 2"),
        ("bob", None, "case 3"),
        ("ana", "s", "case 4"),
    ]


@pytest.mark.parametrize(("reason", "by"), [("", None), (" ", None), (None, None), ("case " * 200, None), ("case", 7)])
def test_a_hold_needs_a_reason(memory, reason, by):
    with pytest.raises(Invalid):
        memory.user("ana").hold(reason, by=by)
    assert memory.holds() == []
    assert memory.user("ana").release() is False


async def test_the_other_face_holds_as_well(memory):
    async with AsyncMemory(memory.store, embedder=None) as other:
        await other.user("ana").hold("case 18")
        with pytest.raises(Held):
            await other.user("ana").erase()
        assert [hold.reason for hold in await other.holds()] == ["case 18"]
        assert await other.user("ana").release()
        await other.session("s", user="ana").hold("case 19")
        assert await other.session("s", user="ana").release()
    assert memory.holds() == []
