"""Cutting off what is old: whole chains, each with a record in the registry that it was cut off, and where it ended."""

from recollect.model import Owner
from recollect.privacy.audit.checking import check
from recollect.privacy.audit.log import Log
from recollect.privacy.audit.place import chains, entries, session_of
from recollect.privacy.audit.record import Head
from recollect.privacy.audit.registry import Change, head_of
from recollect.store.protocol import Store

AT_ONCE = 50
"""Chains that are cut off by one record."""


def cut_chains(store: Store, owner: Owner, log: Log, before: int, *, dry_run: bool = False) -> int:
    """Remove the chains whose latest record is older than a time, and return how many records these have.

    A chain is a day's at the most. The registry stays, as does the chain that this process writes, and any that is not sound: it is evidence.

    Args:
        store: where they are.
        owner: the tenant's ledger.
        log: what writes the audit.
        before: the time, in microseconds since 1970.
        dry_run: only count.

    """
    old = [head for chain, state in chains(store, owner) if state.updated < before and (head := _old(store, owner, log, chain)) is not None]
    for start in range(0, 0 if dry_run else len(old), AT_ONCE):
        some = old[start : start + AT_ONCE]
        log.register(Change(log.now(), cuts=some))  # at first: a chain that is told to be cut off may still be there
        for head in some:
            store.delete_session(owner, session_of(head.chain))
    return sum(head.number for head in old)


def _old(store: Store, owner: Owner, log: Log, chain: str) -> Head | None:
    """Return the head of a chain that may be cut off."""
    if chain == log.chain:
        return None
    checked = check(chain, entries(store, owner, chain), log.keys, frozenset())
    return None if checked.findings or checked.registered else head_of(store, owner, log.keys, chain)
