"""Facts: what is known of a user, remembered, corrected, forgotten."""

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec.structs import replace

from recollect.codec.facts import FACTS, encode_fact
from recollect.codec.plain import check_name
from recollect.core.auditing import audited
from recollect.core.engine import Engine
from recollect.core.stating import check_kind, check_moment, check_trust, stated
from recollect.errors import Invalid, NotFound
from recollect.facts.ageing import strength
from recollect.facts.identity import fold
from recollect.facts.triples import Graph
from recollect.facts.wanted import Wanted
from recollect.model import Fact, Owner, Source, Trust, utc_now
from recollect.store.protocol import Store


@audited("remember", lambda draft, fact: draft.knew([fact]))
async def remember(engine: Engine, owner: Owner, fact: Fact) -> Fact:
    """Write a fact, and return what is known by it: an older fact that says the same stands for both."""
    return await engine.runtime.io(_remember, engine, owner, fact)


def _remember(engine: Engine, owner: Owner, fact: Fact) -> Fact:
    _check_sources(engine.store, owner, fact.sources)
    if engine.redacting is not None:
        fact = engine.redacting.fact(owner, fact)
    engine.store.put(owner, [encode_fact(fact)], expect={(FACTS, fact.id): 0})
    for one in engine.knowledge.facts(owner):
        if fact.id == one.id or fact.id in one.also:
            return one
    raise NotFound("what the fact rests on was removed, or its time is over; so it is not known")


def _check_sources(store: Store, owner: Owner, sources: Sequence[Source]) -> None:
    """See that the messages that sources name are there; their positions may be others, as in a copied ledger."""
    positions = {source.position for source in sources if source.message is not None and source.position is not None}
    there = {(entry.session, entry.id) for entry in store.at(owner, sorted(positions))} if positions else set()
    for source in sources:
        if source.message is None or (source.session, source.message) in there:
            continue
        if not any(entry.id == source.message for entry in store.entries(owner, source.session)):
            raise NotFound(
                f"the fact's source, message {source.message!r} of session {source.session!r}, is not there: it was removed, its time is over, "
                "or it never was this user's; leave it out, or name the session alone"
            )


@audited("facts", lambda draft, facts: draft.knew(facts))
async def listed(
    engine: Engine,
    owner: Owner,
    *,
    subject: str | None,
    attribute: str | None,
    kinds: Collection[str] | None,
    as_of: datetime | None,
    trust: Trust | None,
    source: str | None,
    history: bool,
    archived: bool,
) -> list[Fact]:
    """Return the facts that a reader asks for, by ``valid_from``."""
    if isinstance(kinds, str):
        raise Invalid("kinds is a text; give a list of them")
    if engine.redacting is not None:
        subject, attribute = await engine.runtime.io(engine.redacting.names, owner, subject, attribute)
    wanted = Wanted(
        utc_now() if as_of is None else check_moment(as_of, "as_of"),
        None if subject is None else fold(check_name(subject, "the subject")),
        None if attribute is None else fold(check_name(attribute, "the attribute")),
        None if kinds is None else frozenset(map(check_kind, kinds)),
        None if trust is None else check_trust(trust),
        None if source is None else check_name(source, "the source"),
        history,
        archived,
    )
    found = await engine.runtime.io(engine.knowledge.facts, owner, wanted.trust)
    return [replace(fact, strength=strength(fact, wanted.at)) for fact in found if wanted.admits(fact)]


@audited("graph")
async def graph(engine: Engine, owner: Owner, entity: str | None, depth: int, as_of: datetime | None, trust: Trust | None, history: bool) -> Graph:
    """Return the facts that a reader asks for as a graph: all of it, or what lies around an entity."""
    if type(depth) is not int or depth < 1:
        raise Invalid(f"depth is {depth!r}; give how many edges around the entity, from 1 up")
    if entity is not None:
        check_name(entity, "the entity")
        if engine.redacting is not None:
            (entity,) = await engine.runtime.io(engine.redacting.names, owner, entity)
    found = await listed(
        engine, owner, subject=None, attribute=None, kinds=None, as_of=as_of, trust=trust, source=None, history=history, archived=False
    )
    whole = Graph.of(found)
    return whole if entity is None else whole.around(entity, depth)


@audited("history", lambda draft, facts: draft.knew(facts))
async def history(engine: Engine, owner: Owner, fact: Fact | str) -> list[Fact]:
    """Return all that ever stood in a fact's slot, also what was denied or corrected, by ``valid_from``."""
    found = await engine.runtime.io(engine.knowledge.history, owner, id_of(fact))
    if not found:
        raise _missing(id_of(fact))
    return found


@audited("correct", lambda draft, fact: draft.knew([fact]))
async def correct(engine: Engine, owner: Owner, fact: Fact | str, text: str | None, value: str | None) -> Fact:
    """Put right what was wrong from the beginning."""
    return await engine.runtime.io(_correct, engine, owner, id_of(fact), text, value)


def _correct(engine: Engine, owner: Owner, id: str, text: str | None, value: str | None) -> Fact:
    old = find(engine.knowledge.facts(owner), id)
    if text is None and value is None:
        raise Invalid("there is no correction; give a text or a value")
    if value is not None and old.attribute is None:
        raise Invalid(f"fact {id!r} has no value; correct its text")
    if value is None and old.attribute is not None:
        raise Invalid(f"fact {id!r} has the value {old.value!r}, which a text alone would not put right; give the value, with a text if it needs one")
    new = stated(
        text,
        subject=old.subject,
        attribute=old.attribute,
        value=old.value if value is None else value,
        kind=old.kind,
        valid_from=old.valid_from,
        expires=old.expires,
        adds=old.adds,
    )
    return _remember(engine, owner, replace(new, corrects=True, replaces=old.id, said=new.created))


def id_of(fact: Fact | str) -> str:
    """Return the id of a fact, or of what is one."""
    if isinstance(fact, Fact):
        return fact.id
    if isinstance(fact, str) and fact:
        return fact
    raise Invalid(f"{fact!r} is no fact; give a Fact, or its id")


def find(facts: Sequence[Fact], id: str) -> Fact:
    """Return the fact of an id, or the one that stands for it.

    Raises:
        NotFound: there is none.

    """
    for fact in facts:
        if id == fact.id or id in fact.also:
            return fact
    raise _missing(id)


def _missing(id: str) -> NotFound:
    return NotFound(f"there is no fact {id!r} of this user; list them with facts(history=True, archived=True)")
