"""Carrying the changes of one owner's sessions over: entries, settings, and that they were cleared or deleted."""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from recollect.errors import Conflict
from recollect.model import Document, Entry, Owner, SessionState
from recollect.store.protocol import NOTICES, REMOVED, REWRITTEN, SETTINGS, Store
from recollect.transfer.copying.marks import Claim
from recollect.transfer.copying.pages import pages
from recollect.transfer.copying.rewriting import Rewriter, is_equal, is_same
from recollect.transfer.copying.tally import Tally

REASONS = {
    "other messages": "the target has other messages in this session; delete it there, and copy again",
    "other settings": "the target has another title, metadata or time to live for this session; delete it there, and copy again",
    "deleted": "the source deleted this session, and the target has other messages in it besides; delete it there",
}


TRIES = 3
"""So often entries are sent that are rewritten meanwhile."""

Noting = Callable[[str, Claim], None]
"""Notes the claim on a session before something is done to it."""


class Change(Struct):
    """What a batch says of one session: new entries, that those of before are gone, or that some of them hold something else.

    ``last``: the position that it moves to.
    """

    name: str
    removed: bool = False
    rewritten: bool = False
    entries: list[Entry] = field(default_factory=list)
    last: int = 0


class Plan(Struct):
    """What is to be done to a session of the target.

    Args:
        change: why.
        claim: what is noted before it is done.
        position: of the session in the target.
        there: the source's session; None where it is over or deleted.
        here: the target's session.
        entries: what is to be appended.
        rest: the source's position behind which all other entries are to be appended, too; None where the batch has all.
        rewritten: entries that are there may hold something else at the source.
        ours: the copy has made the target's session.

    """

    change: Change
    claim: Claim
    position: int
    there: SessionState | None
    here: SessionState | None
    entries: list[Entry]
    rest: int | None = None
    rewritten: bool = False
    ours: bool = True


def gather(items: Iterable[Entry | Document]) -> list[Change]:
    """Return the changes of sessions, the one with the latest activity last, so that listings keep their order."""
    changes: dict[str, Change] = {}
    for item in items:
        name = item.session if isinstance(item, Entry) else item.key if item.collection in (SETTINGS, *NOTICES) else None
        if name is None:
            continue
        change = changes.setdefault(name, Change(name))
        if isinstance(item, Entry):
            change.entries.append(item)
            change.last = item.position
        elif item.collection == REMOVED:
            change.removed, change.last = True, item.position
        elif item.collection == REWRITTEN:
            change.rewritten = True
        elif item.body is None:
            change.removed = True
    return sorted(changes.values(), key=lambda change: change.last)


