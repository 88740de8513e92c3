"""Legal holds: what nobody may remove until they are lifted."""

from collections.abc import Callable

from msgspec import Struct, to_builtins
from msgspec.json import Decoder
from msgspec.structs import replace

from recollect.codec.body import pack, unpack
from recollect.codec.plain import check_name
from recollect.core.address import Address
from recollect.core.auditing import audited
from recollect.core.engine import Engine
from recollect.core.secret import Secrets, tenant_of
from recollect.errors import Conflict, Held, Invalid
from recollect.model import Document, Owner, utc_now
from recollect.model.hold import Hold
from recollect.store.pages import all_sessions
from recollect.store.protocol import Store

HOLDS = "recollect.holds"
"""The collection, in the tenant's ledger, of the holds on each owner, by pseudonym."""


class _Holds(Struct, frozen=True):
    """The holds on an owner. ``ttls``: the times to live, in microseconds, that sessions had before they were held."""

    holds: list[Hold] = []
    ttls: dict[str, int] = {}


_decoder = Decoder(_Holds)


@audited("hold")
async def hold(engine: Engine, whom: Owner | Address, reason: str, by: str | None) -> Hold:
    """Hold an owner, or one session. What is held already is held for this reason from now on."""
    if not isinstance(reason, str) or not reason.strip():
        raise Invalid("the reason is missing; tell why nothing may be removed, such as the number of a case")
    owner, session = _parts(whom)
    placed = Hold(
        user=owner.name if owner.kind == "user" else None,
        session=session,
        reason=check_name(reason, "the reason"),
        by=None if by is None else check_name(by, "by"),
        since=utc_now(),
    )
    await engine.runtime.io(_place, engine, owner, placed)
    return placed


@audited("release", lambda draft, released: draft.count(holds=int(released)))
async def release(engine: Engine, whom: Owner | Address) -> bool:
    """Lift the hold on an owner, or that on one session. Returns whether there was one. Times to live begin anew."""
    return await engine.runtime.io(_lift, engine, *_parts(whom))


@audited("holds", lambda draft, found: draft.count(holds=len(found)))
async def holds(engine: Engine, tenant: str) -> list[Hold]:
    """Return a tenant's holds, the oldest first."""
    documents = await engine.runtime.io(engine.store.documents, tenant_of(tenant), HOLDS)
    return sorted((one for document in documents for one in unpack(document.body or b"", _decoder).holds), key=lambda one: one.since)


def held(engine: Engine, owner: Owner, session: str | None = None) -> Hold | None:
    """Return what holds an owner or one of its sessions. Of an owner as a whole, also a hold on any of the sessions."""
    return held_in(engine.store, engine.secrets, owner, session)


def held_in(store: Store, secrets: Secrets, owner: Owner, session: str | None = None) -> Hold | None:
    """Return what holds an owner or one of its sessions by what a store says, under the pseudonyms of its secrets."""
    if owner.kind == "tenant" or secrets.existing(owner.tenant) is None:
        return None
    for one in _read(store, secrets, owner)[0].holds:
        if one.session is None or session is None or one.session == session:
            return one
    return None


def check(engine: Engine, owner: Owner, session: str | None = None) -> None:
    """Refuse what would remove something of an owner, or of one session.

    Raises:
        Held: it is under a legal hold.

    """
    found = held(engine, owner, session)
    if found is not None:
        raise Held(_told(found))


def check_again(engine: Engine, owner: Owner, session: str) -> None:
    """Take a session's time to live from it, if it was held while it was being given one.

    Raises:
        Held: it was.

    """
    try:
        check(engine, owner, session)
    except Held:
        _set_ttl(engine.store, owner, session, None)
        raise


def _told(found: Hold) -> str:
    whom = f"session {found.session!r}" if found.session is not None else f"user {found.user!r}"
    of = f" of user {found.user!r}" if found.session is not None and found.user is not None else ""
    by = f", by {found.by}" if found.by is not None else ""
    return f"{whom}{of} is under a legal hold since {found.since:%Y-%m-%d} ({found.reason}{by}), and nothing was removed; release it first"


def _place(engine: Engine, owner: Owner, placed: Hold) -> None:
    def added(known: _Holds) -> _Holds:
        return replace(known, holds=[*(one for one in known.holds if one.session != placed.session), placed])

    _change(engine, owner, added)  # first, so that nothing is removed while the times to live are stopped
    for session, ttl in _ending(engine.store, owner, placed.session):

        def noted(known: _Holds, session: str = session, ttl: int = ttl) -> _Holds:
            return replace(known, ttls={session: ttl} | known.ttls)

        _change(engine, owner, noted)
        _set_ttl(engine.store, owner, session, None)


def _lift(engine: Engine, owner: Owner, session: str | None) -> bool:
    if engine.secrets.existing(owner.tenant) is None:
        return False
    known = _read(engine.store, engine.secrets, owner)[0]
    if all(one.session != session for one in known.holds):
        return False
    rest = [one for one in known.holds if one.session != session]
    held_yet = {one.session for one in rest}
    ending = {name: ttl for name, ttl in known.ttls.items() if None not in held_yet and name not in held_yet}
    for name, ttl in ending.items():
        _set_ttl(engine.store, owner, name, ttl)

    def lifted(known: _Holds) -> _Holds:
        return _Holds([one for one in known.holds if one.session != session], {name: ttl for name, ttl in known.ttls.items() if name not in ending})

    _change(engine, owner, lifted)
    return True


def _ending(store: Store, owner: Owner, session: str | None) -> list[tuple[str, int]]:
    """Return the sessions that have a time to live, with it."""
    if session is not None:
        state = store.session(owner, session)
        return [(session, state.ttl)] if state is not None and state.ttl is not None else []
    return [(state.name, state.ttl) for state in all_sessions(store, owner) if state.ttl is not None]


def _set_ttl(store: Store, owner: Owner, session: str, ttl: int | None) -> None:
    while (state := store.session(owner, session)) is not None:
        try:
            store.update_session(owner, session, state.settings or pack({}), ttl=ttl, expect=state.revision)
        except Conflict:
            continue  # ends: each round that fails is another writer's success
        return


def _change(engine: Engine, owner: Owner, change: Callable[[_Holds], _Holds]) -> None:
    """Change what is known of the holds on an owner."""
    name = engine.secrets.pseudonym(owner)
    while True:  # ends: each round that fails is another writer's success
        known, position = _read(engine.store, engine.secrets, owner)
        new = change(known)
        body = pack(to_builtins(new)) if new.holds else None
        if body is None and not position:
            return
        try:
            engine.store.put(tenant_of(owner.tenant), [Document(HOLDS, name, body)], expect={(HOLDS, name): position})
        except Conflict:
            continue
        return


def _read(store: Store, secrets: Secrets, owner: Owner) -> tuple[_Holds, int]:
    """Return the holds on an owner, and the position of their document."""
    for document in store.documents(tenant_of(owner.tenant), HOLDS, keys=[secrets.pseudonym(owner)]):
        return unpack(document.body or b"", _decoder), document.position
    return _Holds(), 0


def _parts(whom: Owner | Address) -> tuple[Owner, str | None]:
    return (whom.owner, whom.session) if isinstance(whom, Address) else (whom, None)
