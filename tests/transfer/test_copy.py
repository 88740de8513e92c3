"""Copies from store to store: what goes over, what is told, and what is left alone."""

import pytest

from recollect import Invalid, NotFound
from recollect.store.files import FileStore
from recollect.store.memory import MemoryStore
from recollect.store.protocol import REWRITTEN
from recollect.store.sqlite import SQLiteStore
from recollect.transfer import copy
from recollect.transfer.copying import pages
from recollect.transfer.copying.marks import MARKS
from transfer.copies import ALICE, BOB, NOBODY, TENANT, Clock, entry, held, ids, put, redact, say, title

KINDS = {
    "memory": lambda place, clock: MemoryStore(clock=clock),
    "sqlite": lambda place, clock: SQLiteStore(place / "data.db", clock=clock),
    "files": lambda place, clock: FileStore(place / "data", clock=clock),
}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=[("memory", "sqlite"), ("sqlite", "files"), ("files", "memory")], ids="-".join)
def stores(request, tmp_path, clock):
    made = []
    for name, kind in zip("ab", request.param, strict=True):
        (tmp_path / name).mkdir()
        made.append(KINDS[kind](tmp_path / name, clock))
    yield made
    for store in made:
        store.close()


@pytest.fixture
def a(stores):
    return stores[0]


@pytest.fixture
def b(stores):
    return stores[1]


def run(a, b, **named):
    return copy(a, b, name="a", **named)


def fill(store):
    say(store, ALICE, "s1", "m1", "m2")
    say(store, ALICE, "s2", "m1")
    say(store, ALICE, "s1", "m3")
    title(store, ALICE, "s1", "Hello")
    say(store, NOBODY, "visit", "m1")
    put(store, ALICE, "tea", "green")
    put(store, TENANT, "colour", "blue")


def test_what_was_derived_stays_where_it_is(a, b):
    say(a, ALICE, "s", "one", "two")
    last = a.changes(ALICE, 0, 10)[-1].position
    assert a.save(ALICE, "index", last, [b"words"])
    copy(a, b, name="a")
    assert b.saved(ALICE, "index") is None
    assert ids(b, ALICE, "s")
    b.save(ALICE, "index", b.changes(ALICE, 0, 10)[-1].position, [b"of b"])
    copy(a, b, name="a")
    assert b.saved(ALICE, "index") is not None, "a round without news removes nothing"


def test_everything_goes_over(a, b):
    fill(a)
    report = run(a, b)
    assert (report.owners, report.sessions, report.messages, report.documents, report.verified) == (3, 3, 5, 2, 3)
    assert report.complete
    assert held(b) == held(a)
    assert [state.name for state in b.sessions(ALICE, limit=9)] == ["s1", "s2"]


def test_twice_is_once(a, b):
    fill(a)
    run(a, b)
    head = b.changes(ALICE, 0, 1000)
    report = run(a, b)
    assert (report.messages, report.documents, report.sessions, report.verified) == (0, 0, 0, 3)
    assert b.changes(ALICE, 0, 1000) == head
    assert held(b) == held(a)


def test_the_source_is_only_read(a, b):
    fill(a)
    before = {owner: a.changes(owner, 0, 1000) for owner in a.owners("", limit=10)}
    run(a, b)
    assert {owner: a.changes(owner, 0, 1000) for owner in a.owners("", limit=10)} == before


def test_what_is_new_follows(a, b):
    fill(a)
    run(a, b)
    say(a, ALICE, "s1", "m4")
    put(a, ALICE, "tea", "black")
    put(a, TENANT, "colour", None)
    title(a, ALICE, "s2", "New", ttl=5)
    report = run(a, b)
    assert (report.messages, report.documents, report.sessions) == (1, 2, 2)
    assert held(b) == held(a)


