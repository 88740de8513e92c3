"""What the proofs let a memory do: random operations, whose effect anybody can foretell."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from recollect import Memory, Message
from recollect.codec import encode_message
from recollect.model import Owner
from recollect.store import Store

SHARED = ("everyone", "shared")
"""The session to which all workers append; no worker does anything else to it."""

COLLECTION = "notes"


class Op(Struct, frozen=True, omit_defaults=True):
    """One operation.

    ``ids``: of the messages to append or to rewrite; ``target``: the session to fork into; ``value``: a title, the notes' value, or what is
    said instead.
    """

    kind: Literal["append", "clear", "delete", "fork", "put", "rewrite", "update"]
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
    """What a session holds. ``rewritten``: what messages say instead, by id."""

    title: str | None = None
    ids: tuple[str, ...] = ()
    rewritten: dict[str, str] = {}


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


def rewritten(id: str, value: str) -> Message:
    """Return the message of this id once it was rewritten."""
    was = message(id)
    return Message(was.role, f"instead {value}", id, created=was.created, tokens=len(value), metadata=was.metadata)


def next_op(rng: Random, worker: str, number: int, state: State) -> Op:
    """Return a worker's next operation. ``number``: how many it began before."""
    own = [("everyone", f"{worker}-0"), (worker, f"{worker}-1"), (worker, f"{worker}-2"), (None, f"{worker}-3")]
    kind = rng.choices(("append", "shared", "clear", "delete", "fork", "put", "update", "rewrite"), (70, 12, 3, 2, 4, 5, 4, 8))[0]
    user, session = rng.choice(own)
    if kind in {"append", "shared"}:
        size = rng.choice((1, 1, 2, 2, 3, 8, 60))
        user, session = SHARED if kind == "shared" else (user, session)
        return Op("append", user, session, tuple(f"{worker}.{number}.{n}" for n in range(size)))
    ids = state.sessions[user, session].ids if (user, session) in state.sessions else ()
    if kind == "fork" and ids:
        return Op("fork", user, session, target=f"{worker}-fork-{number}")
    if kind == "rewrite" and ids:
        return Op("rewrite", user, session, tuple(sorted({*rng.choices(ids, k=10)})), value=str(number))
    if kind in {"put", "fork", "rewrite"}:
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
        case "rewrite":
            _rewrite(memory.store, op)
        case "update":
            session.update(title=op.value)
        case "put":
            memory.user(op.user).documents(COLLECTION).put({"first": op.value, "second": op.value})
    return 0


def _rewrite(store: Store, op: Op) -> None:
    """Rewrite messages as whoever redacts does: by the edition that was read."""
    owner = Owner("", "session", op.session) if op.user is None else Owner("", "user", op.user)
    found = store.entries(owner, op.session)
    wanted = [replace(encode_message(rewritten(item.id, op.value), item.id), position=item.position) for item in found if item.id in op.ids]
    if wanted:
        store.rewrite(owner, op.session, wanted, edition=found[0].edition)


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
            sessions[op.place] = Kept(kept.title, kept.ids + op.ids, kept.rewritten)
        case "clear" if before is not None:
            sessions[op.place] = Kept(kept.title)
        case "delete":
            sessions.pop(op.place, None)
        case "fork":
            sessions[op.user, op.target] = Kept(None, kept.ids, kept.rewritten)
        case "rewrite" if before is not None:
            sessions[op.place] = Kept(kept.title, kept.ids, kept.rewritten | dict.fromkeys(op.ids, op.value))
        case "update":
            sessions[op.place] = Kept(op.value, kept.ids, kept.rewritten)
    return State(sessions, state.notes, state.shared)
