"""Backup and restore: what goes in comes out, as of any point, whatever happened meanwhile."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from recollect import Memory
from recollect.errors import Conflict, Invalid, NotFound, StoreError
from recollect.model import Document, Owner
from recollect.store.memory import MemoryStore
from recollect.store.protocol import RESTORING, REWRITTEN
from recollect.transfer import backup, drill, restore
from recollect.transfer.backup import shipping
from recollect.transfer.backup.plan import moment, plan
from recollect.transfer.copying import pages
from transfer.backups import Dead, Shelf, bring_back, held, ship
from transfer.copies import ALICE, BOB, TENANT, Clock, entry, ids, put, say, title
from transfer.test_copy_kills import Lively, anchored, live


@pytest.fixture
def store():
    return anchored(MemoryStore())


def at(manifest):
    return moment(manifest.time)


def test_what_was_backed_up_comes_back_in_the_same_order(tmp_path):
    url = f"sqlite:///{tmp_path}/a.db"
    with Memory(url) as memory:
        one, other = memory.session("one", user="alice"), memory.session("other", user="alice")
        one.append(user="1")
        other.append(user="2")
        one.append(assistant="3")
        one.update(title="First", metadata={"a": 1})
        memory.session("visit").append(user="4")
        memory.documents("notes").put({"k": {"v": 5}})
        report = backup(url, f"{tmp_path}/b")
        assert (report.owners, report.entries, report.whole) == (3, 4, True)
    back = restore(f"{tmp_path}/b", f"file:///{tmp_path}/c")
    assert (back.owners, back.sessions, back.entries) == (3, 3, 4)
    with Memory(f"file:///{tmp_path}/c") as memory:
        assert [entry.role for entry in memory.store.changes(ALICE, 0, 3)] == ["user", "user", "assistant"]
        assert memory.session("one", user="alice").info().title == "First"
        assert memory.documents("notes").get("k") == [{"v": 5}]


def test_a_second_run_writes_what_is_new_alone(store):
    shelf, clock = Shelf(), Clock()
    say(store, ALICE, "s", *(f"m{number}" for number in range(100)))
    assert ship(store, shelf, clock).entries == 101
    assert ship(store, shelf, clock).number == 1
    say(store, ALICE, "s", "new")
    assert ship(store, shelf, clock).entries == 1
    assert held(bring_back(shelf, clock)[0]) == held(store)


def test_older_values_of_documents_come_back_as_of_their_time(store):
    shelf, clock = Shelf(), Clock()
    put(store, ALICE, "k", "old")
    first = ship(store, shelf, clock)
    clock.now += 1000
    put(store, ALICE, "k", "new")
    ship(store, shelf, clock)
    assert held(bring_back(shelf, clock, at=at(first))[0])[ALICE][1] == [("notes", "k", b' "old"')]
    assert held(bring_back(shelf, clock)[0])[ALICE][1] == [("notes", "k", b' "new"')]


def test_a_time_before_the_backup_is_told_with_where_it_begins(store):
    shelf, clock = Shelf(), Clock()
    first = ship(store, shelf, clock)
    with pytest.raises(NotFound, match=r"begins at 1970-01-01T00:00:01\+00:00"):
        bring_back(shelf, clock, at=at(first) - timedelta(seconds=1))
    with pytest.raises(Invalid, match="no time zone"):
        bring_back(shelf, clock, at=datetime(2020, 1, 1))  # noqa: DTZ001


def test_a_clock_that_goes_back_does_not_take_segments_back(store):
    shelf, clock = Shelf(), Clock()
    first = ship(store, shelf, clock)
    clock.now -= 500_000
    say(store, ALICE, "s", "a")
    second = ship(store, shelf, clock)
    assert second.time == first.time
    assert ids(bring_back(shelf, clock, at=at(first))[0], ALICE, "s") == ["a"]


@pytest.mark.parametrize("seed", range(40))
def test_every_point_is_restored_as_it_was_whatever_happened_and_whenever_the_backup_died(seed, monkeypatch):
    """But for who was erased behind it: that one is as of then."""
    monkeypatch.setattr(pages, "FIRST", 2)
    monkeypatch.setattr(pages, "MOST", 3)
    monkeypatch.setattr(shipping, "SEGMENT", 400)
    rng, clock = Random(seed), Clock()
    store, objects, snapshots = anchored(MemoryStore(clock=clock)), {}, {}
    for _ in range(8):
        for _ in range(rng.randrange(10)):
            live(rng, store, clock)
        while rng.random() < 0.6:
            try:
                ship(Lively(store, rng, clock), Shelf(objects, rng.randint(1, 20), behind=rng.random() < 0.5), clock, full=rng.random() < 0.3)
            except Dead:
                live(rng, store, clock)
        store.expire()
        last = ship(store, Shelf(objects), clock, full=rng.random() < 0.3)
        assert last.complete
        snapshots[last.number] = held(store)
        assert held(bring_back(Shelf(objects), clock)[0]) == snapshots[last.number]
        clock.now += 1000
    for number, snapshot in snapshots.items():
        point = moment(plan(Shelf(objects), None, None).point.time if number == last.number else _time(objects, number))
        found = plan(Shelf(objects), point, None)
        assert found.point.number == number
        restored, _ = bring_back(Shelf(objects), Clock(), at=point)
        expected = {owner: what for owner, what in snapshot.items() if owner not in found.floors}
        expected |= {owner: snapshots[until][owner] for owner, until in found.floors.items() if owner in snapshots.get(until, ())}
        unseen = {owner for owner, until in found.floors.items() if until not in snapshots}  # behind a backup that did not die in the end
        kept = {owner: what for owner, what in held(restored).items() if owner not in unseen}
        assert _without_expiring(kept) == _without_expiring(expected)


def _time(objects, number):
    from recollect.transfer.backup.manifest import decode, manifest_name

    return decode(objects[manifest_name(number)], "").time


def _without_expiring(found):
    """Leave out what an older point has otherwise: sessions that end, as long as they were to live by then, and the tenant's own."""
    left = {owner: ({name: what for name, what in sessions.items() if what[2] is None}, documents) for owner, (sessions, documents) in found.items()}
    return {owner: what for owner, what in left.items() if what != ({}, []) and owner != TENANT}