def test_what_was_rewritten_at_the_source_is_rewritten_in_the_copy_where_it_stands(a, b):
    say(b, ALICE, "other", "m0")
    fill(a)
    run(a, b)
    before = [(each.id, each.position) for each in b.entries(ALICE, "s1")]
    at = b.changes(ALICE, 0, 1000)[-1].position
    redact(a, ALICE, "s1", "hidden", lambda each: each.id != "m2")
    say(a, ALICE, "s1", "m4")
    redact(a, ALICE, "s2", "gone")
    report = run(a, b)
    assert (report.messages, report.rewritten, report.sessions, report.verified, report.complete) == (1, 3, 2, 3, True)
    assert {**held(b)[ALICE][0], "other": None} == {**held(a)[ALICE][0], "other": None}
    assert [(each.id, each.position) for each in b.entries(ALICE, "s1")][:3] == before
    assert {(each.collection, each.key) for each in b.changes(ALICE, at, 1000) if hasattr(each, "key")} > {(REWRITTEN, "s1"), (REWRITTEN, "s2")}
    head = b.changes(ALICE, 0, 1000)
    assert run(a, b).rewritten == 0
    assert b.changes(ALICE, 0, 1000) == head


@pytest.mark.parametrize("again", [1, 2])
def test_a_copy_goes_on_behind_a_message_that_was_rewritten(a, b, again):
    fill(a)
    say(a, ALICE, "s3", "last")
    run(a, b)
    for number in range(again):
        redact(a, ALICE, "s3", f"hidden {number}")
    report = run(a, b)
    assert report.complete
    assert (report.rewritten, report.messages) == (1, 0)
    assert held(b) == held(a)


def test_what_was_rewritten_in_messages_that_are_not_the_copys_is_left(a, b):
    say(a, ALICE, "s", "m1")
    say(b, ALICE, "s", "theirs")
    run(a, b)
    redact(a, ALICE, "s", "hidden")
    report = run(a, b)
    assert (report.rewritten, ids(b, ALICE, "s"), len(report.conflicts)) == (0, ["theirs"], 1)


def test_a_long_session_is_rewritten_page_by_page_while_somebody_else_rewrites_it_too(a, b, monkeypatch):
    monkeypatch.setattr(pages, "FIRST", 2)
    monkeypatch.setattr(pages, "MOST", 3)
    say(a, ALICE, "s", *(f"m{number}" for number in range(20)))
    run(a, b)
    redact(a, ALICE, "s", "hidden", lambda each: each.id[-1] in "3579")
    plain, calls = b.rewrite, []

    def rewrite(owner, session, entries, *, edition):
        calls.append(len(entries))
        if len(calls) == 2:
            plain(owner, session, b.entries(owner, session)[:1], edition=edition)
        return plain(owner, session, entries, edition=edition)

    monkeypatch.setattr(b, "rewrite", rewrite)
    report = run(a, b)
    assert (report.rewritten, report.complete) == (8, True)
    assert max(calls) <= 3
    assert held(b) == held(a)


def test_cleared_and_deleted_sessions_are_so_in_the_copy(a, b):
    fill(a)
    run(a, b)
    a.clear_session(ALICE, "s1")
    a.delete_session(ALICE, "s2")
    report = run(a, b)
    assert report.removed == 2
    assert ids(b, ALICE, "s1") == []
    assert b.session(ALICE, "s1").settings == a.session(ALICE, "s1").settings
    assert b.session(ALICE, "s2") is None


def test_a_session_that_was_deleted_and_begun_anew_has_nothing_of_before(a, b):
    fill(a)
    run(a, b)
    a.delete_session(ALICE, "s1")
    say(a, ALICE, "s1", "m3", "m1", "m9")
    run(a, b)
    assert ids(b, ALICE, "s1") == ["m3", "m1", "m9"]
    assert held(b) == held(a)


def test_what_was_removed_before_the_copy_never_gets_there(a, b):
    fill(a)
    a.delete_session(ALICE, "s1")
    put(a, ALICE, "tea", None)
    assert run(a, b).removed == 0
    assert held(b) == held(a)


def test_only_the_users_who_are_asked_for(a, b):
    fill(a)
    say(a, BOB, "s1", "x")
    assert run(a, b, users=["bob"]).owners == 1
    assert held(b) == held(a, users=["bob"])
    with pytest.raises(NotFound, match="'carol'"):
        run(a, b, users=["carol"])


