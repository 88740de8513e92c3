# ruff: noqa: B023  # each call is over before the loop goes on
"""Over a replica without lag, a failover in an outage answers as a store that never had one."""

from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from faults.flaky import Flaky
from recollect.errors import Conflict
from recollect.model import Document, Entry, Owner, SessionState
from recollect.store.failover import Failover
from recollect.store.failover import overlay as overlays
from recollect.store.memory import MemoryStore
from recollect.store.protocol import REMOVED, SETTINGS, Store
from recollect.testing import ManualClock

OWNERS = [Owner("", "user", "a"), Owner("", "user", "b"), Owner("", "session", "a"), Owner("t", "user", "a")]
SESSIONS = ["s", "t", "u"]
SECOND = 1_000_000


def batch(rng: Random) -> list[Entry]:
    """Few ids, so that they come again, mostly with the same content."""
    found = []
    for _ in range(rng.choice([0, 1, 2, 2, 5])):
        id, body = f"m{rng.randrange(30)}", rng.choice([b" 1"] * 9 + [b" 2"])
        digest = blake2b(id.encode() + body, digest_size=16).digest()
        found.append(Entry(0, id, "user", rng.randrange(1000), rng.choice([None, 3]), digest, body))
    return found


class Pair:
    """Does the same to both stores, and compares what they answer, but for the positions themselves."""

    def __init__(self, store: Store, model: Store) -> None:
        self.stores = store, model

    def both(self, name: str, owner: Owner, *args: Any, **named: Any) -> None:
        self.each(lambda store: getattr(store, name)(owner, *args, **named), f"{name} {owner} {args} {named}")

    def each(self, call: Any, what: str) -> None:
        results = []
        for store in self.stores:
            try:
                result = call(store)
                results.append(bool(result) if isinstance(result, int) else result)
            except Conflict as conflict:
                results.append(("conflict", conflict.position > 0))
        assert results[0] == results[1], what

    def write(self, rng: Random) -> None:
        owner, session = rng.choice(OWNERS), rng.choice(SESSIONS)
        kind = rng.choices(["append", "expecting", "update", "clear", "delete", "put", "swap", "erase"], [12, 4, 3, 1, 1, 4, 3, 0.4])[0]
        if kind == "append":
            self.both("append", owner, session, batch(rng))
        elif kind == "expecting":
            entries, right = batch(rng), rng.random() < 0.7
            self.each(lambda store: store.append(owner, session, entries, expect=position(store, owner, session) if right else 7**9), kind)
        elif kind == "update":
            settings, ttl, right = rng.choice([b" 1", b" 2"]), rng.choice([None, 5 * SECOND]), rng.random() < 0.8
            self.each(
                lambda store: store.update_session(owner, session, settings, ttl=ttl, expect=revision(store, owner, session) if right else 7**9), kind
            )
        elif kind in {"clear", "delete"}:
            self.both(f"{kind}_session", owner, session)
        elif kind == "erase":
            self.both("erase", owner)
        else:
            keys = rng.sample("klmn", rng.choice([1, 1, 2]))
            documents = [Document("c", key, rng.choice([None, b"1", b"2"])) for key in keys]
            right = rng.random() < 0.8
            self.each(
                lambda store: store.put(
                    owner, documents, expect=None if kind == "put" else {("c", keys[0]): at(store, owner, keys[0]) if right else 7**9}
                ),
                kind,
            )

    def compare(self, rng: Random) -> None:
        size, newest, opening = rng.choice([None, 1, 3, 10]), rng.random() < 0.5, rng.choice([0, 2])
        for owner in OWNERS:
            for name in SESSIONS:
                self.each(
                    lambda store: seen(store.entries(owner, name, limit=size, newest=newest, opening=opening)), f"{owner} {name} {size} {opening}"
                )
                self.each(lambda store: paged(store, owner, name, rng), f"pages of {owner} {name}")
                self.each(lambda store: told(store.session(owner, name)), f"session {owner} {name}")
            self.each(lambda store: [told(state) for state in store.sessions(owner, limit=rng.choice([1, 10]))][:1], f"newest session of {owner}")
            self.each(lambda store: listed(store, owner), f"sessions of {owner}")
            for collection in ("c", SETTINGS, REMOVED):
                self.each(lambda store: plain(store.documents(owner, collection)), f"documents {owner} {collection}")
                self.each(lambda store: plain(store.documents(owner, collection, keys=["k", "l", "s"], after="k", limit=1)), "documents by key")
                self.each(lambda store: plain(store.documents(owner, collection, prefix="", after="k", limit=2)), "a page of documents")
        for tenant in ("", "t"):
            self.each(lambda store: store.owners(tenant, limit=9), "owners")
            self.each(lambda store: store.owners(tenant, after=OWNERS[2], limit=1), "owners after")
            self.each(lambda store: sorted((owner, state.name, state.updated) for owner, state in store.recent(tenant, limit=99)), "recent")
            self.each(lambda store: [state.updated for _, state in store.recent(tenant, limit=2)], "most recent")


