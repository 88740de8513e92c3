"""Ageing: facts that are used stay, the others fade, are put aside, and can be brought back."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from recollect.codec.facts import CHANGES, FACTS, USES, Change, decode_change, decode_use, encode_change, encode_fact, encode_use
from recollect.core.auditing import audited
from recollect.core.engine import Engine
from recollect.core.facts import find, id_of
from recollect.core.forgetting import removal, with_ended
from recollect.errors import Conflict, Invalid, NotFound
from recollect.facts.ageing import strength, used
from recollect.facts.hygiene import report
from recollect.facts.outcome import FAINT, Hygiene, Merged, Pruned
from recollect.facts.wanted import holds
from recollect.model import Document, Fact, Owner, Use, new_id, utc_now


async def reinforce(engine: Engine, owner: Owner, facts: Iterable[Fact]) -> None:
    """Take note that facts were recalled for a model: of each at most once an hour."""
    used_now = {fact.id: fact for fact in facts}
    if used_now:
        await engine.runtime.io(_reinforce, engine, owner, used_now)


def _reinforce(engine: Engine, owner: Owner, facts: dict[str, Fact]) -> None:
    now = utc_now()
    waiting = [id for id, fact in facts.items() if fact.used is None or used(Use(fact.used), now)]
    if not waiting:
        return
    there = {one.key: decode_use(one) for one in engine.store.documents(owner, USES, keys=waiting)}
    engine.store.put(owner, [encode_use(id, use) for id in waiting if (use := used(there.get(id), now)) is not None])


@audited("prune", lambda draft, pruned: draft.count(archived=len(pruned.archived), expired=len(pruned.expired)))
async def prune(engine: Engine, owner: Owner, dry_run: bool, below: float) -> Pruned:
    """Put aside what has faded, and remove what has expired."""
    if isinstance(below, bool) or not isinstance(below, int | float) or not 0 <= below <= 1:
        raise Invalid(f"below is {below!r}; give a strength from 0 to 1, such as {FAINT}")
    return await engine.runtime.io(_prune, engine, owner, dry_run, below)


def _prune(engine: Engine, owner: Owner, dry_run: bool, below: float) -> Pruned:
    while True:  # ends: each round that fails is another writer's success
        now = utc_now()
        known = engine.knowledge.facts(owner)
        expired = [fact for fact in known if fact.expires is not None and fact.expires <= now]
        gone = with_ended(known, expired)
        faint = [fact for fact in known if fact not in gone and fact.archived is None and holds(fact, now) and strength(fact, now) < below]
        pruned = Pruned([replace(fact, strength=strength(fact, now)) for fact in faint], expired)
        if dry_run or not (faint or gone):
            return pruned
        stored = {fact.id: fact for fact in engine.knowledge.remembered(owner)}
        change = Change(_ids(faint), now)
        id = new_id()
        removed = [stored[one] for one in _ids(gone) if one in stored]
        archived = [replace(stored[one], archived=now) for one in change.archived if one in stored]
        documents = [*removal(engine, owner, removed), *map(encode_fact, archived)]
        if archived:
            documents.append(encode_change(id, change))
        try:
            engine.store.put(owner, documents, expect={(FACTS, fact.id): fact.position for fact in (*removed, *archived)})
        except Conflict:
            continue
        return replace(pruned, change=id if archived else None)


@audited("restore", lambda draft, fact: draft.knew([fact]))
async def restore(engine: Engine, owner: Owner, fact: Fact | str) -> Fact:
    """Bring back a fact that was put aside, as one that has just been used."""
    return await engine.runtime.io(_restore, engine, owner, id_of(fact))


def _restore(engine: Engine, owner: Owner, id: str) -> Fact:
    while True:  # ends: as above
        ids = _ids([find(engine.knowledge.facts(owner), id)])
        aside = [fact for fact in engine.knowledge.remembered(owner) if fact.id in ids and fact.archived is not None]
        if _bring_back(engine, owner, aside, []):
            return find(engine.knowledge.facts(owner), id)


@audited("hygiene")
async def hygiene(engine: Engine, owner: Owner) -> Hygiene:
    """Look through all that is known."""
    return report(await engine.runtime.io(engine.knowledge.facts, owner), utc_now())


@audited("merge", lambda draft, merged: draft.knew([merged.fact]))
async def merge(engine: Engine, owner: Owner, facts: Sequence[Fact | str]) -> Merged:
    """Let the first fact stand for all: it gets their sources, and the others are put aside."""
    if isinstance(facts, str | Fact):
        raise Invalid("facts is a single one; give a list of them")
    ids = list(dict.fromkeys(map(id_of, facts)))
    if not ids:
        raise Invalid("there are no facts to merge; give two at least")
    return await engine.runtime.io(_merge, engine, owner, ids)


def _merge(engine: Engine, owner: Owner, ids: Sequence[str]) -> Merged:
    while True:  # ends: as above
        known = engine.knowledge.facts(owner)
        first, *rest = dict.fromkeys(find(known, id).id for id in ids)
        if not rest:
            raise Invalid("these are one fact already; give two at least")
        stored = {fact.id: fact for fact in engine.knowledge.remembered(owner)}
        now, kept = utc_now(), stored[first]
        aside = [replace(stored[id], archived=now) for id in _ids(find(known, id) for id in rest) if stored[id].archived is None]
        added = [source for fact in aside for source in fact.sources if source not in find(known, first).sources]
        change = Change([fact.id for fact in aside], now, first, list(dict.fromkeys(added)))
        id = new_id()
        whole = replace(kept, sources=tuple(dict.fromkeys((*kept.sources, *change.added))))
        documents = [encode_fact(whole), *map(encode_fact, aside), encode_change(id, change)]
        try:
            engine.store.put(owner, documents, expect={(FACTS, fact.id): fact.position for fact in (whole, *aside)})
        except Conflict:
            continue
        return Merged(find(engine.knowledge.facts(owner), first), id)


@audited("undo", lambda draft, facts: draft.knew(facts))
async def undo(engine: Engine, owner: Owner, change: str) -> list[Fact]:
    """Take a pruning or a merging back, as far as its facts are still there, and return those that are known again."""
    if not isinstance(change, str) or not change:
        raise Invalid(f"{change!r} is no change; give what prune or merge returned as one")
    return await engine.runtime.io(_undo, engine, owner, change)


def _undo(engine: Engine, owner: Owner, id: str) -> list[Fact]:
    while True:  # ends: as above
        found = engine.store.documents(owner, CHANGES, keys=[id])
        if not found:
            raise NotFound(f"there is no change {id!r} of this user; it may have been undone")
        change = decode_change(found[0])
        stored = {fact.id: fact for fact in engine.knowledge.remembered(owner)}
        aside = [stored[one] for one in change.archived if one in stored and stored[one].archived == change.at]
        kept = stored.get(change.kept or "")
        lessened = [] if kept is None else [replace(kept, sources=tuple(one for one in kept.sources if one not in change.added))]
        if _bring_back(engine, owner, aside, lessened, found[0]):
            ids = {fact.id for fact in aside}
            return [fact for fact in engine.knowledge.facts(owner) if ids & {fact.id, *fact.also}]


def _bring_back(engine: Engine, owner: Owner, aside: Sequence[Fact], others: Sequence[Fact], change: Document | None = None) -> bool:
    """Bring facts back as used now, write others anew, remove the change that this undoes. Returns whether nobody else was first."""
    now = utc_now()
    back = [replace(fact, archived=None) for fact in aside]
    uses = {one.key: decode_use(one) for one in engine.store.documents(owner, USES, keys=[fact.id for fact in aside])}
    fresh = [encode_use(fact.id, used(uses.get(fact.id), now) or uses[fact.id]) for fact in aside]
    expect = {(FACTS, fact.id): fact.position for fact in (*back, *others)}
    gone = []
    if change is not None:
        expect[CHANGES, change.key] = change.position
        gone = [Document(CHANGES, change.key, None)]
    try:
        engine.store.put(owner, [*map(encode_fact, (*back, *others)), *fresh, *gone], expect=expect)
    except Conflict:
        return False
    return True


def _ids(facts: Iterable[Fact]) -> list[str]:
    return [id for fact in facts for id in (fact.id, *fact.also)]
