"""What a user's handle knows of the user: facts."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from recollect.core.engine import Engine
from recollect.facts.outcome import FAINT, Hygiene, Learned, Merged, Pruned
from recollect.facts.triples import Graph
from recollect.model import Fact, FactKind, Owner, Source, Trust
from recollect.runtime import Model

if TYPE_CHECKING:
    from recollect.core.finders import Finder


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
        from recollect.core import facts
        from recollect.core.stating import stated

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
        from recollect.core import facts

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
        from recollect.core import facts

        return await facts.correct(self._engine, self._owner, fact, text, value)

    async def forget(self, fact: Fact | str) -> int:
        """As User.forget."""
        from recollect.core import forgetting

        return await forgetting.forget(self._engine, self._owner, fact)

    async def history(self, fact: Fact | str) -> list[Fact]:
        """As User.history."""
        from recollect.core import facts

        return await facts.history(self._engine, self._owner, fact)

    async def graph(
        self, entity: str | None = None, *, depth: int = 1, as_of: datetime | None = None, trust: Trust | None = None, history: bool = False
    ) -> Graph:
        """As User.graph."""
        from recollect.core import facts

        return await facts.graph(self._engine, self._owner, entity, depth, as_of, trust, history)

    async def forget_source(self, source: str) -> int:
        """As User.forget_source."""
        from recollect.core import forgetting

        return await forgetting.forget_source(self._engine, self._owner, source)

    async def learn(
        self, model: Model | None = None, *, rules: "Finder | str | None" = None, sessions: Collection[str] | None = None, limit: int | None = None
    ) -> Learned:
        """As User.learn."""
        from recollect.core import learning

        return await learning.learn(self._engine, self._owner, model, rules, sessions, limit)

    async def prune(self, *, dry_run: bool = True, below: float = FAINT) -> Pruned:
        """As User.prune."""
        from recollect.core import ageing

        return await ageing.prune(self._engine, self._owner, dry_run, below)

    async def restore(self, fact: Fact | str) -> Fact:
        """As User.restore."""
        from recollect.core import ageing

        return await ageing.restore(self._engine, self._owner, fact)

    async def hygiene(self) -> Hygiene:
        """As User.hygiene."""
        from recollect.core import ageing

        return await ageing.hygiene(self._engine, self._owner)

    async def merge(self, facts: Sequence[Fact | str]) -> Merged:
        """As User.merge."""
        from recollect.core import ageing

        return await ageing.merge(self._engine, self._owner, facts)

    async def undo(self, change: str) -> list[Fact]:
        """As User.undo."""
        from recollect.core import ageing

        return await ageing.undo(self._engine, self._owner, change)
