"""Learning in the background: a thread that looks for new messages, so that no append waits for it."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING

from msgspec import Struct

from recollect.core.engine import Engine
from recollect.errors import Invalid, RecollectError
from recollect.model import Owner
from recollect.runtime import Blocking, Model, complete

if TYPE_CHECKING:
    from recollect.core.learning import Finder

RECENT = 1000
"""Sessions that are looked at in each round: those that were updated last, over all users."""


class LearningStatus(Struct, frozen=True):
    """How learning in the background goes: rounds done, messages read, facts found, and the error of the latest round, if it failed."""

    rounds: int = 0
    messages: int = 0
    found: int = 0
    failure: RecollectError | None = None


class Learning:
    """A thread that learns from what users say, a while after they have said it. What it misses while it is off, it learns later."""

    def __init__(self, engine: Engine, tenant: str, model: Model | None, rules: "Finder | None", every: timedelta) -> None:
        if not isinstance(every, timedelta) or every <= timedelta():
            raise Invalid(f"every is {every!r}; give a timedelta above zero")
        self._engine = engine._replace(runtime=Blocking())
        self._tenant = tenant
        self._learn: Callable[[Owner], None] = lambda owner: self._one(owner, model, rules)
        self._every = every.total_seconds()
        self._over = Event()
        self._seen: dict[Owner, int] = {}
        self.status = LearningStatus()
        self._thread = Thread(target=self._run, name="recollect learning", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End behind the user who is learned from now."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                self._round()
                failure = None
            except RecollectError as error:  # told in the status; the next round goes on where this one ended
                failure = error
            self._note(rounds=1, failure=failure)
            if self._over.wait(self._every):
                return

    def _round(self) -> None:
        latest: dict[Owner, int] = {}
        for owner, state in self._engine.store.recent(self._tenant, limit=RECENT):
            if owner.kind == "user":
                latest[owner] = max(latest.get(owner, 0), state.position)
        for owner, position in latest.items():
            if self._over.is_set():
                return
            if self._seen.get(owner) != position:
                self._learn(owner)
                self._seen[owner] = position
        self._seen = {owner: position for owner, position in self._seen.items() if owner in latest}

    def _one(self, owner: Owner, model: Model | None, rules: "Finder | None") -> None:
        from recollect.core.learning import learn

        learned = complete(learn(self._engine, owner, model, rules, None, None))
        self._note(messages=learned.messages, found=learned.found, failure=self.status.failure)

    def _note(self, *, rounds: int = 0, messages: int = 0, found: int = 0, failure: RecollectError | None) -> None:
        before = self.status
        self.status = LearningStatus(before.rounds + rounds, before.messages + messages, before.found + found, failure)
