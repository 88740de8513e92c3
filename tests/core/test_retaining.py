"""Retention, applied to what is stored."""

from datetime import UTC, datetime, timedelta

import pytest

from places import PLACES, url_of
from recollect import AsyncMemory, Doubtful, Invalid, Memory, Message, Recall, Window
from recollect.core.retaining import GONE
from recollect.privacy.audit import Audit
from recollect.privacy.retention import Retention, Rule

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = Retention([Rule("transcript", 90 * DAY), Rule("transcript", 30 * DAY, "trial"), Rule("facts", 400 * DAY)])


def said(text, days):
    return Message("user", text, created=NOW - days * DAY)


@pytest.fixture(params=PLACES)
def memory(request, tmp_path):
    with Memory(url_of(request.param, tmp_path), embedder=None) as made:
        made.session("old", user="ana").append(said("in winter", 200), said("a walrus", 100))
        made.session("long", user="ana").append(said("the marmot sleeps", 120), said("it wakes", 80), said("it eats", 1))
        made.session("trial", user="bob").append(said("forty days ago", 40))
        made.session("nameless").append(said("who am I?", 91))
        made.session("recent", user="ana").append(said("yesterday", 1))
        yield made


def texts(memory, session, user=None):
    return [message.text for message in memory.session(session, user=user).messages()]


def test_what_is_too_old_is_removed_and_what_goes_on_is_emptied_of_it(memory):
    memory.user("bob").classify("trial")
    assert memory.user("bob").classification() == "trial"
    counted = memory.retain(RULES, now=NOW)
    assert (counted.dry_run, counted.owners) == (True, 3)
    assert texts(memory, "old", "ana") == ["in winter", "a walrus"]
    done = memory.retain(RULES, now=NOW, dry_run=False)
    assert (done.sessions, done.messages, done.emptied, done.held) == (3, 4, 1, 0) == (counted.sessions, counted.messages, counted.emptied, 0)
    assert texts(memory, "long", "ana") == [GONE, "it wakes", "it eats"]
    assert texts(memory, "recent", "ana") == ["yesterday"]
    assert [info.id for info in memory.user("ana").sessions().items] == ["recent", "long"]
    assert memory.user("bob").sessions().items == []
    assert memory.session("nameless").info() is None
    again = memory.retain(RULES, now=NOW, dry_run=False)
    assert (again.sessions, again.emptied) == (0, 0)


def test_what_was_emptied_is_neither_shown_nor_found_anywhere(memory):
    other = Memory(memory.store, embedder=None)
    for each in (memory, other):
        each.session("long", user="ana").context(Window(5))
        assert each.user("ana").recall("marmot")
    memory.retain(RULES, now=NOW, dry_run=False)
    for each in (memory, other):
        assert "marmot" not in str(each.session("long", user="ana").context(Window(5)))
        assert "marmot" not in str(each.user("ana").recall("marmot", neighbours=2))
        assert "marmot" not in str(each.session("long", user="ana").context(Recall(tokens=300)))
    kept = memory.session("long", user="ana").messages()[0]
    assert (kept.role, kept.created, kept.position is not None) == ("user", NOW - 120 * DAY, True)
    other.close()


def test_what_is_held_is_passed_over_and_counted(memory):
    memory.user("ana").session("old").hold("case 1")
    memory.session("nameless").hold("case 2")
    done = memory.retain(RULES, now=NOW, dry_run=False)
    assert (done.held, done.sessions, done.emptied) == (2, 0, 1)
    memory.user("ana").session("old").release()
    memory.user("ana").hold("case 3")
    assert memory.retain(RULES, now=NOW, dry_run=False).held == 2
    assert texts(memory, "old", "ana") == ["in winter", "a walrus"]


def test_a_clock_that_jumped_removes_nothing_until_somebody_is_sure_of_it(memory):
    later = NOW + 3650 * DAY
    assert memory.retain(RULES, now=later).sessions == 5  # only counted
    with pytest.raises(Doubtful, match="clock_is_right"):
        memory.retain(RULES, now=later, dry_run=False)
    assert texts(memory, "recent", "ana") == ["yesterday"]
    assert memory.retain(RULES, now=NOW + 7 * DAY, dry_run=False).sessions > 0
    assert memory.retain(RULES, now=NOW + 14 * DAY, dry_run=False).sessions == 0
    with pytest.raises(Doubtful):
        memory.retain(RULES, now=NOW + 40 * DAY, dry_run=False)
    memory.retain(RULES, now=NOW + 40 * DAY, dry_run=False, clock_is_right=True)
    memory.retain(RULES, now=NOW - 40 * DAY, dry_run=False)  # a clock that is behind removes less


def test_messages_that_came_since_a_jump_do_not_vouch_for_the_clock(memory):
    memory.retain(RULES, now=NOW, dry_run=False)
    memory.session("new", user="bob").append(said("behind the jump", -700), said("of a wrong clock", -7000))
    with pytest.raises(Doubtful, match="2026-06-01"):
        memory.retain(RULES, now=NOW + 700 * DAY, dry_run=False)
    assert texts(memory, "recent", "ana") == ["yesterday"]