def test_who_was_erased_does_not_come_back_from_an_older_point(store):
    shelf, clock = Shelf(), Clock()
    say(store, ALICE, "s", "secret")
    first = ship(store, shelf, clock)
    clock.now += 1000
    store.erase(ALICE)
    assert [owner.name for owner in ship(store, shelf, clock).gone] == ["alice"]
    restored, report = bring_back(shelf, clock, at=at(first))
    assert ALICE not in held(restored)
    assert report.later == 1


def test_who_was_erased_and_came_back_has_nothing_of_before(store):
    shelf, clock = Shelf(), Clock()
    say(store, ALICE, "s", "before")
    first = ship(store, shelf, clock)
    store.erase(ALICE)
    say(store, ALICE, "s", "behind")
    clock.now += 1000
    ship(store, shelf, clock)
    assert ids(bring_back(shelf, clock)[0], ALICE, "s") == ["behind"]
    assert ids(bring_back(shelf, clock, at=at(first))[0], ALICE, "s") == ["behind"]


def test_what_was_rewritten_does_not_come_back_from_an_older_point(store):
    shelf, clock = Shelf(), Clock()
    say(store, ALICE, "s", "secret", "kept")
    put(store, ALICE, "fact", "secret")
    first = ship(store, shelf, clock)
    clock.now += 1000
    old = store.entries(ALICE, "s")[0]
    store.rewrite(ALICE, "s", [entry_at(old, "[gone]")], edition=old.edition)
    put(store, ALICE, "fact", "[gone]")
    ship(store, shelf, clock)
    for point in (None, at(first)):
        restored, _ = bring_back(shelf, clock, at=point)
        assert b"secret" not in b"".join(each.body for each in restored.entries(ALICE, "s"))
        assert held(restored) == held(store)


def entry_at(old, text):
    return entry(old.id, text).__class__(old.position, old.id, old.role, old.created, None, text.encode().ljust(16)[:16], text.encode())


def test_a_backup_that_dies_amid_a_rewriting_reads_it_whole_next_time(store, monkeypatch):
    monkeypatch.setattr(shipping, "SEGMENT", 100)
    monkeypatch.setattr(pages, "FIRST", 2)
    monkeypatch.setattr(pages, "MOST", 3)
    shelf, clock = Shelf(), Clock()
    say(store, ALICE, "s", *(f"m{number}" for number in range(20)))
    ship(store, shelf, clock)
    store.rewrite(ALICE, "s", [entry_at(old, "x") for old in store.entries(ALICE, "s")], edition=0)
    for calls in range(1, 25):
        objects = dict(shelf.objects)
        with suppress(Dead):
            ship(store, Shelf(objects, calls), clock)
        ship(store, Shelf(objects), clock)
        assert held(bring_back(Shelf(objects), clock)[0]) == held(store)
    assert len([name for name in objects if name.startswith("segments/")]) > 5


