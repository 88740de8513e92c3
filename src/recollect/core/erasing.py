"""Erasure: of everything that is stored of an owner, wherever, for good; and letting a person come back."""

from datetime import datetime
from typing import Literal

from msgspec import Struct, to_builtins
from msgspec.json import Decoder
from msgspec.structs import replace

from recollect.codec.body import pack, unpack
from recollect.codec.facts import FACTS
from recollect.codec.plain import plain
from recollect.core import holding, places
from recollect.core.address import Address
from recollect.core.auditing import audited, noted
from recollect.core.engine import Engine
from recollect.core.receipts import signed
from recollect.core.secret import tenant_of
from recollect.core.tombstones import ERASING
from recollect.errors import Damaged, Erased, Invalid, StoreError
from recollect.model import Document, Entry, Owner, utc_now
from recollect.model.receipt import Receipt
from recollect.store.protocol import REMOVED, REWRITTEN, SETTINGS

COUNTED = ("sessions", "messages", "facts", "documents")
"""What a receipt counts."""

PAGE = 500
"""Changes that are read at a time."""


class Begun(Struct, frozen=True):
    """An erasure that has begun: what the receipt will say, and what a later start needs to go on.

    ``through`` is where the ledger ended, up to which an outside vector store may have something; ``counts`` what was in it. The name
    is removed once all that it leads to is gone, and only logs and free space are to be cleared.
    """

    kind: Literal["session", "tenant", "user"]
    name: str
    at: datetime
    by: str | None = None
    through: int = 0
    counts: dict[str, int] = {}

    @property
    def over(self) -> bool:
        """Whether nothing is left but what stands in logs and free space."""
        return not self.name

    @property
    def found(self) -> bool:
        """Whether there was anything."""
        return self.through > 0


_decoder = Decoder(Begun)


@audited("erase", lambda draft, receipt: draft.count(**receipt.counts))
async def erase(engine: Engine, owner: Owner, by: str | None = None, *, scrub: bool = True) -> Receipt:
    """Erase an owner everywhere, and return the receipt. If it is cut off, the next opening of the memory goes on with it."""
    if by is not None and not isinstance(by, str):
        raise Invalid(f"by is a {type(by).__name__}; give text, such as who asked for the erasure, or None")
    who = None if by is None else plain(by, "by")
    return await engine.runtime.io(_erase, engine, owner, who, scrub=scrub)


@audited("readmit")
async def readmit(engine: Engine, owner: Owner) -> bool:
    """Let an erased owner come back, with nothing of what was erased. Returns whether there was an erasure to end."""
    return await engine.runtime.io(_readmit, engine, owner)


@audited("erased")
async def erased(engine: Engine, owner: Owner) -> bool:
    """Tell whether an owner was erased, and not readmitted since."""
    return await engine.runtime.io(_was_erased, engine, owner)


def alone(at: Address) -> Owner:
    """Return the owner that an anonymous session is.

    Raises:
        Invalid: it is a user's.

    """
    if at.owner.kind != "session":
        raise Invalid(f"session {at.session!r} is one of user {at.owner.name!r}; delete it, or erase the user: memory.user(…).erase()")
    return at.owner


def resume(engine: Engine, tenant: str) -> None:
    """Go on with the erasures of a tenant that were cut off. Where the store does not answer, a later opening does."""
    try:
        for document in engine.store.documents(tenant_of(tenant), ERASING):
            begun = unpack(document.body or b"", _decoder)
            owner = Owner(tenant, begun.kind, begun.name)
            if begun.over:
                places.remains(engine, sealed=False, scrub=True)
                _end(engine, owner, document.key)
                continue
            with noted(engine, "erase", owner) as draft:
                draft.count(**_go_on(engine, owner, document.key, begun).counts)
            _tell("an erasure that had been cut off was finished: %s", document.key)
    except StoreError as error:
        _tell("erasures that were cut off could not be finished, and wait for the next start: %s", error)


def _erase(engine: Engine, owner: Owner, by: str | None, *, scrub: bool) -> Receipt:
    holding.check(engine, owner)
    name = engine.secrets.pseudonym(owner)
    for document in engine.store.documents(tenant_of(owner.tenant), ERASING, keys=[name]):
        begun = unpack(document.body or b"", _decoder)
        return _go_on(engine, owner, name, replace(begun, kind=owner.kind, name=owner.name), scrub=scrub)
    begun = _counted(engine, owner, Begun(owner.kind, owner.name, utc_now(), by))
    _note(engine, owner, name, begun)
    return _go_on(engine, owner, name, begun, scrub=scrub)


