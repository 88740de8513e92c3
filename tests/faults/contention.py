"""Writers in each other's way: what each appended, when it asked and when it was answered."""

from collections.abc import Callable, Sequence
from time import monotonic_ns
from typing import NamedTuple

from recollect import Memory, Message
from recollect.model import Owner
from recollect.store import Store

from .crew import together

USER = "everyone"


class Append(NamedTuple):
    """One acknowledged append: its session, the ids, the position that was returned, and nanoseconds of the machine's monotonic clock."""

    session: str
    ids: list[str]
    last: int
    asked: int
    answered: int


def append(memory: Memory, session: str, *ids: str) -> Append:
    """Append messages that have these ids."""
    asked = monotonic_ns()
    last = memory.session(session, user=USER).append(*(Message("user", f"text of {id}", id) for id in ids))
    return Append(session, list(ids), last, asked, monotonic_ns())


def write_much(memory: Memory, writer: str, session: str, appends: int) -> list[Append]:
    """Append one, two and three messages by turns."""
    return [append(memory, session, *(f"{writer}.{number}.{n}" for n in range(1 + number % 3))) for number in range(appends)]


def write_together(open_store: Callable[[], Store], sessions: Sequence[str], appends: int) -> list[list[Append]]:
    """Let one process for each given session write at once. Returns what each appended."""

    def write(number: int) -> list[Append]:
        store = open_store()
        done = write_much(Memory(store), str(number), sessions[number], appends)
        store.close()
        return done

    return [[Append(*one) for one in done] for done in together(len(sessions), write)]


def check(memory: Memory, writers: Sequence[Sequence[Append]]) -> None:
    """Check that all is there once, batches whole, each writer's in its order, and no answer contradicted by a later position."""
    appends = sorted((one for writer in writers for one in writer), key=lambda one: one.last)
    for session in {one.session for one in appends}:
        there = memory.session(session, user=USER).messages()
        assert [message.id for message in there] == [id for one in appends if one.session == session for id in one.ids]
        assert all(message.text == f"text of {message.id}" for message in there)
    positions = [change.position for change in memory.store.changes(Owner("", "user", USER), 0, 1_000_000)]
    assert positions == [position for one in appends for position in range(one.last - len(one.ids) + 1, one.last + 1)]
    for writer in writers:
        assert [one.last for one in writer] == sorted(one.last for one in writer)
    answered = sorted(appends, key=lambda one: one.answered)
    highest, heard = 0, 0
    for one in sorted(appends, key=lambda one: one.asked):
        while answered[heard].answered < one.asked:
            highest = max(highest, answered[heard].last)
            heard += 1
        assert one.last - len(one.ids) >= highest, f"{one} was asked for after {highest} had been acknowledged"
