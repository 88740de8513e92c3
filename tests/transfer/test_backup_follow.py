"""A backup that follows: it reads everything anew little by little, prunes, and knows a source that was set back."""

from datetime import timedelta
from random import Random
from threading import Event

import pytest
from msgspec import structs

from recollect.errors import Conflict, Invalid
from recollect.store.memory import MemoryStore
from recollect.store.protocol import system_clock
from recollect.transfer import backup, drill
from recollect.transfer.backup import run, shipping
from recollect.transfer.backup.chain import Chain, numbers
from recollect.transfer.backup.objects import open_objects
from recollect.transfer.backup.plan import moment, plan
from recollect.transfer.backup.report import BackupReport
from recollect.transfer.copying import pages
from transfer.backups import Dead, Shelf, bring_back, held, ship
from transfer.copies import ALICE, BOB, Clock, ids, put, say
from transfer.test_backup import _without_expiring
from transfer.test_copy_kills import Lively, anchored, live


@pytest.mark.parametrize("seed", range(20))
def test_every_point_can_be_restored_while_everything_is_read_anew(seed, monkeypatch):
    monkeypatch.setattr(pages, "FIRST", 2)
    monkeypatch.setattr(pages, "MOST", 3)
    monkeypatch.setattr(shipping, "SEGMENT", 500)
    rng, clock, objects, snapshots, bases = Random(seed), Clock(), {}, {}, set()
    store = anchored(MemoryStore(clock=clock))
    for number in range(12):
        say(store, ALICE, f"s{number}", "a", "b")
    chain = Chain(Shelf(objects), clock)
    chain.resume("")
    shipper = shipping.Shipper(Lively(store, rng, clock), chain, "", BackupReport(), Event(), None)
    for _ in range(25):
        for _ in range(rng.randrange(4)):
            live(rng, store, clock, erases=False)
        if rng.random() < 0.3 and chain.last is not None:
            shipper.renew()
        shipper.round(rng.randrange(1, 600))
        assert shipper.caught_up
        store.expire()
        ship(store, Shelf(objects), clock)  # what came while it read; by another process
        chain.resume("")
        snapshots[chain.last.time] = held(store)
        bases.add(chain.last.base)
        clock.now += 1000
    assert len(bases) > 1
    for time, snapshot in snapshots.items():
        restored, _ = bring_back(Shelf(objects), Clock(), at=moment(time))
        later = plan(Shelf(objects), moment(time), None).floors
        left, right = _without_expiring(held(restored)), _without_expiring(snapshot)
        assert {owner: left[owner] for owner in left if owner not in later} == {owner: right[owner] for owner in right if owner not in later}


def test_a_backup_that_follows_begins_anew_by_itself_and_removes_what_is_old(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "SHARE", 1000)
    store, place, stop, rounds = anchored(MemoryStore()), f"{tmp_path}/b", Event(), []
    for user in range(40):
        say(store, ALICE.__class__("", "user", f"u{user}"), "s", "a", "b")

    def told(done):
        rounds.append(done)
        say(store, BOB, "s", f"b{done.number}")
        if done.number == 40:
            stop.set()

    report = backup(store, place, follow=True, interval=0.01, every=timedelta(milliseconds=50), keep=timedelta(0), stop=stop, told=told)
    assert all(one.error is None for one in rounds)
    assert report.removed > 10
    objects = open_objects(place)
    assert numbers(objects)[0] > 10
    assert len(objects.names("segments")) == len(numbers(objects))
    backup(store, place)
    assert drill(place, live=store).proved


def test_only_what_is_due_is_read_anew(tmp_path):
    store, place = anchored(MemoryStore()), f"{tmp_path}/b"
    assert backup(store, place).whole
    put(store, ALICE, "k", "v")
    assert not backup(store, place, every=timedelta(hours=1)).whole
    put(store, ALICE, "k", "w")
    report = backup(store, place, every=timedelta(microseconds=1))
    assert (report.whole, report.entries) == (True, 1)