def position(store: Store, owner: Owner, session: str) -> int:
    state = store.session(owner, session)
    return 0 if state is None else state.position


def revision(store: Store, owner: Owner, session: str) -> int:
    state = store.session(owner, session)
    return 0 if state is None else state.revision


def at(store: Store, owner: Owner, key: str) -> int:
    found = store.documents(owner, "c", keys=[key])
    return found[0].position if found else 0


def seen(entries: list[Entry]) -> list[tuple[Any, ...]]:
    positions = [entry.position for entry in entries]
    assert positions == sorted(set(positions))
    return [(entry.id, entry.role, entry.created, entry.tokens, entry.body, entry.session) for entry in entries]


def told(state: SessionState | None) -> SessionState | None:
    """Return a session's state without its positions."""
    return None if state is None else replace(state, position=state.position > 0, activity=0, revision=state.revision > 0)


def plain(documents: list[Document]) -> list[tuple[Any, ...]]:
    return [(document.collection, document.key, document.body, document.position > 0) for document in documents]


def listed(store: Store, owner: Owner) -> list[Any]:
    """Return all sessions, read page by page."""
    found = store.sessions(owner, limit=2)
    while page := store.sessions(owner, after=found[-1].activity, limit=2) if found else []:
        found += page
    assert [state.activity for state in found] == sorted({state.activity for state in found}, reverse=True)
    return [told(state) for state in found]


def paged(store: Store, owner: Owner, name: str, rng: Random) -> list[Any]:
    """Return a session's entries, read page by page, forwards and backwards."""
    forwards: list[Entry] = []
    while page := store.entries(owner, name, after=forwards[-1].position if forwards else 0, limit=3):
        forwards += page
    backwards: list[Entry] = []
    while page := store.entries(owner, name, before=backwards[0].position if backwards else None, limit=4, newest=True):
        backwards = page + backwards
    assert forwards == backwards == store.entries(owner, name)
    return seen(forwards)


@pytest.mark.parametrize("seed", range(8))
def test_random_outages_cannot_be_told_from_none(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlays, "KNOWN", 40)
    rng, clock = Random(seed), ManualClock()
    behind, model = MemoryStore(clock=clock), MemoryStore(clock=clock)
    primary = Flaky(behind)
    store = Failover(primary, behind, spool=tmp_path / "spool.db", replica=True, clock=clock, pause=0.0, longest=0.0)
    pair = Pair(store, model)
    for _ in range(12):
        primary.up = not primary.up
        if primary.up and store.replay():  # a session's time goes on from its replay
            clock.now += rng.choice([0, 3 * SECOND])
        for _ in range(rng.randrange(8)):
            pair.write(rng)
            if rng.random() < 0.1:
                pair.compare(Random(rng.random()))
        pair.compare(Random(rng.random()))
    primary.up = True
    assert store.replay()
    assert (store.state.waiting, store.state.refused, store.state.overtaken) == (0, 0, 0)
    Pair(behind, model).compare(rng)
    assert store.state.spooled_writes > 10
    store.close()
