"""The registry: the chain that tells which chains there are, so that none can vanish as a whole unseen. All processes add to it."""

from collections.abc import Sequence
from itertools import islice, takewhile
from typing import NamedTuple

from recollect.errors import Conflict, Invalid, StoreError
from recollect.model import Owner
from recollect.privacy.audit.key import Key
from recollect.privacy.audit.place import chains, entry_of, registry, session_of
from recollect.privacy.audit.record import Head, Record, read, sign
from recollect.store.protocol import Store

SEEN = 100
"""Chains of other processes whose heads are taken along at the most: those with the latest records."""

ATTEMPTS = 50
"""How often somebody else may be first."""


class Change(NamedTuple):
    """What is to be registered: a chain that begins ("" for none), some that end, and some that are cut off."""

    at: int
    begins: str = ""
    ends: Sequence[Head] = ()
    cuts: Sequence[Head] = ()


def register(store: Store, owner: Owner, keys: list[Key], change: Change) -> Head:
    """Add a record to the registry, and return its head. The record takes along how far the other chains have come since the last one.

    Raises:
        Invalid: the registry was written with another key.
        StoreError: it cannot be written.

    """
    action = "audit.begin" if change.begins else "audit.cut" if change.cuts else "audit.end"
    for _ in range(ATTEMPTS):
        name = registry(store, owner)
        head, position = _head(store, owner, keys, name)
        told = {name, change.begins, *(one.chain for one in change.ends)}
        seen = _seen(store, owner, keys, position, told)
        record = Record(
            chain=name,
            number=head.number + 1,
            link=head.mac,
            at=change.at,
            action=action,
            begins=change.begins,
            ends=[*change.ends],
            seen=seen,
            cuts=[*change.cuts],
        )
        body, mac = sign(record, keys[0])
        try:
            store.append(owner, session_of(name), [entry_of(record, body, mac)], expect=position)
        except Conflict:
            continue
        return Head(name, record.number, mac)
    raise StoreError("the audit's registry takes no record: it may have been altered; run: recollect verify")


def head_of(store: Store, owner: Owner, keys: list[Key], chain: str) -> Head | None:
    """Return how far a chain goes; None if its last record cannot be trusted."""
    last = store.entries(owner, session_of(chain), newest=True, limit=1)
    written = read(last[0].body, keys) if last else None
    if written is None or written.key is None or written.record.chain != chain:
        return None
    return Head(chain, written.record.number, written.mac)


def _head(store: Store, owner: Owner, keys: list[Key], name: str) -> tuple[Head, int]:
    last = store.entries(owner, session_of(name), newest=True, limit=1)
    if not last:
        return Head(name, 0, ""), 0
    written = read(last[0].body, keys)
    if written is None or written.key is None:
        raise Invalid("the audit of this memory was written with another key, or was altered; give that key as former=[…], or run: recollect verify")
    return Head(name, written.record.number, written.mac), last[0].position


def _seen(store: Store, owner: Owner, keys: list[Key], position: int, told: set[str]) -> list[Head]:
    """Return how far other chains have come since the registry's last record, which stands at a position."""
    lately = takewhile(lambda found: found[1].position > position, chains(store, owner))
    heads = (head_of(store, owner, keys, chain) for chain, _ in islice(lately, SEEN) if chain not in told)
    return [head for head in heads if head is not None]
