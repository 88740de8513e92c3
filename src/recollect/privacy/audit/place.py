"""Where audit records stand: sessions of the tenant's own ledger, one for each chain, and a document that names the registry."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from msgspec import Struct
from msgspec.json import Decoder

from recollect.codec.body import pack, unpack
from recollect.errors import Conflict
from recollect.model import Document, Entry, Owner, SessionState, new_id
from recollect.privacy.audit.record import Record
from recollect.store import pages
from recollect.store.protocol import Store

CHAINS = "recollect.audit."
"""What stands in front of a chain's id in the name of its session."""

POINTER = "recollect.audit"
"""The collection of the document that names the registry."""

_KEY = "registry"


class _Pointer(Struct, frozen=True):
    registry: str


_decoder = Decoder(_Pointer)


def ledger(tenant: str) -> Owner:
    """Return the owner of a tenant's audit."""
    return Owner(tenant, "tenant", "")


def session_of(chain: str) -> str:
    """Return the session of a chain."""
    return CHAINS + chain


def chain_of(session: str) -> str | None:
    """Return the chain of a session; None if it holds none."""
    return session.removeprefix(CHAINS) if session.startswith(CHAINS) else None


def entry_of(record: Record, body: bytes, mac: str) -> Entry:
    """Return a record as an entry. Its id is its number: two records of one number are a conflict, and a retry is none."""
    return Entry(0, str(record.number), "audit", record.at, None, bytes.fromhex(mac)[:16], body)


def named(store: Store, owner: Owner) -> str | None:
    """Return the registry's id; None if there is none."""
    found = store.documents(owner, POINTER, keys=[_KEY])
    return unpack(found[0].body or b"", _decoder).registry if found else None


def registry(store: Store, owner: Owner) -> str:
    """Return the registry's id, making one where there is none."""
    found = named(store, owner)
    if found is not None:
        return found
    with suppress(Conflict):  # somebody else was first
        store.put(owner, [Document(POINTER, _KEY, pack(_Pointer(new_id())))], expect={(POINTER, _KEY): 0})
    return named(store, owner) or registry(store, owner)


def chains(store: Store, owner: Owner) -> Iterator[tuple[str, SessionState]]:
    """Yield the chains that there are, each with what is known of its session, the one with the latest record first."""
    for state in pages.sessions(store, owner):
        chain = chain_of(state.name)
        if chain is not None:
            yield chain, state


def entries(store: Store, owner: Owner, chain: str) -> Iterator[Sequence[Entry]]:
    """Yield the entries of a chain as they stand, in pages."""
    return pages.entries(store, owner, session_of(chain))
