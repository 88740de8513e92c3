"""Retention: what is older than its rules keep it is removed."""

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from recollect.codec import decode_message, encode_message
from recollect.codec.body import pack, unpack
from recollect.codec.messages import FIRST, MICROSECOND, from_micros, to_micros
from recollect.codec.plain import check_name
from recollect.core import holding
from recollect.core.address import Address
from recollect.core.auditing import audited
from recollect.core.engine import Engine
from recollect.core.forgetting import remove, with_ended
from recollect.core.secret import tenant_of
from recollect.core.stating import check_moment
from recollect.errors import Conflict, Doubtful, Erased, Held, Invalid, StoreError
from recollect.model import Document, Entry, Fact, Message, Owner, Retained, SessionState, utc_now
from recollect.runtime import Blocking, Progress, complete
from recollect.store import pages
from recollect.store.protocol import Store

if TYPE_CHECKING:
    from recollect.privacy.retention import Retention

CLASS = "recollect.class"
"""The collection, in a user's ledger, of the class that the user belongs to, and that document's key."""

CLOCK = "recollect.retention"
"""The collection, in the tenant's ledger, of when retention was applied last, and that document's key."""

ANONYMOUS = "anonymous"
"""The class of sessions without a user."""

GONE = "[removed]"
"""What a message says that was emptied: models refuse a message that says nothing."""

PAGE = 500


class _Named(Struct, frozen=True):
    name: str


class _Run(Struct, frozen=True):
    at: int


_named = Decoder(_Named)
_run = Decoder(_Run)


@audited("classify")
async def classify(engine: Engine, owner: Owner, name: str | None) -> None:
    """Say what class of users an owner belongs to; None for none."""
    body = None if name is None else pack(_Named(check_name(name, "the class")))
    if body is not None or await classification(engine, owner) is not None:
        await engine.runtime.io(engine.store.put, owner, [Document(CLASS, CLASS, body)])


@audited("classification")
async def classification(engine: Engine, owner: Owner) -> str | None:
    """Return the class that an owner belongs to."""
    return await engine.runtime.io(_class_of, engine, owner)


@audited("retain", lambda draft, done: draft.count(sessions=done.sessions, messages=done.messages + done.emptied, facts=done.facts))
async def retain(
    engine: Engine, tenant: str, rules: "Retention", now: datetime | None, dry_run: bool, clock_is_right: bool, progress: Progress | None
) -> Retained:
    """Apply rules to all of a tenant. It can be cut off and repeated: what was removed is, and the rest is removed then."""
    _check(rules)
    moment = to_micros(utc_now() if now is None else check_moment(now, "now"), "now")
    done = Retained(dry_run=dry_run)
    audit = rules.keep("audit", None)
    if audit is not None and engine.audit is None and engine.draft is None:
        raise Invalid("a rule is for the audit, and this memory was opened without; open it with audit=Audit(...), or leave that rule out")
    await engine.runtime.io(_sure, engine, tenant, rules, moment, clock_is_right or dry_run)
    owners = await engine.runtime.io(lambda: [owner for owner in pages.owners(engine.store, tenant) if owner.kind != "tenant"])
    for owner in owners:
        with suppress(Erased):  # by somebody else, meanwhile
            await engine.runtime.io(_Owner(engine, owner, rules, moment, done).apply)
        done.owners += 1
        if progress is not None:
            progress(done.owners, len(owners))
    if audit is not None:
        from recollect.core.audit import cut

        done.audit = await cut(engine, tenant, from_micros(_back(moment, audit)), dry_run=dry_run)
    if not dry_run:
        await engine.runtime.io(_ran, engine, tenant, moment)
    return done