def test_notices_of_rewriting_take_the_old_bytes_out_of_the_newest_segments(store):
    """A point behind the rewriting needs no object from before once all was read anew."""
    shelf, clock = Shelf(), Clock()
    say(store, ALICE, "s", "secret")
    ship(store, shelf, clock)
    old = store.entries(ALICE, "s")[0]
    store.rewrite(ALICE, "s", [entry_at(old, "x")], edition=0)
    last = ship(store, shelf, clock, full=True)
    assert last.base == 2
    assert any(document.collection == REWRITTEN for document in store.changes(ALICE, 0, 9) if isinstance(document, Document))


def test_a_target_with_a_memory_is_refused_and_left_as_it_is(store):
    shelf, clock = Shelf(), Clock()
    ship(store, shelf, clock)
    target = MemoryStore()
    say(target, BOB, "s", "mine")
    before = held(target)
    with pytest.raises(Conflict, match="has a memory already"):
        bring_back(shelf, clock, target=target)
    assert held(target) == before


class Failing:
    """A store that fails at the so-many-th writing call."""

    def __init__(self, store, calls):
        self._store = store
        self._left = calls

    def __getattr__(self, name):
        plain = getattr(self._store, name)
        if name not in ("append", "put", "update_session", "erase", "delete_session"):
            return plain

        def call(*args, **named):
            self._left -= 1
            if self._left < 0:
                raise Dead
            return plain(*args, **named)

        return call


def test_a_restore_that_was_cut_off_is_no_memory_until_it_is_run_again(store):
    shelf, clock = Shelf(), Clock()
    for owner in (ALICE, BOB, TENANT):
        say(store, owner, "s", "a", "b")
        title(store, owner, "s", "t")
        put(store, owner, "k", "v")
    ship(store, shelf, clock)
    target = MemoryStore()
    for calls in range(1, 12):
        with pytest.raises(Dead):
            bring_back(shelf, clock, target=Failing(target, calls))
        with pytest.raises(StoreError, match="being restored here"):
            Memory(target)
    bring_back(shelf, clock, target=target)
    assert held(target)[ALICE] == held(store)[ALICE]
    assert target.documents(TENANT, RESTORING) == []
    Memory(target).close()


def test_a_restore_gives_way_to_another_that_takes_over(store):
    shelf, clock = Shelf(), Clock()
    say(store, ALICE, "s", "a")
    ship(store, shelf, clock)
    target = MemoryStore()

    class Overtaken:
        def __getattr__(self, name):
            if name == "append":
                target.put(TENANT, [Document(RESTORING, "restore", b' "other"')])
            return getattr(target, name)

    with pytest.raises(Conflict, match="another restore writes"):
        bring_back(shelf, clock, target=Overtaken())


def test_an_empty_database_in_the_place_of_the_source_erases_nobody(store):
    shelf, clock = Shelf(), Clock()
    say(store, ALICE, "s", "a")
    ship(store, shelf, clock)
    with pytest.raises(Invalid, match="has nothing of what is in the backup"):
        ship(MemoryStore(), shelf, clock)
    assert held(bring_back(shelf, clock)[0]) == held(store)


def test_a_source_that_was_set_back_is_read_anew_and_counts_nobody_as_erased(store):
    shelf, clock = Shelf(), Clock()
    say(store, ALICE, "s", "a")
    first = ship(store, shelf, clock)
    clock.now += 1000
    say(store, BOB, "s", "b")
    second = ship(store, shelf, clock)
    clock.now += 1000
    back, _ = bring_back(shelf, clock, at=at(first))
    say(back, ALICE, "s", "other")
    third = ship(back, shelf, clock)
    assert third.gone == []
    assert third.base == third.number
    assert held(bring_back(shelf, clock)[0]) == held(back)
    assert ids(bring_back(shelf, clock, at=at(second))[0], BOB, "s") == ["b"]


