"""Facts as triples, subject, relation, object; and the graph that they make."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Self
from unicodedata import combining, normalize

from msgspec import Struct

from recollect.facts.finding import USER
from recollect.model import Fact, Source, Trust


class Triple(Struct, frozen=True, kw_only=True):
    """What a fact says of a subject, with where it comes from.

    Args:
        subject: whom it is about, as it was written first.
        relation: the fact's attribute.
        object: its value.
        fact: the fact's id.
        sources: the messages that it rests on.
        trust: who told it.
        valid_from: from when it holds.
        valid_to: when it was over, or will be; None: it holds on.

    """

    subject: str
    relation: str
    object: str
    fact: str
    sources: tuple[Source, ...] = ()
    trust: Trust = "user"
    valid_from: datetime
    valid_to: datetime | None = None


def triples(facts: Iterable[Fact]) -> Iterator[Triple]:
    """Yield the facts that say something of a subject as triples; those that are only text, or deny something, are none."""
    for fact in facts:
        if fact.attribute and fact.value and not fact.denies:
            yield Triple(
                subject=fact.subject or USER,
                relation=fact.attribute,
                object=fact.value,
                fact=fact.id,
                sources=fact.sources,
                trust=fact.trust,
                valid_from=fact.valid_from,
                valid_to=fact.valid_to,
            )


def folded(name: str) -> str:
    """Return a name without differences of case, accents and space: by it, entities are one."""
    letters = "".join(sign for sign in normalize("NFKD", name) if not combining(sign))
    return " ".join(normalize("NFKC", letters).casefold().split())


class Graph:
    """Triples, by what they connect. Entities are one where their names differ only in case and accents.

    "user's sister" and "Ana" are one too, where it is told that Ana is the user's sister and that nobody else is.

    Args:
        found: the triples, in an order that decides how names are written, and how the graph is drawn.

    """

    def __init__(self, found: Iterable[Triple]) -> None:
        self.triples = tuple(found)
        self._names: dict[str, str] = {}
        self._edges: dict[str, list[int]] = {}
        self._one = _relatives(self.triples)
        for number, triple in enumerate(self.triples):
            for name in dict.fromkeys((self.key(triple.subject), self.key(triple.object))):
                self._edges.setdefault(name, []).append(number)
            for name in (triple.subject, triple.object):
                if folded(name) == self.key(name):
                    self._names.setdefault(folded(name), name)

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> Self:
        """Return the graph of facts."""
        return cls(triples(facts))

    def key(self, entity: str) -> str:
        """Return what an entity is known by, however it is written."""
        name = folded(entity)
        return self._one.get(name, name)

    def name(self, entity: str) -> str:
        """Return an entity as it was written first; as it is asked for where there is no such."""
        return self._names.get(self.key(entity), entity)

    def entities(self) -> list[str]:
        """Return the names of all entities, in the order in which they were told."""
        return [self.name(key) for key in self._edges]

    def about(self, entity: str) -> list[Triple]:
        """Return the triples that an entity is the subject or the object of."""
        return [self.triples[number] for number in self._edges.get(self.key(entity), ())]

    def around(self, entity: str, depth: int = 1) -> "Graph":
        """Return the part of the graph that lies so many triples around an entity, at most."""
        far = {self.key(entity): 0}
        queue, kept = deque(far), set[int]()
        while queue:
            here = queue.popleft()
            if far[here] >= depth:
                continue
            for number in self._edges.get(here, ()):
                kept.add(number)
                for end in (self.key(self.triples[number].subject), self.key(self.triples[number].object)):
                    if end not in far:
                        far[end] = far[here] + 1
                        queue.append(end)
        part = Graph(self.triples[number] for number in sorted(kept))
        part._one = self._one | part._one
        return part

    def svg(self, root: str = USER) -> str:
        """Return a picture (SVG), from left to right: from an entity to what it is connected with."""
        from recollect.facts.drawing import svg

        return svg(self, root)

    def graphml(self) -> str:
        """Return the graph as GraphML, for other programs."""
        from recollect.facts.graphml import graphml

        return graphml(self)

    def json(self) -> str:
        """Return the graph as JSON: nodes and edges."""
        from recollect.facts.graphml import json

        return json(self)

    def __len__(self) -> int:
        """Count the triples."""
        return len(self.triples)

    def __contains__(self, entity: object) -> bool:
        return isinstance(entity, str) and self.key(entity) in self._edges


def _relatives(found: tuple[Triple, ...]) -> dict[str, str]:
    """Return "user's sister" to "ana", where there is just one."""
    known: dict[str, set[str]] = {}
    for triple in found:
        known.setdefault(folded(f"{triple.subject}'s {triple.relation}"), set()).add(folded(triple.object))
    subjects = {folded(triple.subject) for triple in found}
    return {role: next(iter(names)) for role, names in known.items() if len(names) == 1 and role in subjects and role not in names}