def test_messages_from_then_to_now_vouch_for_the_clock(memory):
    memory.retain(RULES, now=NOW, dry_run=False)
    for days in range(0, 42, 7):
        memory.session(f"after {days}", user="bob").append(said("hello", -days))
    assert not memory.retain(RULES, now=NOW + 40 * DAY, dry_run=False).dry_run


def test_the_audit_of_a_retention_does_not_vouch_for_its_clock(tmp_path):
    with Memory(f"sqlite:///{tmp_path}/m.db", embedder=None, audit=Audit(key=b"k" * 32)) as memory:
        memory.session("s", user="ana").append(said("long ago", 500))
        with pytest.raises(Doubtful):
            memory.retain(RULES, dry_run=False)


def test_messages_that_stand_in_another_order_than_their_times_are_found(memory):
    memory.session("mixed", user="ana").append(said("today", 0), said("long ago", 300), said("before", 95))
    memory.retain(RULES, now=NOW, dry_run=False)
    assert texts(memory, "mixed", "ana") == ["today", GONE, GONE]


def test_facts_that_nobody_used_for_so_long_go(memory):
    fact = memory.user("ana").remember("prefers email")
    rules = Retention([Rule("facts", 10 * DAY)])
    assert memory.retain(rules, now=fact.created + 9 * DAY).facts == 0
    later = fact.created + 11 * DAY
    assert memory.retain(rules, now=later).facts == 1
    assert memory.user("ana").facts()
    assert memory.retain(rules, now=later, dry_run=False, clock_is_right=True).facts == 1
    assert memory.user("ana").facts() == []


class Busy:
    """A store in which somebody appends to a session between the look at it and its deletion, once."""

    def __init__(self, store, write):
        self.store = store
        self.write = write

    def __getattr__(self, name):
        return getattr(self.store, name)

    def delete_session(self, owner, session, *, expect=None):
        if session == "old" and self.write is not None:
            write, self.write = self.write, None
            write()
        return self.store.delete_session(owner, session, expect=expect)


def test_a_session_that_somebody_writes_to_just_before_its_deletion_goes_on(memory):
    session = memory.session("old", user="ana")
    with Memory(Busy(memory.store, lambda: session.append(said("in spring", 0))), embedder=None) as other:
        done = other.retain(RULES, now=NOW, dry_run=False)
    assert texts(memory, "old", "ana") == [GONE, GONE, "in spring"]
    assert (done.sessions, done.messages, done.emptied) == (1, 1, 3)


def test_a_session_that_somebody_adds_something_old_to_just_before_its_deletion_goes_with_it(memory):
    session = memory.session("old", user="ana")
    with Memory(Busy(memory.store, lambda: session.append(said("in autumn", 240))), embedder=None) as other:
        done = other.retain(RULES, now=NOW, dry_run=False)
    assert session.info() is None
    assert (done.sessions, done.messages) == (2, 4)


def test_a_session_that_somebody_else_deletes_meanwhile_is_not_counted(memory):
    session = memory.session("old", user="ana")
    with Memory(Busy(memory.store, session.delete), embedder=None) as other:
        assert other.retain(RULES, now=NOW, dry_run=False).sessions == 1


def test_empty_sessions_go_as_well(memory):
    memory.session("empty", user="ana").update(title="nothing")
    later = datetime.now(UTC) + 400 * DAY
    assert memory.retain(RULES, now=later, dry_run=False, clock_is_right=True).sessions == 6
    assert memory.user("ana").sessions().items == []


async def test_the_other_face_retains_as_well(memory):
    told = []
    async with AsyncMemory(memory.store, embedder=None) as other:
        await other.user("bob").classify("trial")
        assert await other.user("bob").classification() == "trial"
        await other.user("bob").classify(None)
        assert await other.user("bob").classification() is None
        done = await other.retain(RULES, now=NOW, dry_run=False, progress=lambda *args: told.append(args))
    assert done.sessions == 2
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_old_records_of_the_audit_go_where_the_memory_is_audited(memory):
    rules = Retention([Rule("audit", 30 * DAY)])
    with pytest.raises(Invalid, match="audit"):
        memory.retain(rules, now=NOW)
    with Memory("memory://", embedder=None, audit=Audit(key=b"k" * 32)) as audited:
        audited.session("s", user="ana").append(user="hello")
        assert audited.retain(rules).audit == 0


@pytest.mark.parametrize("span", [9999 * 365 * DAY, timedelta.max])
def test_what_is_kept_for_longer_than_time_goes_back_stays(tmp_path, span):
    with Memory("memory://", embedder=None, audit=Audit(tmp_path / "audit.key")) as memory:
        memory.session("old", user="ana").append(Message("user", "long ago", created=datetime(1, 1, 2, tzinfo=UTC)))
        memory.user("ana").remember("likes tea")
        rules = Retention([Rule("transcript", span), Rule("facts", span), Rule("audit", span)])
        done = memory.retain(rules, dry_run=False, clock_is_right=True)
    assert (done.sessions, done.emptied, done.facts, done.audit) == (0, 0, 0, 0)


def test_what_are_no_rules_is_refused(memory):
    with pytest.raises(Invalid, match="the rules are a list"):
        memory.retain([Rule("transcript", DAY)])
    with pytest.raises(Invalid, match="now is '2026-06-01'"):
        memory.retain(RULES, now="2026-06-01")
