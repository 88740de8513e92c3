"""Messages: appending, reading, viewing."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from recollect.codec import decode_message, encode_message
from recollect.core.address import Address
from recollect.core.auditing import Draft, audited
from recollect.core.engine import Engine
from recollect.core.recalling import recall
from recollect.core.tails import LEAD, Tail, Tails
from recollect.errors import Erased, Invalid, StoreError
from recollect.model import Entry, Message, Recollection, Role, utc_now
from recollect.store.protocol import Store
from recollect.views.lookup import AnyView, Lookup, checked
from recollect.views.string import String

if TYPE_CHECKING:
    from recollect.core.redacting import Redacting

T = TypeVar("T")

FAR = 1 << 53
"""Beyond every position: what every database and JSON reader holds exactly."""


@audited("append")
async def append(
    engine: Engine,
    at: Address,
    messages: Sequence[Message],
    system: str | None = None,
    user: str | None = None,
    assistant: str | None = None,
    expect: int | None = None,
) -> int:
    """Add messages, and one for each text, at the end of a session, all or none, and return the position of the last."""
    if expect is not None and (type(expect) is not int or expect < 0):
        raise Invalid(f"expect is {expect!r}; give the position of the session, 0 for an empty one, or None")
    texts: tuple[tuple[Role, str | None], ...] = (("system", system), ("user", user), ("assistant", assistant))
    now = utc_now()
    said = [Message(role, text, created=now) for role, text in texts if text is not None]
    if engine.redacting is not None:
        return await engine.runtime.io(_append_redacted, engine, engine.redacting, at, (*messages, *said), expect, not messages)
    entries = [encode_message(message, f"message {number}") for number, message in enumerate((*messages, *said))]
    return await engine.runtime.io(_append, engine, at, entries, expect, [] if messages else said)


def _append(engine: Engine, at: Address, entries: Sequence[Entry], expect: int | None, texts: list[Message]) -> int:
    last = engine.store.append(at.owner, at.session, entries, expect=expect)
    if engine.draft is not None:
        engine.draft.wrote(at.session, entries, last)
    if texts:
        engine.tails.extend(at, texts, last)
    return last


def _append_redacted(engine: Engine, redacting: "Redacting", at: Address, messages: Sequence[Message], expect: int | None, texts: bool) -> int:
    """Append what is left of messages, which are plain texts, or not."""
    try:
        redacted = redacting.messages(at.owner, messages)
        entries = [encode_message(message, f"message {number}") for number, message in enumerate(redacted)]
        return _append(engine, at, entries, expect, redacted if texts else [])
    except Erased:
        redacting.forget(at.owner)
        raise


@audited("messages")
async def read(engine: Engine, at: Address, *, last: int | None, after: int, before: int | None, limit: int | None) -> list[Message]:
    """Return the messages with ``after < position < before``: all, the first ``limit``, or the ``last`` so many."""
    for name, value in (("last", last), ("after", after), ("before", before), ("limit", limit)):
        if value is not None and (type(value) is not int or not 0 <= value < FAR):
            raise Invalid(f"{name} is {value!r}; give a whole number from 0 up, below 2^53")
    if last is not None and limit is not None:
        raise Invalid("last and limit were both given; give one of them")
    size = limit if last is None else last
    entries = await engine.runtime.io(engine.store.entries, at.owner, at.session, after=after, before=before, limit=size, newest=last is not None)
    messages = [decode_message(entry) for entry in entries]
    if engine.draft is not None:
        engine.draft.read(at.session, messages)
    return messages


@audited("context")
async def context(engine: Engine, at: Address, view: AnyView[T]) -> T:
    """Return what a view makes of a session, reading only as much of it as the view needs; a view that recalls, also of what is found."""
    checked(view)
    if hasattr(view, "lookup"):
        asked: tuple[Lookup[T], Tail] = await engine.runtime.io(_shown, engine.store, engine.tails, at, view.page, view.lookup)
        made = (await _looked_up(engine, at, asked[0]), asked[1])
    else:
        made = await engine.runtime.io(_shown, engine.store, engine.tails, at, view.page, view.select)
    if engine.draft is not None:
        _note(engine.draft, at.session, view, *made)
    return made[0]


def _note(draft: Draft, session: str, view: AnyView[Any], shown: object, tail: Tail) -> None:
    """Note which messages were shown: those that a view gives, or those of which it made a text."""
    if isinstance(view, String) and hasattr(view.view, "select") and not hasattr(view.view, "lookup"):
        shown = view.view.select(tail.lead, tail.newest, not tail.gap)
    if isinstance(shown, list) and all(isinstance(one, Message) for one in shown):
        draft.chose(session, shown, tail.lead, tail.newest, gap=tail.gap)
    else:
        draft.bound = True
        draft.chose(session, [*tail.lead, *tail.newest], tail.lead, tail.newest, gap=tail.gap)


async def _looked_up(engine: Engine, at: Address, wanted: Lookup[T]) -> T:
    found: list[list[Recollection]] = []
    for search in wanted.searches:
        told = search.without.union(*map(_positions, found))
        found.append(await recall(engine, at.owner, replace(search, without=told)))
    with suppress(StoreError, Erased):  # that a use cannot be noted is no reason to leave a model without its context
        from recollect.core.ageing import reinforce

        await reinforce(engine, at.owner, (one.fact for some in found for one in some if one.fact is not None))
    return wanted.make(found)


def _shown(
    store: Store, tails: Tails, at: Address, page: int | None, look: Callable[[list[Message], list[Message], bool], T | None]
) -> tuple[T, Tail]:
    """Return what ``look`` makes of the end of a session, which it is shown as much of as it asks for, and that end."""
    tail = tails.read(at, page) if page is not None else _all(store, at)
    while (chosen := look(tail.lead, tail.newest, not tail.gap)) is None:
        if page is None or not tail.gap:
            raise RuntimeError(f"{getattr(look, '__qualname__', look)} returned None for a whole session")
        tail = tails.read(at, page, 2 * len(tail.newest))
    return chosen, tail


def _positions(found: Sequence[Recollection]) -> set[int]:
    """Return where everything that was found stands, with what stands around it."""
    around = {message.position for one in found for message in (*one.before, *one.after) if message.position is not None}
    return around | {one.position for one in found}


def _all(store: Store, at: Address) -> Tail:
    messages = [decode_message(entry) for entry in store.entries(at.owner, at.session)]
    lead = list(takewhile(_is_system, messages[:LEAD]))
    return Tail(lead, messages[len(lead) :], gap=False)


def _is_system(message: Message) -> bool:
    return message.role == "system"
