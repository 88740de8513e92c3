"""What a user's handle knows of the user: facts."""

from collections.abc import Collection, Sequence
from datetime import datetime

from recollect.core import ageing, facts, forgetting, learning
from recollect.core.ageing import Merged, Pruned
from recollect.core.engine import Engine
from recollect.core.learning import Finder, Learned
from recollect.core.stating import stated
from recollect.facts.ageing import FAINT
from recollect.facts.hygiene import Hygiene
from recollect.model import Fact, FactKind, Owner, Source, Trust
from recollect.runtime import Model


class AsyncKnown:
    """As Known."""

    _engine: Engine
    _owner: Owner

    async def remember(
        self,
        text: str | None = None,
        *,
        subject: str | None = None,
        attribute: str | None = None,
        value: str | None = None,
        kind: FactKind = "note",
        trust: Trust = "user",
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
        expires: datetime | None = None,
        sources: Sequence[Source | str] = (),
        adds: bool = False,
    ) -> Fact:
        """As User.remember."""
        fact = stated(
            text,
            subject=subject,
            attribute=attribute,
            value=value,
            kind=kind,
            trust=trust,
            valid_from=valid_from,
            valid_to=valid_to,
            expires=expires,
            sources=sources,
            adds=adds,
        )
        return await facts.remember(self._engine, self._owner, fact)

    async def facts(
        self,
        *,
        subject: str | None = None,
        attribute: str | None = None,
        kinds: Collection[FactKind] | None = None,
        as_of: datetime | None = None,
        trust: Trust | None = None,
        source: str | None = None,
        history: bool = False,
        archived: bool = False,
    ) -> list[Fact]:
        """As User.facts."""
        wanted = facts.listed(
            self._engine,
            self._owner,
            subject=subject,
            attribute=attribute,
            kinds=kinds,
            as_of=as_of,
            trust=trust,
            source=source,
            history=history,
            archived=archived,
        )
        return await wanted

    async def correct(self, fact: Fact | str, *, text: str | None = None, value: str | None = None) -> Fact:
        """As User.correct."""
        return await facts.correct(self._engine, self._owner, fact, text, value)

    async def forget(self, fact: Fact | str) -> int:
        """As User.forget."""
        return await forgetting.forget(self._engine, self._owner, fact)

    async def history(self, fact: Fact | str) -> list[Fact]:
        """As User.history."""
        return await facts.history(self._engine, self._owner, fact)

    async def forget_source(self, source: str) -> int:
        """As User.forget_source."""
        return await forgetting.forget_source(self._engine, self._owner, source)

    async def learn(
        self, model: Model | None = None, *, rules: Finder | None = None, sessions: Collection[str] | None = None, limit: int | None = None
    ) -> Learned:
        """As User.learn."""
        return await learning.learn(self._engine, self._owner, model, rules, sessions, limit)

    async def prune(self, *, dry_run: bool = True, below: float = FAINT) -> Pruned:
        """As User.prune."""
        return await ageing.prune(self._engine, self._owner, dry_run, below)

    async def restore(self, fact: Fact | str) -> Fact:
        """As User.restore."""
        return await ageing.restore(self._engine, self._owner, fact)

    async def hygiene(self) -> Hygiene:
        """As User.hygiene."""
        return await ageing.hygiene(self._engine, self._owner)

    async def merge(self, facts: Sequence[Fact | str]) -> Merged:
        """As User.merge."""
        return await ageing.merge(self._engine, self._owner, facts)

    async def undo(self, change: str) -> list[Fact]:
        """As User.undo."""
        return await ageing.undo(self._engine, self._owner, change)
