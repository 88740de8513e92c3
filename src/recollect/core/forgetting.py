"""Forgetting: facts that are removed for good."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from recollect.codec.facts import FACTS, USES, encode_fact, encode_passed
from recollect.codec.plain import check_name
from recollect.core.auditing import audited
from recollect.core.changes import merged_into
from recollect.core.engine import Engine
from recollect.core.facts import find, id_of
from recollect.errors import Conflict, StoreError
from recollect.model import Document, Fact, Owner


@audited("forget", lambda draft, gone: draft.count(facts=gone))
async def forget(engine: Engine, owner: Owner, fact: Fact | str) -> int:
    """Remove a fact with what it had superseded and what was merged into it, and return how many were removed."""
    id = id_of(fact)

    def chosen() -> tuple[list[Fact], list[Fact]]:
        known, stored = engine.knowledge.facts(owner), engine.knowledge.remembered(owner)
        ids = _ids(with_ended(known, [find(known, id)]))
        while merged := merged_into(engine.store, owner, stored, ids):
            ids |= merged | _ids(with_ended(known, [one for one in known if merged & {one.id, *one.also}]))
        return [one for one in stored if one.id in ids], []

    return await engine.runtime.io(remove, engine, owner, chosen)


@audited("forget_source", lambda draft, gone: draft.count(facts=gone))
async def forget_source(engine: Engine, owner: Owner, source: str) -> int:
    """Undo what rests on a session or a batch alone, take this source from the rest, and return how many facts were removed."""
    name = check_name(source, "the source")

    def chosen() -> tuple[list[Fact], list[Fact]]:
        resting = [one for one in engine.knowledge.remembered(owner) if any(source.session == name for source in one.sources)]
        kept = [one for one in resting if any(source.session != name for source in one.sources)]
        lessened = [replace(one, sources=tuple(source for source in one.sources if source.session != name)) for one in kept]
        return [one for one in resting if one not in kept], lessened

    return await engine.runtime.io(remove, engine, owner, chosen)


def remove(engine: Engine, owner: Owner, chosen: Callable[[], tuple[Sequence[Fact], Sequence[Fact]]]) -> int:
    """Remove some facts and write others anew, all or none, and return how many were removed. What their messages say is not learned again.

    Args:
        engine: the store, and what is known.
        owner: whose facts.
        chosen: returns the facts to remove and those to write, as they were remembered; asked again if somebody else wrote first.

    """
    from recollect.core.holding import check

    check(engine, owner)
    while True:  # ends: each round that fails is another writer's success
        gone, written = chosen()
        if not gone and not written:
            return 0
        expect = {(FACTS, fact.id): fact.position for fact in (*gone, *written)}
        try:
            engine.store.put(owner, [*removal(engine, owner, gone), *map(encode_fact, written)], expect=expect)
        except Conflict:
            continue
        with suppress(StoreError):  # their vectors go at the next question about the user
            engine.indexes.removed(owner)
        return len(gone)


def removal(engine: Engine, owner: Owner, gone: Sequence[Fact]) -> list[Document]:
    """Return what is written to remove facts with their uses, and to pass over their messages from now on."""
    facts = [Document(FACTS, fact.id, None) for fact in gone]
    uses = [Document(USES, one.key, None) for one in engine.store.documents(owner, USES, keys=[fact.id for fact in gone])]
    return [*facts, *uses, *(encode_passed(fact.id, messages) for fact in gone if (messages := _messages(fact)))]


def with_ended(facts: Sequence[Fact], first: Sequence[Fact]) -> list[Fact]:
    """Return facts with all that they ended, and what those had ended: what would come back if the first alone were removed."""
    ended: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.superseded_by is not None:
            ended.setdefault(fact.superseded_by, []).append(fact)
    found = {fact.id: fact for fact in first}
    waiting = list(first)
    while waiting:
        fact = waiting.pop()
        new = [older for id in (fact.id, *fact.also) for older in ended.get(id, ()) if older.id not in found]
        found |= {older.id: older for older in new}
        waiting += new
    return list(found.values())


def _ids(facts: Sequence[Fact]) -> set[str]:
    return {id for fact in facts for id in (fact.id, *fact.also)}


def _messages(fact: Fact) -> list[tuple[str, str]]:
    return [(source.session, source.message) for source in fact.sources if source.message is not None]
