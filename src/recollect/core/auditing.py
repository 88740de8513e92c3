"""What the audit is told of a use case: who, what, of whom, with what result."""

from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from msgspec import Struct

from recollect.codec.plain import check_name
from recollect.core.address import Address
from recollect.core.engine import Engine
from recollect.errors import RecollectError, StoreError
from recollect.model import Entry, Fact, Message, Owner, Recollection

if TYPE_CHECKING:
    from recollect.core.trail import Trail

P = ParamSpec("P")
T = TypeVar("T")

Whom = Owner | Address | str | None
"""Whose data an action is about: an owner's, a session's; nobody's in particular where it is a tenant's or None."""


class Span(NamedTuple):
    """Messages of one session that follow on each other: ids and positions of the first and the last, and how many."""

    session: str
    first: tuple[str, int]
    last: tuple[str, int]
    size: int


class Draft(Struct):
    """What is to be noted of an action that is under way. Use cases add what they handle: how much, and which messages and facts."""

    action: str
    actor: str
    purpose: str
    owner: Owner | None
    session: str | None
    trail: "Trail | None" = None
    counts: dict[str, int] = {}
    spans: list[Span] = []
    facts: list[tuple[str, int]] = []
    bound: bool = False
    begun: int = 0

    def count(self, **counts: int) -> None:
        """Add to the counts."""
        for name, number in counts.items():
            self.counts[name] = self.counts.get(name, 0) + number

    def wrote(self, session: str, entries: Sequence[Entry], last: int) -> None:
        """Take in that entries were appended up to a position."""
        self.count(messages=len(entries))
        if entries:
            self.spans.append(Span(session, (entries[0].id, last - len(entries) + 1), (entries[-1].id, last), len(entries)))

    def read(self, session: str, messages: Sequence[Message]) -> None:
        """Take in messages that follow on each other in a session."""
        self.count(messages=len(messages))
        if messages:
            self.spans.append(Span(session, _place(messages[0]), _place(messages[-1]), len(messages)))

    def chose(self, session: str, messages: Iterable[Message], lead: Sequence[Message], newest: Sequence[Message], *, gap: bool) -> None:
        """Take in messages that were chosen from a session's lead and its newest messages: those that follow on each other there as one."""
        places = {message.position: number for number, message in enumerate(lead)}
        places |= {message.position: number for number, message in enumerate(newest, len(lead) + gap)}
        run: list[Message] = []
        for message in messages:
            place = places.get(message.position) if message.position is not None else None
            if place is None:
                continue
            if run and places[run[-1].position] + 1 != place:
                self.read(session, run)
                run = []
            run.append(message)
        if run:
            self.read(session, run)

    def gave(self, said: Iterable[tuple[str, Message]]) -> None:
        """Take in messages of several sessions, in the ledger's order: those at positions that follow on each other as one."""
        run: list[Message] = []
        among = ""
        for session, message in said:
            if run and (session, message.position) != (among, (run[-1].position or 0) + 1):
                self.read(among, run)
                run = []
            among = session
            run.append(message)
        if run:
            self.read(among, run)

    def recalled(self, found: Iterable[Recollection]) -> None:
        """Take in what was recalled, with what stands around it."""
        for one in found:
            if one.fact is not None:
                self.knew([one.fact])
            elif one.message is not None and one.session is not None:
                self.read(one.session, [*one.before, one.message, *one.after])

    def knew(self, facts: Collection[Fact]) -> None:
        """Take in facts."""
        self.count(facts=len(facts))
        self.facts.extend((fact.id, fact.position) for fact in facts)


class Acting(NamedTuple):
    """Who acts, and what for."""

    actor: str
    purpose: str


_acting: ContextVar[Acting | None] = ContextVar("recollect_acting", default=None)


@contextmanager
def acting(actor: str, purpose: str) -> Iterator[None]:
    """Have what is done within the block noted as somebody's, in whichever memory: by this thread, or this task and those that it starts."""
    token = _acting.set(Acting(check_name(actor, "the actor", empty=True), check_name(purpose, "the purpose", empty=True)))
    try:
        yield
    finally:
        _acting.reset(token)


def draft(trail: "Trail", action: str, whom: Whom) -> Draft:
    """Return a draft of what is about to be done, by whom it is done now."""
    actor, purpose = _acting.get() or ("", "")
    owner = whom.owner if isinstance(whom, Address) else whom if isinstance(whom, Owner) else None
    session = whom.session if isinstance(whom, Address) else None
    return Draft(action, actor or trail.actor, purpose, owner, session, trail)


Told = Callable[[Draft, Any], object]
"""Adds to a draft what a use case's result tells."""


def audited(
    action: str, told: Told | None = None
) -> Callable[[Callable[Concatenate[Engine, P], Coroutine[Any, Any, T]]], Callable[Concatenate[Engine, P], Coroutine[Any, Any, T]]]:
    """Have a use case noted under the name of an action, where the memory is audited. What it does by way of others is not noted again.

    Its arguments are the engine, and whom it is about. Within, ``engine.draft`` takes in what it handles.
    """

    def noting(use_case: Callable[Concatenate[Engine, P], Coroutine[Any, Any, T]]) -> Callable[Concatenate[Engine, P], Coroutine[Any, Any, T]]:
        @wraps(use_case)
        def run(engine: Engine, /, *args: P.args, **options: P.kwargs) -> Coroutine[Any, Any, T]:
            if engine.audit is None:
                return use_case(engine, *args, **options)
            return note(engine, engine.audit, *args, **options)

        async def note(engine: Engine, trail: "Trail", *args: P.args, **options: P.kwargs) -> T:
            one = draft(trail, action, _whom(args))
            if not trail.notes(action):
                return await use_case(engine._replace(audit=None, draft=one), *args, **options)
            if trail.announces(action):
                await engine.runtime.io(trail.begin, one)
            try:
                value = await use_case(engine._replace(audit=None, draft=one), *args, **options)
            except BaseException as error:
                await engine.runtime.io(trail.fail, one, error)
                raise
            if told is not None:
                told(one, value)
            await engine.runtime.io(trail.end, one)
            return value

        run.action = action  # type: ignore[attr-defined]  # by which the tests find what is audited
        return run

    return noting


@contextmanager
def noted(engine: Engine, action: str, whom: Whom) -> Iterator[Draft]:
    """Note what is done within the block, by calls that block. Use an engine without ``audit`` there, so that nothing is noted twice."""
    trail = engine.audit
    if trail is None or not trail.notes(action):
        yield Draft(action, "", "", None, None)
        return
    one = draft(trail, action, whom)
    if trail.announces(action):
        trail.begin(one)
    try:
        yield one
    except BaseException as error:
        trail.fail(one, error)
        raise
    trail.end(one)


def refused(error: BaseException) -> bool:
    """Tell whether an error is an answer: what was asked was not allowed, or did not fit. Others are failures."""
    return isinstance(error, RecollectError) and not isinstance(error, StoreError)


def _whom(args: tuple[Any, ...]) -> Whom:
    return args[0] if args and isinstance(args[0], Owner | Address) else None


def _place(message: Message) -> tuple[str, int]:
    return message.id, message.position or 0
