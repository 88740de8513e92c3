"""What the proofs let a memory do: random operations, whose effect anybody can foretell."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Literal

from msgspec import Struct

from recollect import Memory, Message

SHARED = ("everyone", "shared")
"""The session to which all workers append; no worker does anything else to it."""

COLLECTION = "notes"


class Op(Struct, frozen=True, omit_defaults=True):
    """One operation. ``ids``: of the messages to append; ``target``: the session to fork into; ``value``: a title, or the notes' value."""

    kind: Literal["append", "clear", "delete", "fork", "put", "update"]
    user: str | None
    session: str
    ids: tuple[str, ...] = ()
    target: str = ""
    value: str = ""

    @property
    def place(self) -> tuple[str | None, str]:
        """The session that it is about."""
        return self.user, self.session


class Kept(Struct, frozen=True):
    """What a session holds."""

    title: str | None = None
    ids: tuple[str, ...] = ()


class State(Struct, frozen=True):
    """What a worker's own sessions and notes hold, by place and by key, and which messages of SHARED are its own."""

    sessions: dict[tuple[str | None, str], Kept] = {}
    notes: dict[str, str] = {}
    shared: tuple[str, ...] = ()


@lru_cache(maxsize=100_000)
def message(id: str) -> Message:
    """Return the one message that has this id."""
    rng = Random(id)
    size = rng.choice((0, 10, 100, 400, 400, 2000, 9000))
    text = f"{id} é\0\n" + rng.choice("abc ") * size
    created = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(10**7))
    return Message(rng.choice(("user", "assistant")), text, id, created=created, tokens=rng.choice((None, size)), metadata={"size": size})


def next_op(rng: Random, worker: str, number: int, state: State) -> Op:
    """Return a worker's next operation. ``number``: how many it began before."""
    own = [("everyone", f"{worker}-0"), (worker, f"{worker}-1"), (worker, f"{worker}-2"), (None, f"{worker}-3")]
    kind = rng.choices(("append", "shared", "clear", "delete", "fork", "put", "update"), (70, 12, 3, 2, 4, 5, 4))[0]
    user, session = rng.choice(own)
    if kind in {"append", "shared"}:
        size = rng.choice((1, 1, 2, 2, 3, 8, 60))
        user, session = SHARED if kind == "shared" else (user, session)
        return Op("append", user, session, tuple(f"{worker}.{number}.{n}" for n in range(size)))
    if kind == "fork" and (user, session) in state.sessions and state.sessions[user, session].ids:
        return Op("fork", user, session, target=f"{worker}-fork-{number}")
    if kind in {"put", "fork"}:
        return Op("put", worker, "", value=str(number))
    return Op(kind, user, session, value=str(number))


def perform(memory: Memory, op: Op) -> int:
    """Carry an operation out. Returns the position of an append, 0 of others."""
    session = memory.session(op.session, user=op.user) if op.session else None
    match op.kind:
        case "append":
            return session.append(*map(message, op.ids))
        case "clear":
            session.clear()
        case "delete":
            session.delete()
        case "fork":
            session.fork(op.target)
        case "update":
            session.update(title=op.value)
        case "put":
            memory.user(op.user).documents(COLLECTION).put({"first": op.value, "second": op.value})
    return 0


def foretell(state: State, op: Op) -> State:
    """Return what a worker's data are to be once an operation has happened."""
    if op.kind == "put":
        return State(state.sessions, {"first": op.value, "second": op.value}, state.shared)
    if op.place == SHARED:
        return State(state.sessions, state.notes, state.shared + op.ids)
    sessions = dict(state.sessions)
    before = sessions.get(op.place)
    kept = before or Kept()
    match op.kind:
        case "append":
            sessions[op.place] = Kept(kept.title, kept.ids + op.ids)
        case "clear" if before is not None:
            sessions[op.place] = Kept(kept.title)
        case "delete":
            sessions.pop(op.place, None)
        case "fork":
            sessions[op.user, op.target] = Kept(None, kept.ids)
        case "update":
            sessions[op.place] = Kept(op.value, kept.ids)
    return State(sessions, state.notes, state.shared)
