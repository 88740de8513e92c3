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
    from recollect.core.finders import Finder

RECENT = 1000
"""Sessions that are looked at in each round: those that were updated last, over all users."""

TRIES = 3
"""After so many users in turn of whom nothing could be learned, a round ends: the model or the database seems to be away."""

CLOSING = 2.0
"""Seconds that closing waits for a model's answer. What comes later is not kept, and asked for again by whoever learns next."""


class LearningStatus(Struct, frozen=True):
    """How learning in the background goes: rounds done, messages read, facts found, and the last error of the latest round, if there was one."""

    rounds: int = 0
    messages: int = 0
    found: int = 0
    failure: Exception | None = None


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
        self._failed: set[Owner] = set()
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
        failure: Exception | None = None
        in_turn = 0
        for owner, position in sorted(latest.items(), key=lambda item: item[0] in self._failed):
            if self._over.is_set() or in_turn == TRIES:
                break
            if self._seen.get(owner) != position:
                failed = self._tried(owner)
                failure, in_turn = (failure, 0) if failed is None else (failed, in_turn + 1)
                if failed is None:
                    self._seen[owner] = position
        self._seen = {owner: position for owner, position in self._seen.items() if owner in latest}
        self._failed &= latest.keys()
        return failure

    def _tried(self, owner: Owner) -> Exception | None:
        """Learn from a user. Returns why that failed."""
        try:
            self._learn(owner)
        except Exception as error:  # noqa: BLE001  # the edge to an application's own rules and to its model, each with errors of its own
            self._failed.add(owner)
            return error
        self._failed.discard(owner)
        return None

    def _one(self, owner: Owner, model: Model | None, rules: "Finder | str | None") -> None:
        from recollect.core.learning import learn

        learned = complete(learn(self._engine, owner, model, rules, None, None))
        self._note(messages=learned.messages, found=learned.found, failure=self.status.failure)

    def _note(self, *, rounds: int = 0, messages: int = 0, found: int = 0, failure: Exception | None) -> None:
        before = self.status
        self.status = LearningStatus(before.rounds + rounds, before.messages + messages, before.found + found, failure)
