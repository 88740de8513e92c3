"""Messages: appending, reading, viewing."""

from collections.abc import Sequence
from itertools import takewhile
from typing import TypeVar

from recollect.codec import decode_message, encode_message
from recollect.core.engine import Address, Engine
from recollect.errors import Invalid
from recollect.model import Entry, Message, Role
from recollect.store.protocol import Store
from recollect.views.view import View

T = TypeVar("T")

LONGEST_READ = 1000
"""Messages that a view is shown more at a time, at the most."""

LEAD = 4
"""The first messages of a session, among which the system messages are looked for that stay in front of a longer one."""


def said(messages: Sequence[Message], system: str | None, user: str | None, assistant: str | None) -> list[Message]:
    """Return the messages, and one for each text."""
    texts: tuple[tuple[Role, str | None], ...] = (("system", system), ("user", user), ("assistant", assistant))
    return [*messages, *(Message(role, text) for role, text in texts if text is not None)]


async def append(engine: Engine, at: Address, messages: Sequence[Message], expect: int | None) -> int:
    """Add messages at the end of a session, all or none, and return the position of the last."""
    entries = [encode_message(message, f"message {number}") for number, message in enumerate(messages)]
    return await engine.runtime.io(engine.store.append, at.owner, at.session, entries, expect=expect)


async def read(engine: Engine, at: Address, *, last: int | None, after: int, before: int | None, limit: int | None) -> list[Message]:
    """Return the messages with ``after < position < before``: all, the first ``limit``, or the ``last`` so many."""
    for name, value in (("last", last), ("after", after), ("before", before), ("limit", limit)):
        if value is not None and (type(value) is not int or value < 0):
            raise Invalid(f"{name} is {value!r}; give a whole number from 0 up")
    if last is not None and limit is not None:
        raise Invalid("last and limit were both given; give one of them")
    size = limit if last is None else last
    entries = await engine.runtime.io(engine.store.entries, at.owner, at.session, after=after, before=before, limit=size, newest=last is not None)
    return [decode_message(entry) for entry in entries]


async def context(engine: Engine, at: Address, view: View[T]) -> T:
    """Return what a view makes of a session, reading only as much of it as the view needs."""
    return await engine.runtime.io(_context, engine.store, at, view)


def _context(store: Store, at: Address, view: View[T]) -> T:
    size = view.page
    tail: list[Message] = []
    lead: list[Message] | None = None
    while True:
        before = tail[0].position if tail else None
        older = store.entries(at.owner, at.session, before=before, limit=size, newest=True)
        tail = [*map(decode_message, older), *tail]
        whole = size is None or len(older) < size
        if whole:
            lead = list(takewhile(_is_system, tail[:LEAD]))
        elif lead is None:
            lead = _lead(store, at)
        rest = _behind(lead, tail)
        whole = whole or len(rest) < len(tail)
        chosen = view.select(lead, rest, whole)
        if chosen is not None:
            return chosen
        if whole or size is None:
            raise RuntimeError(f"{type(view).__name__}.select returned None for a whole session")
        size = min(2 * len(tail), LONGEST_READ)


def _lead(store: Store, at: Address) -> list[Message]:
    """Return the system messages that a session opens with, LEAD at the most. Nearly always there is one, or none."""
    first = store.entries(at.owner, at.session, limit=1)
    if not first or first[0].role != "system":
        return []
    more = store.entries(at.owner, at.session, after=first[0].position, limit=LEAD - 1)
    return list(takewhile(_is_system, map(decode_message, [*first, *more])))


def _behind(lead: list[Message], tail: list[Message]) -> list[Message]:
    """Return the messages of the tail that follow the lead."""
    known = {message.position for message in lead}
    return tail[sum(message.position in known for message in tail[:LEAD]) :] if known else tail


def _is_system(message: Message) -> bool:
    return message.role == "system"