def test_no_tenant_sees_another(a, b):
    fill(a)
    assert run(a, b, tenant="other").owners == 0
    assert held(b) == {}


def test_a_session_whose_time_is_over_stays_behind(a, b, clock):
    fill(a)
    title(a, ALICE, "s1", "Brief", ttl=10)
    say(a, ALICE, "s1", "m5")
    clock.now += 11
    assert run(a, b).complete
    assert b.session(ALICE, "s1") is None
    assert ids(b, ALICE, "s2") == ["m1"]


def test_a_session_whose_time_is_over_goes_from_the_copy_as_well(a, b, clock):
    fill(a)
    title(a, ALICE, "s1", "Brief", ttl=10)
    run(a, b)
    clock.now += 11
    a.expire()
    b_states = [state.name for state in b.sessions(ALICE, limit=9)]
    assert b_states == ["s2"]
    run(a, b)
    assert all(getattr(item, "session", "") != "s1" for item in b.changes(ALICE, 0, 1000))


def test_a_session_that_ended_too_early_in_the_copy_is_copied_again(a, b, clock):
    fill(a)
    title(a, ALICE, "s1", "Brief", ttl=10)
    run(a, b)
    clock.now += 9
    say(a, ALICE, "s1", "m5")
    clock.now += 5
    assert b.session(ALICE, "s1") is None
    assert run(a, b).complete
    assert held(b) == held(a)


# what the target has already


def test_other_owners_of_the_target_are_untouched(a, b):
    fill(a)
    say(b, BOB, "s1", "mine")
    before = b.changes(BOB, 0, 100)
    assert run(a, b, erase=True).complete
    assert b.changes(BOB, 0, 100) == before


def test_other_messages_in_a_session_are_told_and_left(a, b):
    fill(a)
    say(b, ALICE, "s1", "mine")
    report = run(a, b)
    assert [(one.name, one.session) for one in report.conflicts] == [("alice", "s1")]
    assert "other messages" in report.conflicts[0].reason
    assert (report.complete, report.owners, report.verified) == (False, 3, 2)
    assert ids(b, ALICE, "s1") == ["mine"]
    assert ids(b, ALICE, "s2") == ["m1"]


def test_a_conflict_is_told_until_it_is_gone(a, b):
    fill(a)
    say(b, ALICE, "s1", "mine")
    run(a, b)
    assert len(run(a, b).conflicts) == 1
    b.delete_session(ALICE, "s1")
    report = run(a, b)
    assert (report.conflicts, report.messages) == ([], 3)
    assert held(b) == held(a)


def test_a_removal_at_the_source_does_not_reach_a_session_that_is_not_the_copys(a, b):
    fill(a)
    say(b, ALICE, "s1", "mine")
    run(a, b)
    a.clear_session(ALICE, "s1")
    run(a, b)
    a.delete_session(ALICE, "s1")
    run(a, b)
    assert ids(b, ALICE, "s1") == ["mine"]


def test_messages_that_others_wrote_into_a_copied_session_are_not_lost(a, b):
    fill(a)
    run(a, b)
    say(b, ALICE, "s1", "mine")
    say(a, ALICE, "s1", "m4")
    assert [one.session for one in run(a, b).conflicts] == ["s1"]
    a.delete_session(ALICE, "s1")
    run(a, b)
    assert ids(b, ALICE, "s1") == ["m1", "m2", "m3", "mine"]


def test_a_deletion_that_cannot_be_carried_over_is_told_each_time(a, b):
    fill(a)
    run(a, b)
    say(b, ALICE, "s1", "mine")
    a.delete_session(ALICE, "s1")
    for _ in range(2):
        assert ["deleted this session" in one.reason for one in run(a, b).conflicts] == [True]
    b.delete_session(ALICE, "s1")
    assert run(a, b).complete


def test_the_same_messages_in_the_target_are_taken_for_the_copys(a, b):
    fill(a)
    say(b, ALICE, "s1", "m1", "m2")
    report = run(a, b)
    assert (report.complete, report.messages) == (True, 3)
    a.delete_session(ALICE, "s1")
    run(a, b)
    assert b.session(ALICE, "s1") is None


