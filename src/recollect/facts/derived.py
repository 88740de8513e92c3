"""All that is known of somebody, seen together, and kept up to date as facts come and go."""

from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from recollect.facts.finding import USER
from recollect.facts.identity import Slot, fold, slot_of
from recollect.facts.timeline import derive_slot
from recollect.model import Fact

RELATED = "user's "
"""What a subject begins with that is called by what it is to the user: "user's sister". It goes by its name, where there is one."""


class Derived:
    """What facts say together, by slot: a change of one slot's facts is worked out in this slot alone.

    It may reach farther where it gives somebody a name, or where a text replaces another one: then everything is worked out anew.
    """

    def __init__(self) -> None:
        self._facts: dict[str, Fact] = {}
        self._related: Counter[str] = Counter()
        self._replaced: Counter[str] = Counter()
        self._names: dict[str, str] = {}
        self._whole: list[Fact] = []
        self._anew = False
        self._begin()

    def _begin(self) -> None:
        self._slots: dict[Slot, dict[str, Fact]] = {}
        self._where: dict[str, Slot] = {}
        self._seen: dict[Slot, list[Fact]] = {}
        self._changed: set[Slot] = set()

    def put(self, fact: Fact) -> None:
        """Take in a fact, in the place of the one of its id."""
        self.remove(fact.id)
        self._facts[fact.id] = fact
        self._count(fact, 1)
        self._place(fact)

    def remove(self, id: str) -> None:
        """Let go of a fact, if there is one of this id."""
        fact = self._facts.pop(id, None)
        if fact is not None:
            self._count(fact, -1)
            slot = self._where.pop(id)
            del self._slots[slot][id]
            self._changed.add(slot)

    def facts(self) -> list[Fact]:
        """Return what is known, by ``valid_from``. The list is the same until something changes; it is not to be changed itself."""
        if self._changed or self._anew:
            names = self._find_names()
            if self._anew or names != self._names:
                self._names = names
                self._begin()
                for fact in self._facts.values():
                    self._place(fact)
                self._whole = []
                self._anew = False
            self._work_out()
        return self._whole

    def history(self, id: str) -> list[Fact]:
        """Return what is known in the slot of a fact, by ``valid_from``; nothing if there is no fact of this id."""
        self.facts()
        slot = self._where.get(id)
        return [] if slot is None else sorted(self._seen[slot], key=_order)

    def _count(self, fact: Fact, by: int) -> None:
        subject = fold(fact.subject)
        if subject.startswith(RELATED):
            self._related[subject.removeprefix(RELATED)] += by
        if fact.attribute is None:
            self._anew |= fact.replaces is not None or self._replaced[fact.id] > 0
            if fact.replaces is not None:
                self._replaced[fact.replaces] += by

    def _place(self, fact: Fact) -> None:
        name = self._names.get(fold(fact.subject)) if self._names else None
        first = fact
        for _ in range(len(self._facts) if fact.attribute is None and fact.replaces is not None else 0):  # an end, should two name each other
            if first.replaces is None or first.replaces not in self._facts:
                break
            first = self._facts[first.replaces]
        slot = self._where[fact.id] = slot_of(first if name is None else replace(first, subject=name))
        self._slots.setdefault(slot, {})[fact.id] = fact if name is None else replace(fact, subject=name)
        self._changed.add(slot)

    def _find_names(self) -> dict[str, str]:
        """Return the names of those whom facts call by what they are to the user. Who has two sisters leaves it open."""
        names = {}
        for relation, count in self._related.items():
            slot = self._slots.get(Slot(USER, relation)) if count else None
            values = [fact.value for fact in derive_slot(list(slot.values())) if not fact.denies and fact.valid_to is None] if slot else []
            if len(values) == 1 and values[0] is not None:
                names[RELATED + relation] = values[0]
        return names

    def _work_out(self) -> None:
        gone: set[int] = set()
        new: list[Fact] = []
        for slot in self._changed:
            gone.update(map(id, self._seen.pop(slot, ())))
            facts = self._slots[slot]
            if facts:
                self._seen[slot] = list(derive_slot(list(facts.values())))
                new += self._seen[slot]
            else:
                del self._slots[slot]
        self._changed = set()
        self._whole = sorted([*(fact for fact in self._whole if id(fact) not in gone), *new], key=_order)


def derive(facts: Iterable[Fact]) -> list[Fact]:
    """Return what facts say together: when each began and ended and by which other, with its repetitions in one.

    The first of those that say the same stands for all of them. The facts come by ``valid_from``.
    """
    derived = Derived()
    for fact in facts:
        derived.put(fact)
    return derived.facts()


def _order(fact: Fact) -> tuple[object, ...]:
    return (fact.valid_from, fact.order, fact.id)
