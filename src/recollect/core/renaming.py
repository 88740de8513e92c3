"""New ids for facts whose words were redacted: that of a learned fact is a hash of what it said, from which the words could be tried."""

from collections.abc import Mapping
from contextlib import suppress

from msgspec.structs import replace

from recollect.codec.facts import CHANGES, FACTS, USES, decode_change, decode_fact, encode_change, encode_fact
from recollect.errors import Conflict
from recollect.facts.stating import fact_id
from recollect.model import Document, Fact, Owner
from recollect.store.protocol import Store

_LEARNED = "4"
"""The version of the UUIDs that learned facts have: see ``fact_id``. What an application states has another."""


def new_id_of(fact: Fact) -> str:
    """Return the id of a redacted fact: for a learned one, what learning it again would give."""
    first = next(iter(fact.sources), None)
    if first is None or first.message is None or fact.id[14:15] != _LEARNED:
        return fact.id
    return fact_id(first.session, first.message, fact.subject, fact.attribute, fact.value or fact.text, fact.denies)


def rename(store: Store, owner: Owner, fact: Fact, former: Document) -> int:
    """Write a redacted fact under its new id, its uses with it, in the place of the former one, and return the position."""
    used = store.documents(owner, USES, keys=[former.key])
    moved = [one for use in used for one in (Document(USES, use.key, None), Document(USES, fact.id, use.body))]
    known = bool(store.documents(owner, FACTS, keys=[fact.id]))  # learned again meanwhile, from the redacted message
    written = [] if known else [*moved, encode_fact(fact)]
    return store.put(owner, [Document(FACTS, former.key, None), *written], expect={(FACTS, former.key): former.position})


def follow(store: Store, owner: Owner, renamed: Mapping[str, str]) -> None:
    """Let what names renamed facts name them by their new ids."""
    while True:  # ends: each round that fails is another writer's success
        with suppress(Conflict):
            return _follow(store, owner, renamed)


def _follow(store: Store, owner: Owner, renamed: Mapping[str, str]) -> None:
    changed: dict[tuple[str, str], tuple[int, Document]] = {}
    for document in store.documents(owner, FACTS):
        fact = decode_fact(document)
        new_name = renamed.get(fact.replaces or "")
        if new_name is not None:
            changed[FACTS, fact.id] = document.position, encode_fact(replace(fact, replaces=new_name))
    for document in store.documents(owner, CHANGES):
        change = decode_change(document)
        new = replace(change, archived=[renamed.get(id, id) for id in change.archived], kept=renamed.get(change.kept or "", change.kept))
        if new != change:
            changed[CHANGES, document.key] = document.position, encode_change(document.key, new)
    if changed:
        store.put(owner, [document for _, document in changed.values()], expect={key: position for key, (position, _) in changed.items()})
