"""What a user's handle knows of the user: facts."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from recollect.core.engine import Engine
from recollect.facts.outcome import FAINT, Hygiene, Learned, Merged, Pruned
from recollect.facts.triples import Graph
from recollect.model import Fact, FactKind, Owner, Source, Trust
from recollect.runtime import Model, complete

if TYPE_CHECKING:
    from recollect.core.finders import Finder


class Known:
    """Facts: remembered, corrected, forgotten."""

    _engine: Engine
    _owner: Owner

    def remember(
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
        """Remember a fact: a text, or an attribute and its value. The new value of an attribute supersedes the older one, which is kept.

        Args:
            text: the fact as a sentence; made of the attribute and the value unless given.
            subject: whom it is about; the user, where there is an attribute, unless given.
            attribute: what of the subject, such as ``"lives in"``.
            value: such as ``"Lisbon"``.
            kind: ``"profile"``, ``"preference"``, ``"goal"``, ``"event"`` or ``"note"``.
            trust: who told it: ``"user"``, ``"assistant"``, ``"tool"``, ``"inferred"`` or ``"imported"``.
            valid_from: since when it is so (aware); now unless given.
            valid_to: until when, where that is known.
            expires: when it is to be forgotten (aware): behind ``valid_from``.
            sources: what it rests on: messages, or sessions and batches by name.
            adds: the value stands beside the others of its attribute, as likes do.

        Returns:
            What is known now: the older fact, where one says the same and still holds.

        Raises:
            Invalid: it says nothing, or cannot be kept exactly.

        """
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
        return complete(facts.remember(self._engine, self._owner, fact))

    def facts(
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
        """Return what is known of the user, by the time since when it is so.

        Args:
            subject: only about this one (``"user"`` is the user).
            attribute: only this attribute.
            kinds: only these kinds.
            as_of: what was so at this time (aware), and not what is so now.
            trust: only what was told by those who are trusted at least so; nobody else's words supersede these.
            source: only what rests on this session or batch.
            history: also what is over, was denied, or was corrected.
            archived: also what was put aside.

        """
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
        return complete(wanted)

    def correct(self, fact: Fact | str, *, text: str | None = None, value: str | None = None) -> Fact:
        """Put a fact right that was wrong from the beginning: ``as_of`` any time, the new one takes its place. The wrong one is kept in its history.

        Raises:
            NotFound: there is no such fact.

        """
        from recollect.core import facts

        return complete(facts.correct(self._engine, self._owner, fact, text, value))

    def forget(self, fact: Fact | str) -> int:
        """Remove a fact for good, with the older ones that it superseded, and return how many were removed.

        Raises:
            NotFound: there is no such fact.

        """
        from recollect.core import forgetting

        return complete(forgetting.forget(self._engine, self._owner, fact))

    def history(self, fact: Fact | str) -> list[Fact]:
        """Return all that was ever known in a fact's slot, by the time since when it was so.

        Raises:
            NotFound: there is no such fact.

        """
        from recollect.core import facts

        return complete(facts.history(self._engine, self._owner, fact))

    def graph(
        self, entity: str | None = None, *, depth: int = 1, as_of: datetime | None = None, trust: Trust | None = None, history: bool = False
    ) -> Graph:
        """Return what is known as a graph: subjects and values as nodes, attributes as edges. It can be asked, drawn and exported.

        Args:
            entity: only what lies around this one, such as ``"user"`` or ``"Ana"``.
            depth: how far around it: how many edges.
            as_of: what was so at this time (aware), and not what is so now.
            trust: only what was told by those who are trusted at least so.
            history: also what is over, or was corrected.

        """
        from recollect.core import facts

        return complete(facts.graph(self._engine, self._owner, entity, depth, as_of, trust, history))

    def forget_source(self, source: str) -> int:
        """Undo all that rests on a session or a batch alone, take it from the sources of the rest, and return how many facts were removed."""
        from recollect.core import forgetting

        return complete(forgetting.forget_source(self._engine, self._owner, source))

    def learn(
        self, model: Model | None = None, *, rules: "Finder | str | None" = None, sessions: Collection[str] | None = None, limit: int | None = None
    ) -> Learned:
        """Find facts in the messages that have not been looked at yet, and remember them. Each message is learned once, whoever else learns.

        Args:
            model: a LangChain chat model, or another runnable, to be asked; otherwise rules find facts, without a model.
            rules: other rules than those for English: ``"de"``, ``Rules.load(path)``. Each keep an account of their own of what they have read.
            sessions: only these.
            limit: how many messages to look at, at the most.

        Raises:
            Invalid: what is given is no model, or no rules.
            ModelFailed: the model cannot be asked. What was learned before is kept, and the next call goes on from there.

        """
        from recollect.core import learning

        return complete(learning.learn(self._engine, self._owner, model, rules, sessions, limit))

    def prune(self, *, dry_run: bool = True, below: float = FAINT) -> Pruned:
        """Put aside what has faded, and remove what has expired. Unless it is told otherwise, it only tells what it would do.

        Args:
            dry_run: change nothing.
            below: a fact of less strength has faded.

        """
        from recollect.core import ageing

        return complete(ageing.prune(self._engine, self._owner, dry_run, below))

    def restore(self, fact: Fact | str) -> Fact:
        """Bring back a fact that was put aside, as one that was just used.

        Raises:
            NotFound: there is no such fact.

        """
        from recollect.core import ageing

        return complete(ageing.restore(self._engine, self._owner, fact))

    def hygiene(self) -> Hygiene:
        """Return what should be looked at: duplicates, contradictions, what fades, what was never used. No model is asked."""
        from recollect.core import ageing

        return complete(ageing.hygiene(self._engine, self._owner))

    def merge(self, facts: Sequence[Fact | str]) -> Merged:
        """Let the first of some facts stand for all: it gets their sources, and the others are put aside.

        Raises:
            NotFound: one of them is not there.

        """
        from recollect.core import ageing

        return complete(ageing.merge(self._engine, self._owner, facts))

    def undo(self, change: str) -> list[Fact]:
        """Take a pruning or a merging back, as far as its facts are still there, and return those that are known again.

        Raises:
            NotFound: there is no such change, or it was undone.

        """
        from recollect.core import ageing

        return complete(ageing.undo(self._engine, self._owner, change))
