"""Random operations on every store, against a plain model of what it should hold."""

import shutil
import tempfile
from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from conformance.kinds import KINDS
from conformance.plain_model import PlainModel
from recollect import Memory
from recollect.errors import Conflict, NotFound
from recollect.model import Document, Entry, Owner, Saved
from recollect.store.protocol import NOTICES, SETTINGS
from recollect.testing import ManualClock

SECOND = 1_000_000

OWNERS = st.sampled_from(
    [
        Owner("", "user", "a"),
        Owner("", "user", "a_s"),
        Owner("", "session", "s"),
        Owner("t", "user", "a"),
        Owner("t", "tenant", ""),
    ]
)
SESSIONS = st.sampled_from(["s", "s/t", "_s"])
COLLECTIONS = st.sampled_from(["c", "c/d"])
KEYS = st.sampled_from(["k", "k\x00", "\ud7ff", "\U0010ffff", "l"])
BODIES = st.sampled_from([b"", b" 1", b" 2", bytes(range(256))])
SPANS = st.sampled_from([None, SECOND, 5 * SECOND])
EXPECTS = st.sampled_from(["none", "right", "zero", "high"])
LIMITS = st.one_of(st.none(), st.integers(0, 6))


@st.composite
def batches(draw) -> list[Entry]:
    """Return a batch of few ids, so that ids come again: mostly with the same content."""
    batch = []
    for id in draw(st.lists(st.sampled_from([f"m{n}" for n in range(8)]), max_size=5)):
        role, text = draw(st.sampled_from([("user", "1")] * 8 + [("user", "2"), ("tool", "1")]))
        body = f" {id} {text}".encode()
        created, tokens = draw(st.sampled_from([(10, None), (20, 3), (-5, 0)]))
        batch.append(Entry(0, id, role, created, tokens, blake2b(body, digest_size=16).digest(), body))
    return batch


