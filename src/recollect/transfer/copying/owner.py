"""Copying one owner's ledger, as far as it goes, and taking it up again where it was left."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from recollect.errors import Conflict
from recollect.model import Document, Entry, Owner
from recollect.store.protocol import Store
from recollect.transfer.copying.documents import OTHER, carried, choose, more, standing
from recollect.transfer.copying.marks import Claim, Mark, Notes, fingerprint
from recollect.transfer.copying.pages import pages
from recollect.transfer.copying.sessions import Carrier, Change, Plan, gather
from recollect.transfer.copying.tally import Tally

MOST_ASIDE = 1000
"""Documents of an owner that may be left alone."""

AT_ONCE = 100
"""Sessions that are tried once more at a time."""


class Passage:
    """One owner's way from a source to a target.

    ``mark`` is how far it has come; its position may be ahead of what is noted, where nothing but notes of other copies was passed.
    ``found``: the target has one.
    """

    def __init__(self, source: Store, target: Store, owner: Owner, notes: Notes, tally: Tally) -> None:
        self.owner = owner
        self.mark = Mark()
        self.found = False
        self.verified = False
        self._stands = 0
        self._source = source
        self._target = target
        self._notes = notes
        self._tally = tally
        self._carrier = Carrier(source, target, owner, tally)

    def resume(self) -> bool:
        """Read where the copy stands. Returns whether there has been one."""
        noted = self._notes.mark(self.owner)
        self.found = noted is not None
        self.mark, self._stands = noted or (Mark(), 0)
        return self.found

    def rests(self) -> bool:
        """Tell whether nothing has happened at the source since the mark: by one read, for those who ask often."""
        following = self._source.changes(self.owner, self.mark.position - 1, 2) if self.mark.position else []
        return len(following) == 1 and following[0].position == self.mark.position and fingerprint(following[0]) == self.mark.seen

    def run(self, stopped: Callable[[], bool], most: int | None = None) -> bool:
        """Copy until there is no more, or so many batches, or until told to stop. Returns whether there is no more."""
        self._carrier.begin()
        for number, batch in enumerate(pages(self._read, self.mark.position)):
            if number == most or stopped():
                return False
            self._carry(batch)
        return True

    def _read(self, after: int, limit: int) -> list[Entry | Document]:
        return self._source.changes(self.owner, after, limit)

    def _carry(self, batch: Sequence[Entry | Document]) -> None:
        """Carry a batch over, and note it."""
        changes, documents = gather(batch), carried(batch)
        last = batch[-1]
        reached = replace(self.mark, position=last.position, seen=fingerprint(last))
        if not changes and not documents:
            self.mark = reached
            return
        if not self.found:
            self._begin()
            reached = replace(reached, since=self.mark.since, sole=self.mark.sole)
        claims = self.sessions(changes)
        here = standing(self._target, self.owner, documents)
        written, aside = choose(documents, here, self.mark.since)
        reached = replace(reached, documents=self.mark.documents + more(written, here, self.mark.since))
        self._write(written, claims, self._set_aside(reached, documents, aside))
        self._tally.count(documents=len(written))
        self._tally.advance(sum(isinstance(item, Entry) for item in batch))

    def sessions(self, changes: Sequence[Change], *, whole: bool = False) -> dict[str, Claim | None]:
        """Carry changes of sessions over, and return what is to be noted of them."""
        known = self._notes.claims(self.owner, [change.name for change in changes])
        plans = [plan for change in changes if (plan := self._carrier.plan(change, known.get(change.name), whole=whole)) is not None]
        intended: dict[str, Claim | None] = {plan.change.name: _intent(plan) for plan in plans if plan.there is not None and not plan.claim.aside}
        if intended:
            self._write([], intended, self.mark)
        claims: dict[str, Claim | None] = {}
        for plan in plans:
            claims[plan.change.name] = self._carrier.carry(plan, self._note)
        return {name: claim for name, claim in claims.items() if claim is not None or name in known or name in intended}

    def _note(self, name: str, claim: Claim) -> None:
        self._write([], {name: claim}, self.mark)

    def _begin(self) -> None:
        """Note that the copy begins."""
        self.mark = Mark(sole=not self._target.changes(self.owner, 0, 1))
        self._write([], {}, self.mark)
        self._notes.check_other(self._source, self.owner, self.mark, self._stands)
        self.mark = replace(self.mark, since=self._stands)

    def _write(self, documents: Sequence[Document], claims: dict[str, Claim | None], mark: Mark) -> None:
        self._stands = self._notes.write(self.owner, documents, claims, mark, self._stands)
        self.mark, self.found = mark, True

    def _set_aside(self, mark: Mark, documents: Sequence[Document], aside: set[tuple[str, str]]) -> Mark:
        """Note which documents are left alone."""
        touched = {(document.collection, document.key) for document in documents}
        for document in touched - aside:
            self._tally.conflicts.settle(self.owner, document=document)
        for document in aside:
            self._tally.conflicts.note(self.owner, OTHER, document=document)
        left = {*mark.aside} - touched | aside
        if len(left) > MOST_ASIDE:
            raise Conflict(f"the target has more than {MOST_ASIDE} other documents of {self.owner.name!r}; is it the right target?", self._stands)
        return replace(mark, aside=tuple(sorted(left)))

    def retry(self) -> None:
        """Try once more what was left alone."""
        names = [name for name, claim in self._notes.every_claim(self.owner).items() if claim.aside or claim.whole or not self.mark.position]
        for start in range(0, len(names), AT_ONCE):
            self.repair(names[start : start + AT_ONCE])
        if self.mark.aside:
            found = standing(self._source, self.owner, [Document(*name, None) for name in self.mark.aside])
            documents = [found.get(name, Document(*name, None)) for name in self.mark.aside]
            here = standing(self._target, self.owner, documents)
            written, aside = choose(documents, here, self.mark.since)
            mark = replace(self.mark, documents=self.mark.documents + more(written, here, self.mark.since))
            self._write(written, {}, self._set_aside(mark, documents, aside))
            self._tally.count(documents=len(written))

    def repair(self, names: Sequence[str]) -> None:
        """Bring sessions to what they are at the source, as far as they are this copy's."""
        claims = self.sessions([Change(name) for name in names], whole=True)
        if claims:
            self._write([], claims, self.mark)


def _intent(plan: Plan) -> Claim:
    return Claim(plan.claim.at, plan.entries[-1].id if plan.entries else "", plan.rest is not None)