@pytest.mark.parametrize("seed", range(12))
def test_a_source_that_was_set_back_is_read_anew_whenever_the_backup_dies(seed, monkeypatch):
    monkeypatch.setattr(shipping, "SEGMENT", 300)
    rng, clock, objects = Random(seed), Clock(), {}
    store = anchored(MemoryStore(clock=clock))
    for _ in range(3):
        for _ in range(rng.randrange(4, 12)):
            live(rng, store, clock, erases=False)
        store.expire()
        earlier = ship(store, Shelf(objects), clock)
        clock.now += 1000
        for _ in range(rng.randrange(3, 9)):
            live(rng, store, clock, erases=False)
        ship(store, Shelf(objects), clock)
        clock.now += 1000
        store, _ = bring_back(Shelf(objects), clock, at=moment(earlier.time))
        for _ in range(rng.randrange(9)):
            live(rng, store, clock, erases=False)
        for calls in range(1, rng.randrange(1, 12)):
            try:
                ship(store, Shelf(objects, calls, behind=rng.random() < 0.5), clock)
            except Dead:
                continue
        store.expire()
        last = ship(store, Shelf(objects), clock)
        assert last.gone == []
        assert held(bring_back(Shelf(objects), clock)[0]) == held(store)


@pytest.mark.parametrize("seed", range(25))
def test_a_drill_finds_everything_explained_whatever_happens_in_the_live_memory_later(seed, tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "FIRST", 2)
    monkeypatch.setattr(pages, "MOST", 3)
    rng, clock = Random(seed), Clock()
    clock.now = system_clock()
    store = anchored(MemoryStore(clock=clock))
    for _ in range(rng.randrange(30)):
        live(rng, store, clock, erases=False)
    backup(store, f"{tmp_path}/b")
    for _ in range(rng.randrange(30)):
        live(rng, store, clock)
        if rng.random() < 0.2 and (found := store.entries(ALICE, "s1")):
            store.rewrite(ALICE, "s1", [structs.replace(found[0], body=b" {}")], edition=found[0].edition)
    assert drill(f"{tmp_path}/b", live=store).differences == []


def test_a_drill_finds_what_is_missing_in_the_live_memory_or_in_the_backup(tmp_path):
    whole, less, place = anchored(MemoryStore()), anchored(MemoryStore()), f"{tmp_path}/b"
    say(whole, ALICE, "s", "a", "b", "c")
    say(less, ALICE, "s", "a")
    backup(whole, place)
    assert [one.reason for one in drill(place, live=less).differences] == ["the live memory has nothing at position 2, and does not tell why"]
    with pytest.raises(Invalid, match="give no time"):
        drill(place, live=less, at=moment(0))

    class Hiding:
        """A store that does not tell of one position."""

        def __getattr__(self, name):
            return getattr(whole, name)

        def changes(self, owner, after, limit):
            return [item for item in whole.changes(owner, after, limit) if (owner, item.position) != (ALICE, 2)]

    backup(Hiding(), f"{tmp_path}/c")
    assert [one.reason for one in drill(f"{tmp_path}/c", live=whole).differences] == ["the backup has nothing at position 2"]


def test_a_second_backup_that_follows_the_same_place_ends_with_an_error(tmp_path):
    store, place = anchored(MemoryStore()), f"{tmp_path}/b"

    def told(_):
        say(store, ALICE, "s", f"a{len(ids(store, ALICE, 's'))}")
        backup(store, place)
        say(store, ALICE, "s", f"a{len(ids(store, ALICE, 's'))}")

    with pytest.raises(Conflict, match="let only one write"):
        backup(store, place, follow=True, interval=0.01, told=told)
    backup(store, place)
    assert drill(place, live=store).proved


def test_a_stop_ends_a_backup_at_a_place_from_which_the_next_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(shipping, "SEGMENT", 200)
    store, place, stop = anchored(MemoryStore()), f"{tmp_path}/b", Event()
    for user in range(40):
        say(store, ALICE.__class__("", "user", f"u{user:02}"), "s", "a", "b")
    first = backup(store, place, stop=stop, progress=lambda done, _: stop.set() if done == 20 else None)
    assert 0 < first.entries < 80
    assert not first.whole
    second = backup(store, place)
    assert second.entries < 81
    assert drill(place, live=store).proved
