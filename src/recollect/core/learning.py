"""Learning: facts that are found in messages, each message once."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.json import Decoder

from recollect.codec import decode_message
from recollect.codec.body import pack, unpack
from recollect.codec.facts import FACTS, PASSED, STATE, decode_passed, encode_fact
from recollect.codec.plain import check_name
from recollect.core.auditing import audited
from recollect.core.engine import Engine
from recollect.core.finders import Finder, Way, way
from recollect.core.speakers import people
from recollect.errors import Conflict, Invalid
from recollect.facts.finding import Finding
from recollect.facts.outcome import Learned
from recollect.facts.stating import TRUST, Heard, state
from recollect.model import Document, Entry, Fact, Message, Owner, utc_now
from recollect.runtime import Model
from recollect.store.protocol import Store

PAGE = 500
"""Changes that are read at a time."""

LATELY = 10
"""Messages among which somebody's last one is looked for."""


class _State(Struct, frozen=True, omit_defaults=True):
    """How far a ledger has been learned, and how much farther some of its sessions."""

    through: int = 0
    ahead: dict[str, int] = {}


class _Said(NamedTuple):
    """A message of a session; and who speaks, where people talk with each other."""

    session: str
    message: Message
    speaker: str | None = None


class _Batch(NamedTuple):
    """Messages that are yet to be learned; what is known when they are; and which they were by the revision of the state."""

    said: list[_Said]
    state: _State
    revision: int
    more: bool


_decoder = Decoder(_State)


@audited("learn", lambda draft, learned: draft.count(facts=learned.found))
async def learn(
    engine: Engine, owner: Owner, model: Model | None, rules: Finder | str | None, sessions: Collection[str] | None, limit: int | None
) -> Learned:
    """Find facts in the messages that have not been looked at, and keep them with how far that came, at once."""
    by = way(model, rules)
    names = None if sessions is None else [check_name(name, "a session") for name in _listed(sessions)]
    if limit is not None and (type(limit) is not int or limit < 0):
        raise Invalid(f"limit is {limit!r}; give how many messages to read at the most, or None for all")
    learned, ids = Learned(), set[str]()
    while limit is None or learned.messages < limit:
        most = by.most if limit is None else min(by.most, limit - learned.messages)
        batch = await engine.runtime.io(_next, engine.store, owner, by.name, names, most)
        if batch.said:
            batch = await _redacted(engine, owner, batch)
            if engine.draft is not None:
                engine.draft.gave((said.session, said.message) for said in batch.said)
            found, dropped = await by.find(engine, [(said.message, said.speaker) for said in batch.said])
            kept = await engine.runtime.io(_keep, engine, owner, by, batch, found)
            if kept is None:
                continue  # somebody else learned these
            ids |= kept[0]
            learned = Learned(learned.messages + len(batch.said), learned.found + len(kept[0]), learned.dropped + dropped + kept[1])
        if not batch.more:
            break
    through = (await engine.runtime.io(_state, engine.store, owner, by.name))[0].through
    facts = await engine.runtime.io(engine.knowledge.facts, owner) if ids else []
    ended = sum(fact.superseded_by in ids for fact in facts)
    return Learned(learned.messages, learned.found, learned.dropped, ended, through)


async def _redacted(engine: Engine, owner: Owner, batch: _Batch) -> _Batch:
    """Return a batch in which messages from before there was redaction are redacted, too: a model may be asked of them."""
    if engine.redacting is None:
        return batch
    messages = await engine.runtime.io(engine.redacting.messages, owner, [said.message for said in batch.said])
    said = [
        one._replace(message=message, speaker=None if one.speaker is None else message.name)
        for one, message in zip(batch.said, messages, strict=True)
    ]
    return batch._replace(said=said)


def _next(store: Store, owner: Owner, name: str, sessions: Sequence[str] | None, most: int) -> _Batch:
    state, revision = _state(store, owner, name)
    if sessions is not None:
        return _next_of(store, owner, sessions, most, state, revision)
    said: list[_Said] = []
    passed = _passed(store, owner)
    through, full = state.through, True
    while full and len(said) < most:
        items = store.changes(owner, through, PAGE)
        full = len(items) == PAGE
        for item in items:
            if isinstance(item, Entry) and item.position > state.ahead.get(item.session, 0):
                if len(said) == most:
                    full = True
                    break
                said += _said(item, passed)
            through = item.position
    ahead = {session: position for session, position in state.ahead.items() if position > through}
    return _Batch(_spoken(store, owner, said), _State(through, ahead), revision, full)