def test_the_same_id_with_other_content_is_a_conflict(a, b):
    fill(a)
    b.append(ALICE, "s1", [entry("m1", "something else")])
    assert [one.session for one in run(a, b).conflicts] == ["s1"]


def test_another_title_is_told_and_left(a, b):
    fill(a)
    title(b, ALICE, "s1", "Mine")
    report = run(a, b)
    assert [one.session for one in report.conflicts] == ["s1"]
    assert "another title" in report.conflicts[0].reason
    assert b.session(ALICE, "s1").settings == b' {"title":"Mine"}'


def test_another_document_is_told_and_left_until_it_is_removed(a, b):
    fill(a)
    put(b, ALICE, "tea", "mine")
    for _ in range(2):
        report = run(a, b)
        assert [(one.collection, one.key) for one in report.conflicts] == [("notes", "tea")]
    put(a, ALICE, "tea", "black")
    assert len(run(a, b).conflicts) == 1
    put(b, ALICE, "tea", None)
    assert run(a, b).complete
    assert held(b) == held(a)


def test_what_is_missing_in_the_copy_is_brought_back(a, b):
    fill(a)
    run(a, b)
    b.delete_session(ALICE, "s1")
    b.clear_session(ALICE, "s2")
    assert run(a, b).complete
    assert held(b) == held(a)


def test_a_copied_message_that_changed_is_a_difference(a, b, monkeypatch):
    fill(a)
    plain = b.append

    def append(owner, session, entries, *, expect=None):
        spoiled = [type(e)(0, e.id, e.role, e.created, e.tokens, e.digest, e.body + b" ") for e in entries]
        return plain(owner, session, spoiled if session == "s2" else entries, expect=expect)

    monkeypatch.setattr(b, "append", append)
    monkeypatch.setattr(b, "rewrite", lambda *_, **__: 0)
    report = run(a, b)
    assert [(one.name, one.session) for one in report.differences] == [("alice", "s2")]
    assert (report.verified, report.complete) == (2, False)
    monkeypatch.undo()
    report = run(a, b)
    assert (report.rewritten, report.verified, report.complete) == (1, 3, True)
    assert held(b) == held(a)


# erasure


def test_an_erased_owner_is_erased_in_the_copy_where_that_is_asked(a, b):
    fill(a)
    say(a, BOB, "s1", "x")
    run(a, b)
    a.erase(ALICE)
    report = run(a, b)
    assert (report.gone, report.complete, report.erased) == (1, False, 0)
    assert ["--erase" in one.reason for one in report.conflicts] == [True]
    report = run(a, b, erase=True)
    assert (report.gone, report.complete, report.erased) == (0, True, 1)
    assert b.changes(ALICE, 0, 1) == []


def test_an_owner_who_was_erased_and_came_back_has_nothing_of_before(a, b):
    fill(a)
    run(a, b)
    a.erase(ALICE)
    say(a, ALICE, "s2", "n1")
    assert not run(a, b).complete
    assert run(a, b, erase=True).complete
    assert held(b) == held(a)


def test_an_owner_whose_every_item_was_replaced_is_not_erased(a, b):
    put(a, TENANT, "colour", "red")
    say(a, NOBODY, "visit", "m1")
    run(a, b)
    since = b.changes(NOBODY, 0, 1)[0].position
    put(a, TENANT, "colour", "blue")
    a.clear_session(NOBODY, "visit")
    say(a, NOBODY, "visit", "m2")
    report = run(a, b)
    assert (report.complete, report.erased) == (True, 0)
    assert held(b) == held(a)
    assert b.changes(NOBODY, 0, 1)[0].position > since


def test_an_owner_that_holds_more_is_not_erased(a, b):
    fill(a)
    say(a, BOB, "s1", "x")
    run(a, b)
    say(b, ALICE, "s9", "mine")
    a.erase(ALICE)
    report = run(a, b, erase=True)
    assert (report.erased, report.gone) == (0, 1)
    assert "holds more" in report.conflicts[0].reason
    assert ids(b, ALICE, "s9") == ["mine"]
    assert ids(b, ALICE, "s1") == ["m1", "m2", "m3"]


