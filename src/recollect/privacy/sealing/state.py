"""What tells that a memory is sealed: a plain document in the tenant's ledger, that cannot be made without the keys."""

from contextlib import suppress
from hmac import compare_digest
from typing import Literal

from msgspec import Struct
from msgspec.json import Decoder, Encoder

from recollect.errors import Conflict, Damaged, Invalid, Locked, NewerFormat
from recollect.model import Document, Owner
from recollect.privacy.keys.keyring import Keyring
from recollect.privacy.keys.record import OwnerKeys
from recollect.privacy.sealing.sealed import SEALING, Sealed
from recollect.store.protocol import Store

KEY = "memory"

VERSION = 1
"""Of all that is sealed in the memory."""

Stage = Literal["sealing", "sealed"]


class State(Struct, frozen=True):
    """How far a memory is sealed: ``sealing`` while there may be plain records, which can be read until then. ``position`` is the document's."""

    stage: Stage
    position: int


class _Kept(Struct, frozen=True):
    """The document. ``proof`` is a MAC by the tenant's own key, so that nobody without keys has plain records read."""

    version: int
    stage: Stage
    proof: bytes


_encoder = Encoder()
_decoder = Decoder(_Kept)


def read_state(store: Store, tenant: str, keyring: Keyring) -> State | None:
    """Return how far a memory is sealed; None where it is plain.

    Raises:
        Locked: it was sealed with other keys.
        NewerFormat: it was sealed by a newer Recollect.
        Damaged: what tells it is not what was written.

    """
    owner = _tenant(tenant)
    for document in store.documents(owner, SEALING, keys=[KEY]):
        kept = _parsed(document)
        try:
            keys = keyring.key(owner)
        except Locked as error:
            raise Locked(f"the memory was sealed with other keys than these ({error})") from error
        if not compare_digest(kept.proof, _proof(keys, kept.stage)):
            raise Damaged("what tells that the memory is sealed was not written with these keys; give those that it was sealed with")
        return State(kept.stage, document.position)
    return None


def write_state(store: Store, tenant: str, keyring: Keyring, stage: Stage, *, expect: int) -> None:
    """Write how far a memory is sealed.

    Raises:
        Conflict: somebody else wrote it meanwhile.

    """
    owner = _tenant(tenant)
    body = _encoder.encode(_Kept(VERSION, stage, _proof(keyring.key(owner, make=True), stage)))
    store.put(owner, [Document(SEALING, KEY, body)], expect={(SEALING, KEY): expect})


def sealed(store: Store, tenant: str, keyring: Keyring) -> Sealed:
    """Return a memory's store with its bodies sealed. An empty memory is sealed from now on.

    Raises:
        Invalid: the memory holds plain records, and is not sealed; or its keys would be kept in it.
        Locked, Damaged, NewerFormat: as ``read_state``.

    """
    if isinstance(store, Sealed):
        raise Invalid("the store is sealed already; give the one beneath, or no keys")
    check_apart(store, keyring)
    state = begin(store, tenant, keyring)
    if state is None:
        raise Invalid("the memory is not sealed: open it without keys, or seal it with: recollect seal --url URL --keys KEYS")
    return Sealed(store, keyring, mixed=state.stage == "sealing")


def check_apart(store: Store, keyring: Keyring) -> None:
    """Raise Invalid where the keys would be kept in the same file or folder as what they seal."""
    path = getattr(store, "path", None)
    if path is not None and path == getattr(getattr(keyring.store, "store", None), "path", None):
        raise Invalid("the keys are to be kept apart from what they seal; give them a file or a database of their own")


def begin(store: Store, tenant: str, keyring: Keyring) -> State | None:
    """Return how far a memory is sealed. An empty one is sealed from now on. None: it holds plain records, and is not sealed."""
    state = read_state(store, tenant, keyring)
    if state is None and not store.owners(tenant, limit=1):
        with suppress(Conflict):  # another process was first
            write_state(store, tenant, keyring, "sealed", expect=0)
        state = read_state(store, tenant, keyring)
    return state


def _parsed(document: Document) -> _Kept:
    try:
        kept = _decoder.decode(document.body or b"")
    except ValueError as error:
        raise Damaged("what tells that the memory is sealed cannot be read; restore it from a backup") from error
    if kept.version > VERSION:
        raise NewerFormat(f"the memory was sealed in version {kept.version}, which this Recollect cannot read; upgrade it")
    return kept


def _proof(keys: OwnerKeys, stage: Stage) -> bytes:
    return keys.mac(f"recollect sealing {VERSION} {stage}".encode())


def _tenant(tenant: str) -> Owner:
    return Owner(tenant, "tenant", "")