class LedgerMachine(RuleBasedStateMachine):
    kind = "sqlite"

    @initialize()
    def open(self) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="recollect-machine-"))
        self.clock = ManualClock()
        self.model = PlainModel()
        self.model.now = self.clock.now
        self.store = KINDS[self.kind].open(self.place, self.clock)
        self.touched: set[Owner] = set()
        self.floors: dict[Owner, int] = {}
        self.derived: dict[Owner, dict[str, Saved]] = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.place)

    # writing

    @rule(owner=OWNERS, name=SESSIONS, batch=batches(), expect=EXPECTS)
    def append(self, owner: Owner, name: str, batch: list[Entry], expect: str) -> None:
        session = self.model.live(owner, name)
        position = _expected(expect, session.position if session else 0)
        if not batch and session is None:
            return  # whether an empty batch sweeps an expired session is left to the store
        self._append(owner, name, batch, position, lambda: self.store.append(owner, name, batch, expect=position))

    def _append(self, owner: Owner, name: str, batch: list[Entry], expect: int | None, call) -> None:
        try:
            news, fresh = self.model.append(owner, name, batch, expect)
        except Conflict as conflict:
            with pytest.raises(Conflict) as caught:
                call()
            assert caught.value.position == conflict.position  # noqa: PT017  # what the model raised is what it expects
            self._learn(owner, [])
            return
        last = call()
        self._learn(owner, news)
        if fresh:
            self.model.appended(owner, name, fresh)
        session = self.model.live(owner, name)
        held = {item.id: item.position for item in session.entries}
        if isinstance(last, int):
            assert last == max((held[item.id] for item in batch), default=session.position)

    @rule(
        place=st.none() | st.integers(0, 9),
        owner=OWNERS,
        name=SESSIONS,
        chosen=st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True),
        body=BODIES,
        tokens=st.sampled_from([None, 0, 7]),
        stray=st.sampled_from([0, 0, 0, 0, 1]),
        step=st.sampled_from([0, 0, 0, 0, -1, 1]),
    )
    def rewrite(self, place: int | None, owner: Owner, name: str, chosen: list[int], body: bytes, tokens: int | None, stray: int, step: int) -> None:
        """Rewrite entries of a session, mostly of one that has some, at its edition."""
        filled = [(one, name) for one, ledger in self.model.ledgers.items() for name, session in ledger.sessions.items() if session.entries]
        if filled and place is not None:
            owner, name = filled[place % len(filled)]
        session = self.model.live(owner, name)
        held, edition = (session.entries, session.edition + step) if session else ([Entry(3, "m1", "user", 0, None, b"", b"")], 0)
        picked = [held[at] for at in chosen if at < len(held)]
        digest = blake2b(body, digest_size=16).digest()
        items = [replace(item, position=item.position + stray, tokens=tokens, digest=digest, body=body, created=0) for item in picked]
        try:
            news = self.model.rewrite(owner, name, items, edition)
        except Conflict as conflict:
            with pytest.raises(Conflict) as caught:
                self.store.rewrite(owner, name, items, edition=edition)
            assert caught.value.position == conflict.position  # noqa: PT017  # what the model raised is what it expects
            self._learn(owner, [])
            return
        notice = self.store.rewrite(owner, name, items, edition=edition)
        self._learn(owner, news)
        assert notice == (self.model.heads[owner] if news else 0)

    @rule(owner=OWNERS, name=SESSIONS, body=BODIES, ttl=SPANS, expect=EXPECTS)
    def update(self, owner: Owner, name: str, body: bytes, ttl: int | None, expect: str) -> None:
        position = _expected(expect, self.model.revision(owner, name)) or 0
        try:
            news = self.model.update(owner, name, body, ttl, position)
        except Conflict as conflict:
            with pytest.raises(Conflict) as caught:
                self.store.update_session(owner, name, body, ttl=ttl, expect=position)
            assert caught.value.position == conflict.position  # noqa: PT017  # what the model raised is what it expects
            self._learn(owner, [])
            return
        revision = self.store.update_session(owner, name, body, ttl=ttl, expect=position)
        self._learn(owner, news)
        self.model.updated(owner, name, revision)

    @rule(owner=OWNERS, name=SESSIONS)
    def clear(self, owner: Owner, name: str) -> None:
        news = self.model.clear(owner, name)
        assert self.store.clear_session(owner, name) is bool(news)
        self._learn(owner, news)
        if news:
            self.model.cleared(owner, name)

    @rule(owner=OWNERS, name=SESSIONS)
    def delete(self, owner: Owner, name: str) -> None:
        was_live = self.model.live(owner, name) is not None
        news = self.model.delete(owner, name)
        assert self.store.delete_session(owner, name) is was_live
        self._learn(owner, news)

    @rule(owner=OWNERS, name=SESSIONS, other=SESSIONS, cut=st.integers(-1, 3))
    def fork(self, owner: Owner, name: str, other: str, cut: int) -> None:
        if owner.kind == "tenant" or (owner.kind == "session" and owner.name != name):
            return
        user = owner.name if owner.kind == "user" else None
        target = owner if user else Owner(owner.tenant, "session", other)
        source = self.model.live(owner, name)
        chat = Memory(self.store, tenant=owner.tenant).session(name, user=user)
        kept = [] if source is None else source.entries[: cut + 1 or None]
        at = kept[-1].position if kept and cut >= 0 else None
        if not kept:
            with pytest.raises(NotFound):
                chat.fork(other, at=at)
        else:
            self._append(target, other, kept, 0, lambda: chat.fork(other, at=at))

    @rule(
        owner=OWNERS,
        collection=COLLECTIONS,
        values=st.dictionaries(KEYS, st.none() | BODIES, max_size=4),
        expect=st.dictionaries(KEYS, EXPECTS, max_size=2),
    )
    def put(self, owner: Owner, collection: str, values: dict[str, bytes | None], expect: dict[str, str]) -> None:
        documents = [Document(collection, key, body) for key, body in values.items()]
        stands = {(collection, key): self.model.document_position(owner, (collection, key)) for key in expect}
        expected = {key: _expected(expect[key[1]], position) or 0 for key, position in stands.items()}
        try:
            news = self.model.put(owner, documents, expected)
        except Conflict:
            with pytest.raises(Conflict) as caught:
                self.store.put(owner, documents, expect=expected)
            assert caught.value.position in {position for key, position in stands.items() if position != expected[key]}
            self._learn(owner, [])
            return
        last = self.store.put(owner, documents, expect=expected)
        self._learn(owner, news)
        assert last == (self.model.heads[owner] if documents else 0)

    @rule(owner=OWNERS)
    def erase(self, owner: Owner) -> None:
        assert self.store.erase(owner) is self.model.erase(owner)
        assert self.store.changes(owner, 0, 10) == []
        self.floors.pop(owner, None)
        self.derived.pop(owner, None)
        self.touched.add(owner)

    @rule(
        owner=OWNERS,
        name=st.sampled_from(["index", "vectors"]),
        place=st.sampled_from(["head", "head", "floor", "saved"]),
        step=st.sampled_from([0, 0, 0, -1, 1]),
        parts=st.lists(BODIES, max_size=3),
    )
    def save(self, owner: Owner, name: str, place: str, step: int, parts: list[bytes]) -> None:
        derived = self.derived.setdefault(owner, {})
        former = derived[name].position if name in derived else 0
        floor, head = self.floors.get(owner, 1), self.model.heads.get(owner, 0)
        position = {"head": head, "floor": floor, "saved": former}[place] + step
        kept = owner in self.model.ledgers and max(floor, former) <= position <= head
        assert self.store.save(owner, name, position, parts) is kept
        if kept:
            derived.pop(name, None)
            if parts:
                derived[name] = Saved(position, tuple(parts))
        self.touched.add(owner)

    @rule(span=st.sampled_from([1, SECOND, 2 * SECOND, 5 * SECOND]))
    def wait(self, span: int) -> None:
        self.clock.now += span
        self.model.now = self.clock.now
        self.touched |= set(self.model.ledgers)

    @rule()
    def expire(self) -> None:
        over = [
            (owner, name) for owner, ledger in self.model.ledgers.items() for name, session in ledger.sessions.items() if self.model.expired(session)
        ]
        assert sorted(self.store.expire()) == sorted(over)
        for owner in {owner for owner, _ in over}:
            news = [self.model.delete(owner, name)[0] for gone, name in over if gone == owner]
            self._learn(owner, [set().union(*news)])

    @precondition(lambda self: KINDS[self.kind].persistent)
    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = KINDS[self.kind].open(self.place, self.clock)
        self.touched |= set(self.model.ledgers)

    # reading

    @rule(owner=OWNERS, name=SESSIONS, after=st.integers(0, 30), before=st.none() | st.integers(0, 60), limit=LIMITS, newest=st.booleans())
    def read_entries(self, owner: Owner, name: str, after: int, before: int | None, limit: int | None, newest: bool) -> None:
        session = self.model.live(owner, name)
        span = [item for item in session.entries if after < item.position and (before is None or item.position < before)] if session else []
        expected = span if limit is None else span[max(0, len(span) - limit) :] if newest else span[:limit]
        assert self.store.entries(owner, name, after=after, before=before, limit=limit, newest=newest) == expected

    @rule(owner=OWNERS, positions=st.lists(st.integers(0, 60)))
    def read_entries_at_positions(self, owner: Owner, positions: list[int]) -> None:
        sessions = [self.model.live(owner, name) for name in ("s", "s/t", "_s")]
        held = {item.position: item for session in sessions if session for item in session.entries}
        assert self.store.at(owner, positions) == [held[position] for position in sorted(set(positions)) if position in held]

    @rule(owner=OWNERS, collection=COLLECTIONS, prefix=st.just("") | KEYS, after=st.none() | KEYS, limit=LIMITS, keys=st.none() | st.lists(KEYS))
    def read_documents(self, owner: Owner, collection: str, prefix: str, after: str | None, limit: int | None, keys: list[str] | None) -> None:
        expected = [
            item
            for item in self.model.documents(owner, collection)
            if item.key.startswith(prefix) and (after is None or item.key > after) and (keys is None or item.key in keys)
        ]
        assert self.store.documents(owner, collection, keys=keys, prefix=prefix, after=after, limit=limit) == expected[:limit]

    @rule(owner=OWNERS, size=st.integers(1, 4))
    def read_pages(self, owner: Owner, size: int) -> None:
        states, after = [], None
        while page := self.store.sessions(owner, after=after, limit=size):
            states, after = states + page, page[-1].activity
        assert states == self.model.states(owner)
        told, position = [], 0
        while page := self.store.changes(owner, position, size):
            told, position = told + page, page[-1].position
        ledger = self.model.ledgers.get(owner)
        assert [item.position for item in told] == [position for position, _ in (ledger.log() if ledger else [])]

    @rule(tenant=st.sampled_from(["", "t", "none"]), size=st.integers(1, 5))
    def read_tenant(self, tenant: str, size: int) -> None:
        owners = sorted(owner for owner in self.model.ledgers if owner.tenant == tenant)
        assert self.store.owners(tenant, limit=size) == owners[:size]
        expected = [(owner, state) for owner in owners for state in self.model.states(owner)]
        recent = self.store.recent(tenant, limit=size)
        assert len(recent) == min(size, len(expected))
        assert all(item in expected for item in recent)
        times = sorted((state.updated for _, state in expected), reverse=True)
        assert [state.updated for _, state in recent] == times[:size]

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        for owner in self.touched:
            for name in ("s", "s/t", "_s"):
                session = self.model.live(owner, name)
                assert self.store.entries(owner, name) == (session.entries if session else [])
                assert self.store.session(owner, name) == self.model.state(owner, name)
            for collection in ("c", "c/d", SETTINGS):
                if collection != SETTINGS:
                    assert self.store.documents(owner, collection) == self.model.documents(owner, collection)
            assert self.store.sessions(owner, limit=100) == self.model.states(owner)
            for name in ("index", "vectors"):
                assert self.store.saved(owner, name) == self.derived.get(owner, {}).get(name)
        self.touched.clear()

    def _learn(self, owner: Owner, news) -> None:
        told = self.store.changes(owner, self.model.heads.get(owner, 0), 1000)
        self.model.learn(owner, news, told)
        for item in told:
            self.floors.setdefault(owner, item.position)
            if isinstance(item, Document) and (item.body is None or item.collection in NOTICES):
                self.floors[owner] = item.position
                self.derived.pop(owner, None)
        self.touched.add(owner)


def _expected(expect: str, position: int) -> int | None:
    return {"none": None, "right": position, "zero": 0, "high": position + 1}[expect]


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_does_what_the_plain_model_does(kind: str) -> None:
    machine = type("Machine", (LedgerMachine,), {"kind": kind})
    test = machine.TestCase
    test.settings = settings(max_examples=settings.default.max_examples * 3 // 5, stateful_step_count=50)
    test().runTest()