def _sure(engine: Engine, tenant: str, rules: "Retention", now: int, sure: bool) -> None:
    """Refuse to go by a clock that is far ahead of all that was ever seen of the time: a jump must not remove everything at once."""
    seen = 0 if sure else _seen(engine.store, tenant, now, _last(engine, tenant), rules.tolerance // MICROSECOND)
    if seen and now - seen > rules.tolerance // MICROSECOND:
        raise Doubtful(
            f"the clock says {from_micros(now):%Y-%m-%d %H:%M} UTC, and the latest that the memory has seen is {from_micros(seen):%Y-%m-%d %H:%M}: "
            "nothing was removed, since a clock that is wrong would remove what is to be kept. "
            "If it is right, repeat it with clock_is_right (--clock-is-right)"
        )


def _seen(store: Store, tenant: str, now: int, last: int, tolerance: int) -> int:
    """Return up to when the time was seen to pass, 0 if nothing tells: to now, or to the latest gap between messages that is wider than tolerated.

    So messages that came behind a jump do not vouch for it, nor do those whose time is yet to come, nor what the tenant's own ledger
    holds, such as the audit's record of this call. Before the first retention, nothing vouches for more than the latest message does.
    """
    limit = PAGE
    while True:
        every = store.recent(tenant, limit=limit)
        times = [state.updated for owner, state in every if owner.kind != "tenant" and last < state.updated <= now]
        complete = len(every) < limit or every[-1][1].updated <= last
        if not last and (times or complete):
            return max(times, default=0)
        steps = [now, *sorted(times, reverse=True), *([last] if complete else [])]
        before = [earlier for later, earlier in pairwise(steps) if later - earlier > tolerance]
        if before or complete:
            return before[0] if before else now
        limit *= 10


def _last(engine: Engine, tenant: str) -> int:
    for document in engine.store.documents(tenant_of(tenant), CLOCK, keys=[CLOCK]):
        return unpack(document.body or b"", _run).at
    return 0


def _ran(engine: Engine, tenant: str, now: int) -> None:
    if now > _last(engine, tenant):
        engine.store.put(tenant_of(tenant), [Document(CLOCK, CLOCK, pack(_Run(now)))])


def _class_of(engine: Engine, owner: Owner) -> str | None:
    if owner.kind == "session":
        return ANONYMOUS
    for document in engine.store.documents(owner, CLASS, keys=[CLASS]):
        return unpack(document.body or b"", _named).name
    return None


def _back(now: int, span: timedelta) -> int:
    """Return the time so long before another one, both in microseconds since 1970; at the earliest that of the first message there can be."""
    return max(now - span // MICROSECOND, FIRST)


def _check(rules: "Retention") -> None:
    from recollect.privacy.retention import Retention

    if not isinstance(rules, Retention):
        raise Invalid(f"the rules are a {type(rules).__name__}; give Retention([Rule(...)]), or Retention.load(path)")


class _Owner:
    """The rules for one owner, being applied."""

    def __init__(self, engine: Engine, owner: Owner, rules: "Retention", now: int, done: Retained) -> None:
        users = _class_of(engine, owner)
        transcript, facts = rules.keep("transcript", users), rules.keep("facts", users)
        self._engine = engine
        self._owner = owner
        self._done = done
        self._said_before = None if transcript is None else _back(now, transcript)
        self._known_before = None if facts is None else from_micros(_back(now, facts))

    def apply(self) -> None:
        """Remove what is too old; what is held stays."""
        held = holding.held(self._engine, self._owner)
        if held is not None and held.session is None:
            self._done.held += 1
            return
        if self._said_before is not None:
            for state in list(pages.sessions(self._engine.store, self._owner)):
                self._session(state, self._said_before)
        if self._known_before is not None:
            self._facts(self._known_before)

    def _session(self, seen: SessionState, before: int) -> None:
        state: SessionState | None = seen
        while state is not None:  # ends: each round that fails is another writer's success
            try:
                self._apply_to(state, before)
            except Conflict:
                state = self._engine.store.session(self._owner, state.name)
            else:
                break

    def _apply_to(self, state: SessionState, before: int) -> None:
        """Remove a session in which nothing is to be kept; empty the older messages of one that goes on.

        Raises:
            Conflict: somebody has written to it since it was looked at; nothing was removed.

        """
        if holding.held(self._engine, self._owner, state.name) is not None:
            self._done.held += 1
            return
        over = self._over(state, before)
        if over is None:
            if self._done.dry_run or self._remove(state):
                self._done.sessions += 1
                self._done.messages += state.count
        elif over:
            self._done.emptied += len(over)
            if not self._done.dry_run:
                self._empty(state.name, over)

    def _over(self, state: SessionState, before: int) -> list[Entry] | None:
        """Return the messages that are too old and still say something; None where all messages are too old."""
        over, keeps = list[Entry](), state.updated >= before
        for page in pages.entries(self._engine.store, self._owner, state.name):
            keeps = keeps or any(entry.created >= before for entry in page)
            over += [entry for entry in page if entry.created < before and not _is_empty(entry)]
        return over if keeps else None

    def _remove(self, state: SessionState) -> bool:
        """Remove a session, unless it was held."""
        from recollect.core.sessions import delete

        try:
            return complete(delete(self._engine._replace(runtime=Blocking(), audit=None), Address(self._owner, state.name), state.position))
        except Held:
            return False

    def _empty(self, session: str, over: list[Entry]) -> None:
        for start in range(0, len(over), PAGE):
            wanted = [entry.position for entry in over[start : start + PAGE]]
            while True:  # ends: each round that fails is another writer's success
                there = [entry for entry in self._engine.store.at(self._owner, wanted) if entry.session == session]
                if not there:
                    break
                try:
                    self._engine.store.rewrite(self._owner, session, [_emptied(entry) for entry in there], edition=there[0].edition)
                except Conflict:
                    continue
                break
        self._engine.tails.forget(self._owner, session)
        with suppress(StoreError):  # their vectors go at the next question about the user
            self._engine.indexes.removed(self._owner)

    def _facts(self, before: datetime) -> None:
        def chosen() -> tuple[list[Fact], list[Fact]]:
            known = self._engine.knowledge.facts(self._owner)
            old = [fact for fact in known if max(fact.created, fact.used or fact.created) < before]
            ids = {id for fact in with_ended(known, old) for id in (fact.id, *fact.also)}
            return [fact for fact in self._engine.knowledge.remembered(self._owner) if fact.id in ids], []

        if self._done.dry_run:
            self._done.facts += len(chosen()[0])
        elif holding.held(self._engine, self._owner) is None:
            self._done.facts += remove(self._engine, self._owner, chosen)


def _is_empty(entry: Entry) -> bool:
    return decode_message(entry).extra == _MARK


def _emptied(entry: Entry) -> Entry:
    """Return an entry of which only id, role, time and place stay."""
    message = Message(decode_message(entry).role, GONE, entry.id, created=from_micros(entry.created), extra=_MARK)
    return replace(encode_message(message, "an emptied message"), position=entry.position, session=entry.session, edition=entry.edition)


_MARK = {"recollect": {"removed": "retention"}}
