"""What each worker began and what was acknowledged to it, and whether a memory holds just that."""

from collections.abc import Iterable
from itertools import pairwise

from msgspec import Struct

from recollect import Memory, Message
from recollect.model import Document, Owner

from .workload import COLLECTION, SHARED, Kept, Op, State, foretell, message, perform, rewritten

Place = tuple[str | None, str]


class Lost(AssertionError):
    """The memory does not hold what was acknowledged, or holds what nobody wrote."""


class Step(Struct, frozen=True, omit_defaults=True):
    """What a worker says: that it begins an operation, or (``op`` is None) that the one begun last was acknowledged, with its position."""

    worker: str
    op: Op | None = None
    position: int = 0


class Account:
    """One worker: what its data must be, and the operation that was under way at the end, which may or may not have happened."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self.state = State()
        self.pending: Op | None = None
        self.begun = 0
        self.acknowledged = 0
        self.batches: list[tuple[Op, int]] = []
        self._places: set[Place] = set()

    def hear(self, step: Step) -> None:
        """Take note of what the worker said."""
        if step.op is not None:
            self.pending = step.op
            self.begun += 1
        elif self.pending is not None:
            self.acknowledged += 1
            self._happened(self.pending, step.position)

    def retry(self, memory: Memory) -> None:
        """Repeat the pending operation, as a caller would after an unknown outcome: it must then have happened once."""
        if self.pending is not None:
            self._happened(self.pending, perform(memory, self.pending))

    def settle(self, memory: Memory) -> bool | None:
        """Compare with the memory. Returns whether the pending operation has happened; None if none was pending.

        Raises:
            Lost: the memory holds something else.

        """
        op = self.pending
        outcomes = [self.state] if op is None else [self.state, foretell(self.state, op)]
        positions: dict[tuple[Place, str], int] = {}
        self._places.update(*(state.sessions for state in outcomes))
        found = _observe(memory, self.worker, self._places, positions)
        if found not in outcomes:
            raise Lost(f"{self.worker}: {_difference(found, self.state)}; under way was {op}")
        happened = found != self.state
        if op is not None and happened:
            self._happened(op, 0)
        self.pending = None
        for batch, last in self.batches:
            _check_batch(batch, last, positions)
        return None if op is None else happened

    def _happened(self, op: Op, position: int) -> None:
        self.pending = None
        self.state = foretell(self.state, op)
        self._places.update(self.state.sessions)
        if op.kind == "append":
            self.batches.append((op, position))


class Book(dict[str, Account]):
    """The accounts of all workers of one memory."""

    def __missing__(self, worker: str) -> Account:
        """Open the account of a new worker."""
        return self.setdefault(worker, Account(worker))

    def hear(self, steps: Iterable[Step]) -> None:
        """Take note of what the workers said."""
        for step in steps:
            self[step.worker].hear(step)

    def settle(self, memory: Memory) -> list[bool]:
        """Compare with the memory. Returns, for each operation that was under way, whether it has happened.

        Raises:
            Lost: the memory does not hold just what it must.

        """
        happened = [outcome for account in self.values() if (outcome := account.settle(memory)) is not None]
        self._check_shared(memory)
        self._check_ledgers(memory)
        return happened

    def _check_shared(self, memory: Memory) -> None:
        ids = sorted(message.id for message in memory.session(SHARED[1], user=SHARED[0]).messages())
        if ids != sorted(id for account in self.values() for id in account.state.shared):
            raise Lost("the shared session holds messages of nobody, or some twice")

    def _check_ledgers(self, memory: Memory) -> None:
        """Check that each user lists just its sessions, and that the ledger tells of each message, at a position of its own."""
        held: dict[str, dict[str, int]] = {worker: {} for worker in self}
        held[SHARED[0]] = {}
        for account in self.values():
            for (user, session), kept in account.state.sessions.items():
                if user is not None:
                    held[user][session] = len(kept.ids)
            if account.state.shared:
                held[SHARED[0]][SHARED[1]] = held[SHARED[0]].get(SHARED[1], 0) + len(account.state.shared)
        for user, counts in held.items():
            listed = {info.id: info.count for info in memory.user(user).sessions(limit=1000)}
            if listed != counts:
                raise Lost(f"{user} lists the sessions {listed}, and not {counts}")
            changes = memory.store.changes(Owner("", "user", user), 0, 1_000_000)
            if any(one.position >= other.position for one, other in pairwise(changes)):
                raise Lost(f"the ledger of {user} has a position twice, or out of order")
            entries = sum(not isinstance(change, Document) for change in changes)
            if entries != sum(counts.values()):
                raise Lost(f"the ledger of {user} tells of {entries} messages, and not of {sum(counts.values())}")


def _observe(memory: Memory, worker: str, places: set[Place], positions: dict[tuple[Place, str], int]) -> State:
    """Return what a memory holds of a worker's, and set down the positions of its messages."""
    sessions: dict[Place, Kept] = {}
    for user, session in places:
        handle = memory.session(session, user=user)
        info = handle.info()
        if info is not None:
            said = handle.messages()
            sessions[user, session] = Kept(info.title, _ids((user, session), said, positions), _rewritten(said))
    values = memory.user(worker).documents(COLLECTION).get("first", "second")
    notes = {key: value for key, value in zip(("first", "second"), values, strict=True) if value is not None}
    shared = [one for one in memory.session(SHARED[1], user=SHARED[0]).messages() if one.id.startswith(f"{worker}.")]
    return State(sessions, notes, _ids(SHARED, shared, positions))


def _ids(place: Place, messages: list[Message], positions: dict[tuple[Place, str], int]) -> tuple[str, ...]:
    again = _rewritten(messages)
    for one in messages:
        if one != (rewritten(one.id, again[one.id]) if one.id in again else message(one.id)):
            raise Lost(f"message {one.id} of {place} is not what was written")
        positions[place, one.id] = one.position or 0
    return tuple(one.id for one in messages)


def _rewritten(messages: list[Message]) -> dict[str, str]:
    """Return what messages say instead of what they said at first, by id."""
    return {one.id: one.text.removeprefix("instead ") for one in messages if one.text.startswith("instead ")}


def _check_batch(op: Op, last: int, positions: dict[tuple[Place, str], int]) -> None:
    """Check that a batch, if it was not cleared since, is whole, without gaps, and where its acknowledgement said."""
    found = [positions[op.place, id] for id in op.ids if (op.place, id) in positions]
    if not found:
        return
    end = last or found[-1]
    if found != list(range(end - len(op.ids) + 1, end + 1)):
        raise Lost(f"the batch {op.ids[0]} stands at {found}, and not at the {len(op.ids)} positions up to {end}")


def _difference(found: State, expected: State) -> str:
    for place in sorted(found.sessions.keys() | expected.sessions.keys(), key=str):
        one, other = found.sessions.get(place), expected.sessions.get(place)
        if one != other:
            return f"{place} holds {one}, and not {other}"
    return f"found {found.notes} and {found.shared}, and not {expected.notes} and {expected.shared}"
