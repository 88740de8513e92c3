"""Learning in the background: a thread that looks for new messages, so that no append waits for it."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Struct

from recollect.core.auditing import acting
from recollect.core.engine import Engine
from recollect.errors import Invalid, RecollectError
from recollect.model import Owner
from recollect.runtime import Blocking, Model, complete

if TYPE_CHECKING:
    from recollect.core.finders import Finder

RECENT = 1000
"""Sessions that are looked at in each round: those that were updated last, over all users."""

TRIES = 3
"""After so many users in turn of whom nothing could be learned, a round ends: the model or the database seems to be away."""

CLOSING = 2.0
"""Seconds that closing waits for a model's answer. What comes later is not kept, and asked for again by whoever learns next."""


LONGEST = 300.0
"""Seconds for which a user of whom nothing could be learned is left alone, at the most: the pause doubles with each failure, so that no
message has a model asked, and paid, over and over."""


class LearningStatus(Struct, frozen=True):
    """How learning in the background goes: rounds done, messages read, facts found, and how it failed last, as long as somebody waits for that."""

    rounds: int = 0
    messages: int = 0
    found: int = 0
    failure: Exception | None = None


class _Rest(Struct, frozen=True):
    """That a user is left alone: until when, by the monotonic clock, for how long, in seconds, and why."""

    until: float
    pause: float
    failure: Exception


class Learning:
    """A thread that learns from what users say, a while after they have said it. What it misses while it is off, it learns later."""

    def __init__(self, engine: Engine, tenant: str, model: Model | None, rules: "Finder | str | None", every: timedelta) -> None:
        if not isinstance(every, timedelta) or every <= timedelta():
            raise Invalid(f"every is {every!r}; give a timedelta above zero")
        from recollect.core.finders import way

        way(model, rules)
        self._engine = engine._replace(runtime=Blocking())
        self._tenant = tenant
        self._learn: Callable[[Owner], None] = lambda owner: self._one(owner, model, rules)
        self._every = every.total_seconds()
        self._over = Event()
        self._seen: dict[Owner, int] = {}
        self._resting: dict[Owner, _Rest] = {}
        self.status = LearningStatus()
        self._thread = Thread(target=self._run, name="recollect learning", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End behind the user who is learned from now, if that does not take long."""
        self._over.set()
        self._thread.join(CLOSING)

    def _run(self) -> None:
        while True:
            try:
                failure = self._round()
            except RecollectError as error:  # told in the status; the next round tries again
                failure = error
            self._note(rounds=1, failure=failure)
            if self._over.wait(self._every):
                return

    def _round(self) -> Exception | None:
        """Learn from all who said something, last from those with whom that failed before, so that nobody is in the way of the others."""
        latest: dict[Owner, int] = {}
        for owner, state in self._engine.store.recent(self._tenant, limit=RECENT):
            if owner.kind == "user":
                latest[owner] = max(latest.get(owner, 0), state.position)
        in_turn = 0
        for owner, position in sorted(latest.items(), key=lambda item: item[0] in self._resting):
            if self._over.is_set() or in_turn == TRIES:
                break
            rest = self._resting.get(owner)
            if self._seen.get(owner) != position and (rest is None or rest.until <= monotonic()):
                if self._tried(owner):
                    self._seen[owner], in_turn = position, 0
                else:
                    in_turn += 1
        self._seen = {owner: position for owner, position in self._seen.items() if owner in latest}
        self._resting = {owner: rest for owner, rest in self._resting.items() if owner in latest}
        return max(self._resting.values(), key=lambda rest: rest.until - rest.pause).failure if self._resting else None

    def _tried(self, owner: Owner) -> bool:
        """Learn from a user, or leave the user alone for a while, twice as long as before. Returns whether that went well."""
        try:
            self._learn(owner)
        except Exception as error:  # noqa: BLE001  # the edge to an application's own rules and to its model, each with errors of its own
            before = self._resting.get(owner)
            pause = min(self._every if before is None else before.pause * 2, LONGEST)
            self._resting[owner] = _Rest(monotonic() + pause, pause, error)
            return False
        self._resting.pop(owner, None)
        return True

    def _one(self, owner: Owner, model: Model | None, rules: "Finder | str | None") -> None:
        from recollect.core.learning import learn

        with acting("", "learning in the background"):
            learned = complete(learn(self._engine, owner, model, rules, None, None))
        self._note(messages=learned.messages, found=learned.found, failure=self.status.failure)

    def _note(self, *, rounds: int = 0, messages: int = 0, found: int = 0, failure: Exception | None) -> None:
        before = self.status
        self.status = LearningStatus(before.rounds + rounds, before.messages + messages, before.found + found, failure)