def _go_on(engine: Engine, owner: Owner, name: str, begun: Begun, *, scrub: bool = True) -> Receipt:
    """Erase what there is. Each step can be repeated, and finds what those before it left when they were cut off."""
    engine.tombstones.put(owner)
    counted = _counted(engine, owner, begun)
    if counted.through > begun.through:
        begun = counted
        _note(engine, owner, name, begun)
    key = places.key(engine, owner)
    found = engine.store.erase(owner) or begun.found  # in an outage of a failover's primary, nothing could be counted
    done = [
        places.ledger(engine, found=found),
        *key,
        places.caches(engine, owner),
        *places.vectors(engine, owner, begun.through),
        *places.spool(engine),
    ]
    over = all(place.state != "partial" for place in done)
    if over:
        _note(engine, owner, name, replace(begun, name=""))  # who it was is to go from logs and free space as well
    done += places.remains(engine, sealed=bool(key), scrub=scrub)
    if over:
        _end(engine, owner, name)
    receipt = Receipt(
        subject=name,
        tenant=owner.tenant,
        kind=begun.kind,
        requested=begun.at,
        finished=utc_now(),
        by=begun.by,
        found=found,
        counts=begun.counts,
        places=tuple(done),
    )
    return signed(receipt, engine.secrets.own(owner.tenant))


def _end(engine: Engine, owner: Owner, name: str) -> None:
    engine.store.put(tenant_of(owner.tenant), [Document(ERASING, name, None)])


def _note(engine: Engine, owner: Owner, name: str, begun: Begun) -> None:
    engine.store.put(tenant_of(owner.tenant), [Document(ERASING, name, pack(to_builtins(begun)))])


def _counted(engine: Engine, owner: Owner, begun: Begun) -> Begun:
    """Return what is known of an owner's ledger, with what was counted of it before."""
    counts = dict.fromkeys(COUNTED, 0) | begun.counts
    sessions: set[str] = set()
    through = begun.through
    try:
        while items := engine.store.changes(owner, through, PAGE):
            through = items[-1].position
            for item in items:
                sessions.update(_session(item))
                what = _kind(item)
                if what is not None:
                    counts[what] += 1
    except Erased:
        pass  # the key is destroyed, and what it sealed was counted before
    except Damaged:  # it can be erased as well
        through = max(through, 1)
    except StoreError:
        if not places.waits(engine):  # in an outage of a failover's primary, there is no telling
            raise
    counts["sessions"] = max(counts["sessions"], len(sessions))
    return replace(begun, through=through, counts=counts)


def _session(item: Entry | Document) -> list[str]:
    """Return the session that something of a ledger shows to be there."""
    if isinstance(item, Entry):
        return [item.session]
    return [item.key] if item.collection == SETTINGS and item.body is not None else []


def _kind(item: Entry | Document) -> str | None:
    """Return as what something of a ledger is counted."""
    if isinstance(item, Entry):
        return "messages"
    if item.body is None or item.collection in (SETTINGS, REMOVED, REWRITTEN):
        return None
    return "facts" if item.collection == FACTS else "documents"


def _was_erased(engine: Engine, owner: Owner) -> bool:
    """Tell whether an owner has a tombstone, or a key that was destroyed: in a copy of the database from before, that is all that tells."""
    return engine.tombstones.has(owner) or places.locked_out(engine, owner)


def _readmit(engine: Engine, owner: Owner) -> bool:
    if not _was_erased(engine, owner):
        return False
    if engine.store.documents(tenant_of(owner.tenant), ERASING, keys=[engine.secrets.pseudonym(owner)]):
        raise Invalid("the erasure of this user has not ended; erase the user once more, and readmit then")
    engine.store.erase(owner)  # what a late writer left that was killed before it could take it back
    places.unlock(engine, owner)
    engine.tombstones.remove(owner)
    return True


def _tell(message: str, what: object) -> None:
    from logging import getLogger

    getLogger("recollect").warning(message, what)