class Carrier:
    """Carries one owner's sessions from a source to a target.

    Each session is planned first, from what both sides have; then what may happen is noted; then it is done, and noted as
    done. So whoever is killed in between finds by the notes which messages of the target are the copy's own.
    """

    def __init__(self, source: Store, target: Store, owner: Owner, tally: Tally) -> None:
        self._source = source
        self._target = target
        self._owner = owner
        self._tally = tally
        self._rewriter = Rewriter(source, target, owner)
        self._sent: dict[str, int] = {}
        self._counted: set[str] = set()

    def begin(self) -> None:
        """Begin to count the sessions that something is written to."""
        self._counted.clear()

    def plan(self, change: Change, claim: Claim | None, *, whole: bool = False) -> Plan | None:
        """Return what is to be done; None where there is nothing. ``whole``: everything is to be compared and sent, whatever is noted."""
        there, here = self._source.session(self._owner, change.name), self._target.session(self._owner, change.name)
        position = 0 if here is None else here.position
        if claim is None or claim.foreign:
            return self._first(change, claim, there, here)
        ours = position == claim.at or self._is_last(change.name, claim.last)
        if there is None:
            left = replace(claim, aside="deleted") if not ours and position else Claim(claim.at)
            return Plan(change, left, position, None, here, [])
        if position == 0 and claim.at:  # somebody removed it in the target, or it expired there
            return Plan(change, Claim(), 0, there, here, [], 0)
        if whole or claim.whole or claim.aside or not ours:
            return self._compare(change.name, claim, there, here, ours=ours)
        new = self._unsent(change) if change.removed or position == claim.at else _beyond(self._unsent(change), claim.last)
        return Plan(change, Claim(position), position, there, here, new, rewritten=change.rewritten and not change.removed)

    def _first(self, change: Change, claim: Claim | None, there: SessionState | None, here: SessionState | None) -> Plan | None:
        """Plan for a session that has not been the copy's so far. ``claim``: why."""
        if there is None:
            return None if claim is None else Plan(change, Claim(), 0, None, here, [], ours=False)
        if here is None:
            return Plan(change, Claim(), 0, there, None, self._unsent(change), None if claim is None else 0)
        if here.settings is not None and (here.settings, here.ttl) != (there.settings, there.ttl):
            return Plan(change, Claim(aside="other settings"), here.position, there, here, [])
        return self._compare(change.name, Claim(), there, here, ours=False)

    def _unsent(self, change: Change) -> list[Entry]:
        """Return the entries of a change that have not been sent already, ahead of their batch."""
        sent = 0 if change.removed else self._sent.get(change.name, 0)
        return [entry for entry in change.entries if entry.position > sent]

    def carry(self, plan: Plan, note: Noting) -> Claim | None:
        """Do what is planned, once it is noted, and return the claim from then on; None if there is none any more."""
        name, there, position = plan.change.name, plan.there, plan.position
        if plan.claim.aside:
            self._tally.conflicts.note(self._owner, REASONS[plan.claim.aside], session=name)
            return plan.claim
        self._tally.conflicts.settle(self._owner, session=name)
        if there is None:
            if plan.ours and self._target.delete_session(self._owner, name):  # also one that is only hidden, since its time is over
                self._tally.count(removed=1)
            return None
        try:
            if plan.change.removed:
                self._sent.pop(name, None)
                position = self._remove(plan)
            settled = self._settle(name, there)
            rewritten = self._rewrite(name) if plan.rewritten else 0
            position, messages = self._append(plan, position, plan.entries)
            for page in self._rest(plan):
                note(name, Claim(position, page[-1].id, whole=True))
                position, more = self._append(plan, position, page)
                messages += more
                self._sent[name] = page[-1].position
        except Conflict:
            self._tally.conflicts.note(self._owner, REASONS["other messages"], session=name)
            return Claim(position, aside="other messages")
        if messages or settled or rewritten:
            self._tally.count(sessions=name not in self._counted, messages=messages)
            self._counted.add(name)
        return None if plan.here is None and not position and there.settings is None else Claim(position)

    def _append(self, plan: Plan, position: int, entries: list[Entry]) -> tuple[int, int]:
        """Append entries behind a position. Returns the session's position, and how many entries are new."""
        for tries in range(TRIES if entries else 0):
            try:
                reached = self._target.append(self._owner, plan.change.name, entries, expect=position)
            except Conflict as error:
                if not plan.ours or error.position != position or tries == TRIES - 1:
                    raise
                self._rewrite(plan.change.name)  # some were sent before, and rewritten since
                after, until = entries[0].position - 1, entries[-1].position + 1
                entries = self._source.entries(self._owner, plan.change.name, after=after, before=until)
            else:
                return (reached, len(entries)) if reached > position else (position, 0)
        return position, 0

    def _rewrite(self, name: str) -> int:
        """Give the target's entries what the source's hold. Returns how many held something else."""
        count, equal = self._rewriter.rewrite(name)
        self._tally.count(rewritten=count)
        if equal:
            self._tally.differences.settle(self._owner, session=name)
        else:
            self._tally.differences.note(self._owner, "rewritten at the source, and read back otherwise", session=name)
        return count

    def _rest(self, plan: Plan) -> Iterator[list[Entry]]:
        if plan.rest is None:
            return iter(())
        return pages(lambda after, limit: self._source.entries(self._owner, plan.change.name, after=after, limit=limit), plan.rest)

    def _remove(self, plan: Plan) -> int:
        """Remove the entries of before, and the settings where the source has others now. Returns the session's position: 0."""
        here, there, name = plan.here, plan.there, plan.change.name
        if here is None or there is None:
            return 0
        if (here.settings, here.ttl) != (there.settings, there.ttl):
            self._target.delete_session(self._owner, name)
        elif here.count:
            self._target.clear_session(self._owner, name)
        else:
            return 0
        self._tally.count(removed=1)
        return 0

    def _settle(self, name: str, there: SessionState) -> bool:
        """Give the target's session the settings and time to live of the source's. Returns whether it had others."""
        while there.settings is not None:  # ends: each round that fails is another writer's success
            here = self._target.session(self._owner, name)
            if here is not None and (here.settings, here.ttl) == (there.settings, there.ttl):
                return False
            try:
                self._target.update_session(self._owner, name, there.settings, ttl=there.ttl, expect=0 if here is None else here.revision)
            except Conflict:
                continue
            return True
        return False

    def _compare(self, name: str, claim: Claim, there: SessionState, here: SessionState | None, *, ours: bool) -> Plan:
        """Plan for a session as a whole. If it does not begin as the source's does, it is made anew where only the copy wrote it."""
        position = 0 if here is None else here.position
        anew = Plan(Change(name, removed=True), Claim(position), position, there, here, [], 0)
        if ours and here is not None and here.settings is not None and there.settings is None:
            return anew
        reached, rewritten = 0, False
        for entry, other in self._rewriter.pairs(name):
            if other is None or not (is_same(entry, other) and (ours or entry.digest == other.digest)):
                return anew if ours else Plan(Change(name), replace(claim, aside="other messages"), position, there, here, [])
            reached, rewritten = other.position, rewritten or not is_equal(entry, other)
        return Plan(Change(name), Claim(position), position, there, here, [], reached, rewritten=rewritten and ours)

    def _is_last(self, name: str, id: str) -> bool:
        """Tell whether the target's latest message has this id."""
        newest = self._target.entries(self._owner, name, limit=1, newest=True) if id else []
        return bool(newest) and newest[0].id == id


def _beyond(entries: list[Entry], id: str) -> list[Entry]:
    """Return what stands behind the entry of this id, if it is there; else all."""
    place = next((number for number, entry in enumerate(entries, 1) if entry.id == id), 0)
    return entries[place:]
