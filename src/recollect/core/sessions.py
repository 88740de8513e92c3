"""Sessions: listing, describing, ending, forking."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from msgspec import UNSET, UnsetType

from recollect.codec import decode_value, encode_value
from recollect.codec.messages import MICROSECOND, from_micros
from recollect.codec.plain import check_name
from recollect.core.address import Address
from recollect.core.auditing import audited
from recollect.core.engine import Engine
from recollect.errors import Conflict, Damaged, Invalid, NotFound, StoreError
from recollect.model import Json, Owner, Page, SessionInfo, SessionState
from recollect.store.protocol import Store

MOST = 1000
"""The most items of one page."""

CURSOR = 16
"""Digits of a cursor, at the most."""

LONGEST_TTL = timedelta(days=365_000)
"""A thousand years: what ends later than the year 9999 has no date."""


@audited("info")
async def info(engine: Engine, at: Address) -> SessionInfo | None:
    """Return what is known of a session; None if there is none."""
    state = await engine.runtime.io(engine.store.session, at.owner, at.session)
    return None if state is None else describe(at.owner, state)


@audited("sessions", lambda draft, page: draft.count(sessions=len(page)))
async def list_sessions(engine: Engine, owner: Owner, after: str | None, limit: int) -> Page[SessionInfo]:
    """Return a page of an owner's sessions, the one with the latest activity first."""
    check_limit(limit)
    if after is not None and not (isinstance(after, str) and after.isascii() and after.isdigit() and len(after) <= CURSOR):
        raise Invalid(f"after is {after!r}; give what the page before named as next, or leave it out for the first page")
    states = await engine.runtime.io(engine.store.sessions, owner, after=None if after is None else int(after), limit=limit)
    return Page([describe(owner, state) for state in states], str(states[-1].activity) if len(states) == limit else None)


@audited("recent", lambda draft, found: draft.count(sessions=len(found)))
async def recent(engine: Engine, tenant: str, limit: int) -> list[SessionInfo]:
    """Return the sessions of all owners that were updated last."""
    check_limit(limit)
    return [describe(owner, state) for owner, state in await engine.runtime.io(_recent, engine.store, tenant, limit)]


def _recent(store: Store, tenant: str, limit: int) -> list[tuple[Owner, SessionState]]:
    """Ask for more until there are enough that hold messages: the tenant's own hold its audit."""
    size = limit
    while True:
        every = store.recent(tenant, limit=size)
        found = [one for one in every if one[0].kind != "tenant"]
        if len(found) >= limit or len(every) < size:
            return found[:limit]
        size *= 2


@audited("update")
async def update(
    engine: Engine,
    at: Address,
    title: str | UnsetType | None,
    metadata: Json | UnsetType,
    ttl: timedelta | UnsetType | None,
) -> None:
    """Change what is given of a session's title, metadata and time to live."""
    if not (title is UNSET or title is None or isinstance(title, str)):
        raise Invalid(f"the title is a {type(title).__name__}; give text or None")
    if not (metadata is UNSET or isinstance(metadata, dict)):
        raise Invalid(f"the metadata is a {type(metadata).__name__}; give a dict")
    span = ttl if isinstance(ttl, UnsetType) or ttl is None else _span(ttl)
    await engine.runtime.io(_update, engine, at, title, metadata, span)


def _update(engine: Engine, at: Address, title: str | UnsetType | None, metadata: Json | UnsetType, ttl: int | UnsetType | None) -> None:
    store = engine.store
    if isinstance(ttl, int):
        from recollect.core.holding import check

        check(engine, at.owner, at.session)
    if engine.redacting is not None:
        title, metadata = engine.redacting.value(at.owner, title), engine.redacting.value(at.owner, metadata)
    while True:  # ends: each round that fails is another writer's success
        state = store.session(at.owner, at.session)
        settings = _settings(state)
        if title is not UNSET:
            settings["title"] = title
        if metadata is not UNSET:
            settings["metadata"] = metadata
        body = encode_value(settings, "session")
        kept = state.ttl if state is not None else None
        revision = state.revision if state is not None else 0
        try:
            store.update_session(at.owner, at.session, body, ttl=kept if isinstance(ttl, UnsetType) else ttl, expect=revision)
        except Conflict:
            continue
        if isinstance(ttl, int):
            from recollect.core.holding import check_again

            check_again(engine, at.owner, at.session)
        return


@audited("clear", lambda draft, cleared: draft.count(sessions=int(cleared)))
async def clear(engine: Engine, at: Address) -> bool:
    """Remove a session's messages, and keep its title and metadata."""
    cleared = await engine.runtime.io(_removed, engine, at, engine.store.clear_session)
    await _let_go(engine, at)
    return cleared


@audited("delete", lambda draft, deleted: draft.count(sessions=int(deleted)))
async def delete(engine: Engine, at: Address, last: int | None = None) -> bool:
    """Remove a session whole; if a position is given, only while its last message stands there (0: it has none), else it is a Conflict."""
    deleted = await engine.runtime.io(_removed, engine, at, partial(engine.store.delete_session, expect=last))
    await _let_go(engine, at)
    return deleted