def test_two_backups_at_once_into_one_place(store):
    from threading import Event

    from recollect.transfer.backup.chain import Chain
    from recollect.transfer.backup.report import BackupReport

    shelf, clock = Shelf(), Clock()
    ship(store, shelf, clock)
    slow = Chain(shelf, clock)
    slow.resume("")
    say(store, ALICE, "s", "a")
    ship(store, shelf, clock)
    with pytest.raises(Conflict, match="another backup has gone on"):
        shipping.Shipper(store, slow, "", BackupReport(), Event(), None).round()
    assert held(bring_back(shelf, clock)[0]) == held(store)


def test_a_tenants_place_is_no_other_tenants(tmp_path):
    with Memory(f"sqlite:///{tmp_path}/a.db", tenant="one") as one, Memory(f"sqlite:///{tmp_path}/a.db", tenant="two") as two:
        one.session("s", user="alice").append(user="of one")
        two.session("s", user="alice").append(user="of two")
        backup(one.store, f"{tmp_path}/b", tenant="one")
        with pytest.raises(Invalid, match="tenant 'one'"):
            backup(one.store, f"{tmp_path}/b", tenant="two")
    restore(f"{tmp_path}/b", f"sqlite:///{tmp_path}/c.db")
    with Memory(f"sqlite:///{tmp_path}/c.db", tenant="two") as two:
        assert two.users().items == []


def test_a_session_whose_time_is_over_is_not_restored(store):
    clock = Clock()
    store = anchored(MemoryStore(clock=clock))
    shelf = Shelf()
    title(store, ALICE, "brief", "t", ttl=50)
    say(store, ALICE, "brief", "a")
    title(store, ALICE, "long", "t", ttl=5000)
    ship(store, shelf, clock)
    clock.now += 100
    restored, report = bring_back(shelf, clock)
    assert report.expired == 1
    assert restored.session(ALICE, "brief") is None
    assert restored.session(ALICE, "long").ttl == 5000


@pytest.mark.parametrize("seed", range(6))
def test_pruning_breaks_nothing_that_is_kept(seed):
    from recollect.transfer.backup.prune import prune

    rng, clock, objects, snapshots = Random(seed), Clock(), {}, {}
    store = anchored(MemoryStore(clock=clock))
    for _ in range(12):
        live(rng, store, clock, erases=False)
        store.expire()
        last = ship(store, Shelf(objects), clock, full=rng.random() < 0.4)
        snapshots[last.number] = (last.time, held(store))
        clock.now += 100
        keep = 350
        for calls in (1, 3, 10**6):
            try:
                prune(Shelf(objects, calls), keep, clock)
            except Dead:
                assert held(bring_back(Shelf(objects), clock)[0]) == held(store)
        for time, snapshot in snapshots.values():
            if time >= min(clock.now, last.time) - keep:
                assert _without_expiring(held(bring_back(Shelf(objects), Clock(), at=moment(time))[0])) == _without_expiring(snapshot)
    assert len([name for name in objects if name.startswith("manifests/")]) < last.number


def test_a_drill_finds_what_the_live_memory_has_otherwise(tmp_path):
    url = f"sqlite:///{tmp_path}/a.db"
    with Memory(url) as memory:
        memory.session("s", user="alice").append(user="1", assistant="2")
        backup(url, f"{tmp_path}/b")
        memory.session("s", user="alice").append(user="3")
        memory.session("t", user="alice").append(user="later")
        memory.session("s", user="alice").update(title="later")
        proof = drill(f"{tmp_path}/b", live=url)
        assert proof.proved
        assert proof.compared == 1
        import apsw

        with apsw.Connection(f"{tmp_path}/a.db") as db:
            db.execute("UPDATE recollect_entry SET tokens = 99 WHERE place = (SELECT min(place) FROM recollect_entry)")
        db.close()
        assert [one.reason for one in drill(f"{tmp_path}/b", live=url).differences] == ["other content at position 1"]


def test_times_are_aware(tmp_path, store):
    assert backup(store, f"{tmp_path}/b").time.tzinfo is UTC


def test_an_owner_with_a_strange_name_is_an_owner(store):
    shelf, clock = Shelf(), Clock()
    strange = Owner("", "user", "../a\n/\u0000☃")
    say(store, strange, "s/..", "a")
    ship(store, shelf, clock)
    assert ids(bring_back(shelf, clock)[0], strange, "s/..") == ["a"]