def _next_of(store: Store, owner: Owner, sessions: Sequence[str], most: int, state: _State, revision: int) -> _Batch:
    said: list[_Said] = []
    passed, ahead = _passed(store, owner), dict(state.ahead)
    for session in sessions:
        entries = store.entries(owner, session, after=max(state.through, ahead.get(session, 0)), limit=most - len(said))
        if entries:
            ahead[session] = entries[-1].position
            said += [one for entry in entries for one in _said(entry, passed)]
        if len(entries) == most:
            break
    return _Batch(_spoken(store, owner, said), _State(state.through, ahead), revision, more=ahead != state.ahead)


def _said(entry: Entry, passed: set[tuple[str, str]]) -> list[_Said]:
    """Return the message of an entry, if something may be learned of it."""
    if entry.role not in TRUST or (entry.session, entry.id) in passed:
        return []
    message = decode_message(entry)
    return [_Said(entry.session, message)] if message.text else []


def _spoken(store: Store, owner: Owner, said: Sequence[_Said]) -> list[_Said]:
    """Return messages with who speaks."""
    between = people(store, owner, (one[:2] for one in said))
    return [one._replace(speaker=one.message.name) if one.session in between else one for one in said]


def _passed(store: Store, owner: Owner) -> set[tuple[str, str]]:
    """Return the messages from which something was forgotten, by session and id."""
    return {pair for document in store.documents(owner, PASSED) for pair in decode_passed(document)}


def _state(store: Store, owner: Owner, name: str) -> tuple[_State, int]:
    """Return how far a ledger has been learned, and the position of what tells it.

    A state that tells of positions behind its own was written where these are others: in an outage of a failover's primary, for
    which messages of the primary may have been missing. All is read anew then: what is found twice is one fact.
    """
    found = store.documents(owner, STATE, keys=[name])
    if not found:
        return _State(), 0
    state, position = unpack(found[0].body or b"", _decoder), found[0].position
    return _State(state.through if state.through < position else 0, {session: at for session, at in state.ahead.items() if at < position}), position


def _keep(engine: Engine, owner: Owner, by: Way, batch: _Batch, found: Sequence[tuple[int, Finding]]) -> tuple[set[str], int] | None:
    """Write facts and how far they come, at once, and return the ids of those that are new, and how many cannot be; None if somebody was first."""
    if engine.redacting is not None:
        found = engine.redacting.findings(owner, found, [said.message.text for said in batch.said])
    facts = _facts(engine, owner, batch, found, doubted=by.doubted)
    there = {one.key for one in engine.store.documents(owner, FACTS, keys=sorted(facts))} if facts else set[str]()
    there |= _baseless(engine.store, owner, facts)
    new = {id: encode_fact(fact) for id, fact in facts.items() if id not in there}
    if batch.revision == 0 and not engine.store.changes(owner, 0, 1):
        return None  # the owner was erased meanwhile
    try:
        engine.store.put(owner, [*new.values(), Document(STATE, by.name, pack(batch.state))], expect={(STATE, by.name): batch.revision})
    except Conflict:
        return None
    late = sorted(_baseless(engine.store, owner, {id: facts[id] for id in new}))
    if late:
        engine.store.put(owner, [Document(FACTS, id, None) for id in late])
    return new.keys() - late, len(found) - len(facts)


def _baseless(store: Store, owner: Owner, facts: Mapping[str, Fact]) -> set[str]:
    """Return the ids of the facts whose message was removed, or forgotten, since it was read: a model may have been asked for long."""
    if not facts:
        return set()
    positions = {source.position for fact in facts.values() for source in fact.sources if source.position is not None}
    standing = {(entry.session, entry.id) for entry in store.at(owner, sorted(positions))} - _passed(store, owner)
    return {id for id, fact in facts.items() if standing.isdisjoint((source.session, source.message) for source in fact.sources)}


def _facts(engine: Engine, owner: Owner, batch: _Batch, found: Sequence[tuple[int, Finding]], *, doubted: bool) -> dict[str, Fact]:
    slotless = {index for index, finding in found if finding.corrects and finding.attribute is None}
    known = list(engine.knowledge.facts(owner)) if slotless else []
    facts: dict[str, Fact] = {}
    now = utc_now()
    for number, (index, finding) in enumerate(found):
        session, message, _ = batch.said[index]
        lately = _lately(engine.store, owner, session, message) if index in slotless else frozenset[str]()
        fact = state(finding, number, Heard(message, session, known, lately, now, doubted))
        if fact is not None:
            facts.setdefault(fact.id, fact)
            known.append(fact)
    return facts


def _lately(store: Store, owner: Owner, session: str, message: Message) -> frozenset[str]:
    """Return the ids of a message and of the one before by the same role: what a correction without a slot may correct."""
    before = store.entries(owner, session, before=message.position, limit=LATELY, newest=True)
    same = [entry.id for entry in before if entry.role == message.role]
    return frozenset((message.id, *same[-1:]))


def _listed(sessions: Collection[str]) -> Collection[str]:
    if isinstance(sessions, str):
        raise Invalid("sessions is a text; give a list of them")
    return sessions