def _removed(engine: Engine, at: Address, remove: Callable[[Owner, str], bool]) -> bool:
    from recollect.core.holding import check

    check(engine, at.owner, at.session)
    return remove(at.owner, at.session)


async def _let_go(engine: Engine, at: Address) -> None:
    """Forget what was kept of a session's messages, which are gone, and remove the facts that rested on them alone."""
    engine.tails.forget(at.owner, at.session)
    await _swept(engine, at.owner)


@audited("fork")
async def fork(engine: Engine, source: Address, target: Address, at: int | None) -> int:
    """Copy a session's messages up to a position into a new session, and return that one's position."""
    if at is not None and (type(at) is not int or at < 1):
        raise Invalid(f"at is {at!r}; give the position of a message, or None for all of them")
    return await engine.runtime.io(_fork, engine.store, source, target, at)


def _fork(store: Store, source: Address, target: Address, at: int | None) -> int:
    entries = store.entries(source.owner, source.session, before=None if at is None else at + 1)
    if not entries:
        where = "" if at is None else f" at or before position {at}"
        raise NotFound(f"session {source.session!r} has no messages{where} to fork; check its id, its user and the position")
    return store.append(target.owner, target.session, entries, expect=0)


@audited("users", lambda draft, page: draft.count(users=len(page)))
async def users(engine: Engine, tenant: str, after: str | None, limit: int) -> Page[str]:
    """Return a page of the tenant's users, in order."""
    check_limit(limit)
    beyond = Owner(tenant, "user", "" if after is None else check_name(after, "after"))
    owners = await engine.runtime.io(engine.store.owners, tenant, after=beyond, limit=limit)
    names = [owner.name for owner in owners if owner.kind == "user"]
    return Page(names, names[-1] if len(names) == limit else None)


@audited("expire", lambda draft, expired: draft.count(sessions=expired))
async def expire(engine: Engine) -> int:
    """Delete the sessions whose time is over with the facts and vectors that rest on them alone, and return how many sessions."""
    try:
        gone = await engine.runtime.io(engine.store.expire)
    except StoreError as error:
        _gone(engine, error.expired)
        if error.expired:
            error.outcome = "unknown"
        if isinstance(error, Damaged):  # that is one owner's ledger
            await _sweep(engine)
        raise
    _gone(engine, gone)
    await _sweep(engine)
    return len(gone)


def _gone(engine: Engine, sessions: Sequence[tuple[Owner, str]]) -> None:
    """Forget what was kept of sessions that are deleted, and note whose facts and vectors are to be swept."""
    for owner, session in sessions:
        engine.tails.forget(owner, session)
        engine.knowledge.unswept[owner] = None


async def _sweep(engine: Engine) -> None:
    """Sweep the owners that have lost sessions. Those for whom it fails are tried again with the next that are; a damaged one stops no others."""
    damage: Damaged | None = None
    for owner in list(engine.knowledge.unswept):
        try:
            await _swept(engine, owner)
        except Damaged as error:
            damage = damage or error
    if damage is not None:
        raise damage


async def _swept(engine: Engine, owner: Owner) -> None:
    """Remove the facts, and the vectors, that rested on removed messages of an owner alone."""
    unswept = engine.knowledge.unswept
    unswept.pop(owner, None)  # at first: who deletes more sessions meanwhile puts it back
    done = False
    try:
        await engine.runtime.io(engine.knowledge.sweep, owner)
        await engine.runtime.io(engine.indexes.removed, owner)
        done = True
    except StoreError as error:
        error.outcome = "unknown"
        error.add_note("The messages are removed; facts that rested on them alone are hidden, and go at the next call. Repeat it.")
        raise
    finally:
        if not done:
            unswept[owner] = None


def describe(owner: Owner, state: SessionState) -> SessionInfo:
    """Return what a person is told of a session."""
    settings = _settings(state)
    return SessionInfo(
        id=state.name,
        user=owner.name if owner.kind == "user" else None,
        count=state.count,
        tokens=state.tokens,
        created=from_micros(state.created),
        updated=from_micros(state.updated),
        position=state.position,
        title=settings.get("title"),
        metadata=settings.get("metadata", {}),
        expires=None if state.expires is None else from_micros(state.expires),
    )


def check_limit(limit: int) -> None:
    """Refuse a page size that is out of range."""
    if type(limit) is not int or not 1 <= limit <= MOST:
        raise Invalid(f"limit is {limit!r}; give a whole number from 1 to {MOST}")


def _settings(state: SessionState | None) -> Json:
    if state is None or state.settings is None:
        return {}
    settings: Json = decode_value(state.settings, f"the settings of session {state.name!r}")
    return settings


def _span(ttl: timedelta) -> int:
    if not isinstance(ttl, timedelta) or not timedelta() < ttl <= LONGEST_TTL:
        raise Invalid(f"ttl is {ttl!r}; give a timedelta above zero and up to a thousand years, or None to keep the session for good")
    return ttl // MICROSECOND
