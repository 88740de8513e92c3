"""Copies that die at any call, of sources and targets in which anything happens meanwhile: the next copy makes them equal."""

from contextlib import suppress
from itertools import pairwise
from random import Random

import pytest

from conformance.kinds import KINDS
from recollect.errors import Conflict
from recollect.model import Owner
from recollect.store.memory import MemoryStore
from recollect.transfer import copy
from recollect.transfer.copying import pages
from transfer.copies import ALICE, BOB, NOBODY, TENANT, Clock, Died, Mortal, entry, held, put, redact, title

OWNERS = (ALICE, BOB, NOBODY, TENANT)
SESSIONS = ("s1", "s2", "s3")
KEYS = ("k1", "k2", "k3")


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(pages, "FIRST", 2)
    monkeypatch.setattr(pages, "MOST", 3)


def live(rng, store, clock, *, erases=True):
    """Let something happen in a store."""
    owner, session, key = rng.choice(OWNERS), rng.choice(SESSIONS), rng.choice(KEYS)

    def wait():
        clock.now += rng.randrange(20)
        if rng.random() < 0.5:
            store.expire()

    def say():
        with suppress(Conflict):  # one of them is there, and was rewritten
            store.append(owner, session, [entry(f"m{rng.randrange(30)}") for _ in range(rng.randint(1, 4))])

    deeds = {
        say: 12,
        lambda: redact(store, owner, session, f"r{rng.randrange(5)}", lambda _: rng.random() < 0.5): 4,
        lambda: put(store, owner, key, f"v{rng.randrange(5)}"): 4,
        lambda: put(store, owner, key, None): 2,
        lambda: title(store, owner, session, f"t{rng.randrange(5)}", ttl=getattr(store.session(owner, session), "ttl", None)): 2,
        lambda: title(store, owner, session, "brief", ttl=rng.choice((None, 5, 50))): 1,
        lambda: store.clear_session(owner, session): 2,
        lambda: store.delete_session(owner, session): 2,
        lambda: store.erase(owner): int(erases),
        wait: 1,
    }
    rng.choices([*deeds], [*deeds.values()])[0]()


class Lively:
    """A store in which something happens before every reading call."""

    def __init__(self, store, rng, clock):
        self._store = store
        self._rng = rng
        self._clock = clock

    def __getattr__(self, name):
        plain = getattr(self._store, name)
        if name in ("changes", "entries", "session", "documents") and self._rng.random() < 0.1:
            live(self._rng, self._store, self._clock, erases=False)
        return plain


def anchored(store):
    """Return a store with an owner who stays: by him, the source is known again."""
    store.append(Owner("", "user", "zoe"), "s", [entry("z")])
    return store


def die_and_go_on(rng, clock, a, b):
    copy(a, b, name="a", workers=1)
    for _ in range(6):
        for _ in range(rng.randrange(12)):
            live(rng, a, clock)
        while rng.random() < 0.8:
            try:
                copy(Lively(a, rng, clock), Mortal(b, rng.randint(1, 25), behind=rng.random() < 0.5), name="a", erase=True, workers=1)
            except Died:
                for _ in range(rng.randrange(3)):
                    live(rng, a, clock)
        report = copy(a, b, name="a", erase=True, workers=1)
        assert report.complete, report
        assert held(b) == held(a)
        assert copy(a, b, name="a", erase=True, workers=1).messages == 0


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_and_whenever_it_dies_the_next_copy_makes_them_equal(seed):
    clock = Clock()
    die_and_go_on(Random(seed), clock, anchored(MemoryStore(clock=clock)), MemoryStore(clock=clock))


@pytest.mark.parametrize(("source", "target"), [*pairwise(("sqlite", "postgresql", "redis", "mysql", "files", "sqlite"))])
def test_it_is_so_between_stores_of_any_kind(source, target, tmp_path):
    clock, stores = Clock(), []
    try:
        for name, kind in (("a", source), ("b", target)):
            (tmp_path / name).mkdir()
            stores.append(KINDS[kind].open(tmp_path / name, clock))
        die_and_go_on(Random(2), clock, anchored(stores[0]), stores[1])
    finally:
        for store in stores:
            store.close()


@pytest.mark.parametrize("seed", range(30))
def test_what_others_write_into_the_target_is_never_lost(seed):
    """Others append messages of their own to any session of the target: each stays, or the whole session that it was in was removed by them."""
    rng, clock = Random(seed), Clock()
    a, b = anchored(MemoryStore(clock=clock)), MemoryStore(clock=clock)
    mine = {}
    for number in range(8):
        for _ in range(rng.randrange(8)):
            live(rng, a, Clock(), erases=False)
        for _ in range(rng.randrange(3)):
            owner, session, id = rng.choice(OWNERS), rng.choice(SESSIONS), f"mine{len(mine)}"
            b.append(owner, session, [entry(id)])
            mine[id] = owner, session
        try:
            copy(a, Mortal(b, rng.randint(1, 40), behind=rng.random() < 0.5), name="a", erase=True, workers=1)
        except Died:
            continue
        report = copy(a, b, name="a", erase=True, workers=1)
        told = {(one.name, one.session) for one in report.conflicts}
        assert report.differences == []
        for id, (owner, session) in mine.items():
            assert id in [each.id for each in b.entries(owner, session)], (number, id)
            assert (owner.name, session) in told or a.session(owner, session) is None