def test_an_empty_source_erases_nobody(a, b):
    fill(a)
    run(a, b)
    before = held(b)
    report = run(MemoryStore(), b, erase=True)
    assert (report.erased, report.gone) == (0, 3)
    assert "nothing in the source shows" in report.conflicts[0].reason
    assert held(b) == before


def test_another_source_under_the_same_name_changes_nothing(a, b):
    fill(a)
    run(a, b)
    before, other = held(b), MemoryStore()
    for owner in (ALICE, NOBODY, TENANT):
        say(other, owner, "s1", *(f"o{number}" for number in range(9)))
    report = run(other, b, erase=True)
    assert {one.name for one in report.conflicts} == {"alice", "visit", ""}
    assert held(b) == before


def test_a_source_that_was_set_back_is_told(a, b):
    other = MemoryStore()
    for store in (a, other):
        say(store, ALICE, "s1", "m1")
    say(a, ALICE, "s1", "m2")
    run(a, b)
    report = run(other, b)
    assert ["earlier state" in one.reason for one in report.conflicts] == [True]
    assert ids(b, ALICE, "s1") == ["m1", "m2"]


# several copies


def test_two_sources_meet_in_one_target(a, b):
    other = MemoryStore()
    fill(a)
    say(other, ALICE, "s7", "z1")
    say(other, BOB, "s1", "z1")
    for _ in range(2):
        assert copy(a, b, name="a", erase=True).complete
        assert copy(other, b, name="other", erase=True).complete
    assert ids(b, ALICE, "s7") == ["z1"]
    assert ids(b, ALICE, "s1") == ["m1", "m2", "m3"]
    other.erase(ALICE)
    assert copy(other, b, name="other", erase=True).gone == 1
    assert ids(b, ALICE, "s1") == ["m1", "m2", "m3"]


def test_notes_are_not_copied_on(a, b):
    fill(a)
    run(a, b)
    c = MemoryStore()
    assert copy(b, c, name="b").complete
    assert held(c) == held(a)
    assert len(c.documents(ALICE, MARKS)) == 1
    a.delete_session(ALICE, "s1")
    run(a, b)
    copy(b, c, name="b")
    assert held(c) == held(a)


def test_a_ring_comes_to_rest(a, b):
    fill(a)
    for _ in range(3):
        assert copy(a, b, name="a").complete
        assert copy(b, a, name="b").complete
    before = a.changes(ALICE, 0, 1000), b.changes(ALICE, 0, 1000)
    copy(a, b, name="a")
    copy(b, a, name="b")
    assert (a.changes(ALICE, 0, 1000), b.changes(ALICE, 0, 1000)) == before
    say(b, ALICE, "s1", "m4")
    assert copy(b, a, name="b").complete
    assert copy(a, b, name="a").complete
    assert held(a) == held(b)


def test_a_store_is_not_copied_onto_itself_and_has_a_name(a, b, tmp_path):
    with pytest.raises(Invalid, match="the same"):
        run(a, a)
    with pytest.raises(Invalid, match="the same"):
        copy(f"sqlite:///{tmp_path}/x.db", f"sqlite:///{tmp_path}/y/../x.db")
    with pytest.raises(Invalid, match="give the source one"):
        copy(a, b)


def test_a_store_is_known_again_by_another_url(tmp_path):
    one, other = SQLiteStore(tmp_path / "x.db"), SQLiteStore(tmp_path / "x.db")
    fill(one)
    with pytest.raises(Invalid, match="the same"):
        copy(one, other, name="x")
    one.close()
    other.close()


def test_progress_counts_what_is_left_to_copy_and_to_read_back(a, b):
    fill(a)
    seen = []
    for expected in ((10, 10), (5, 5)):
        run(a, b, progress=lambda done, total: seen.append((done, total)))
        assert seen[-1] == expected
