"""Verifying an audit: every chain by itself, against the registry, and against anchors."""

from collections.abc import Container, Iterable, Iterator, Sequence

from msgspec import Struct

from recollect.errors import Damaged, NewerFormat, NotFound
from recollect.model import Entry, Owner
from recollect.privacy.audit.anchors import Line, holds
from recollect.privacy.audit.checking import Checked, Finding, check
from recollect.privacy.audit.comparing import Known, compare, vanished
from recollect.privacy.audit.key import Key
from recollect.privacy.audit.place import chains, entries, named, session_of
from recollect.privacy.audit.record import Head, read
from recollect.runtime import Progress
from recollect.store.protocol import Store

YOUNG = 10_000_000
"""Microseconds within which a chain's first record follows on its registration."""


class Verified(Struct, frozen=True):
    """What a verification found: nothing wrong, or what; and what it could not check.

    Args:
        chains: how many chains there are, the registry included.
        records: how many records.
        anchored: how many of them stand at an anchor or before one: nobody can have rewritten or cut these off unseen.
        cut: chains that were removed for their age, as the registry tells.
        findings: what is wrong.
        unchecked: what could not be checked, and why.

    """

    chains: int
    records: int
    anchored: int
    cut: int
    findings: list[Finding]
    unchecked: list[str]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def verify(
    store: Store, owner: Owner, keys: list[Key], now: int, anchors: Iterable[Line] | None = None, progress: Progress | None = None
) -> Verified:
    """Verify the audit of a tenant, which may go on meanwhile.

    Args:
        store: where it is.
        owner: the tenant's ledger.
        keys: those that ``Audit`` was given.
        now: the time, in microseconds since 1970.
        anchors: the lines of a file of anchors, oldest first.
        progress: called with how many records are checked, and how many there are.

    Raises:
        NotFound: there is no audit.

    """
    there = dict(chains(store, owner))  # at first: what is registered later is no concern, and what is there is registered by now
    registry, findings = _named(store, owner)
    lines = None if anchors is None else list(anchors)
    keys = [key.of(owner.tenant) for key in keys]
    if not there and registry is None and not lines and not findings:
        raise NotFound("there is no audit in this memory; check the database and the tenant, or give the anchors, if there was one")
    tally = _Tally(progress, sum(state.count for state in there.values()))
    known, anchored = Known({}, {}, {}, {}), dict[str, int]()
    for line in lines or ():
        _take_anchor(line, owner.tenant, keys, known, anchored, findings)
    registries = sorted({chain for chain in there if chain == registry or _registers(store, owner, chain, keys)})
    checked = [tally.check(store, owner, chain, keys, known) for chain in registries]
    for one in checked:
        _take_registry(one, known)
    checked += [tally.check(store, owner, chain, keys, known) for chain in there if chain not in registries]
    for one in checked:
        findings += [*one.findings, *compare(one, known, registry=one.chain in registries)]
    young, missing = _absent(there, registry, known, now)
    findings += missing
    total = sum(one.records for one in checked)
    safe = sum(max(0, min(anchored.get(one.chain, 0), one.head.number) - one.first + 1) for one in checked if one.records)
    left = _unchecked(checked, known, anchored, registries, young, given=lines is not None)
    return Verified(len(checked), total, safe, len(known.cut), findings, left)


def _named(store: Store, owner: Owner) -> tuple[str | None, list[Finding]]:
    """Return the registry's id, and what is wrong with the document that tells it: the chains themselves show which of them it is."""
    try:
        return named(store, owner), []
    except (Damaged, NewerFormat):
        return None, [Finding("altered", "", 0, "the document that names the registry was altered")]


class _Tally:
    """How far a verification has come."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def check(self, store: Store, owner: Owner, chain: str, keys: list[Key], known: Known) -> Checked:
        return check(chain, self._pages(entries(store, owner, chain)), keys, frozenset(known.macs.get(chain, ())))

    def _pages(self, pages: Iterable[Sequence[Entry]]) -> Iterator[Sequence[Entry]]:
        for page in pages:
            yield page
            self._done += len(page)
            if self._progress is not None:
                self._progress(self._done, max(self._done, self._total))


def _registers(store: Store, owner: Owner, chain: str, keys: list[Key]) -> bool:
    """Tell whether a chain is a registry, be it one that came with a copy."""
    first = store.entries(owner, session_of(chain), limit=1)
    written = read(first[0].body, keys) if first else None
    return written is not None and written.record.registers


def _absent(there: Container[str], registry: str | None, known: Known, now: int) -> tuple[list[str], list[Finding]]:
    """Return which chains that are told of are not there since they just began, and what is wrong with the others."""
    told = [chain for chain in {**known.begun, **known.macs} if chain not in there]
    young = [chain for chain in told if chain not in known.macs and abs(now - known.begun[chain][1]) < YOUNG]
    gone = [chain for chain in told if chain not in young]
    findings = [finding for chain in gone for finding in vanished(chain, known)]
    if registry is not None and registry not in there and registry not in gone:
        findings.append(Finding("missing", registry, 0, "the registry, which tells which chains there are, is missing"))
    return young, findings


def _take_registry(one: Checked, known: Known) -> None:
    """Take in what a registry tells."""
    for record, mac in one.registered:
        if record.begins:
            known.begun[record.begins] = (mac, record.at)
        for head in (*record.ends, *record.seen):
            known.tell(head)
        known.ended.update((head.chain, head.number) for head in record.ends)
        known.cut.update((head.chain, head) for head in record.cuts)


def _take_anchor(line: Line, tenant: str, keys: list[Key], known: Known, anchored: dict[str, int], findings: list[Finding]) -> None:
    """Take in what an anchor tells; those of other tenants are theirs."""
    anchor = line.anchor
    if anchor is not None and anchor.tenant != tenant:
        return
    if anchor is None or not holds(anchor, keys):
        why = "is no anchor" if anchor is None else "was altered, or was made with a key that was not given"
        findings.append(Finding("altered", "" if anchor is None else anchor.chain, 0, f"line {line.number} of the anchors {why}"))
    else:
        known.tell(Head(anchor.chain, anchor.number, anchor.mac))
        anchored[anchor.chain] = max(anchored.get(anchor.chain, 0), anchor.number)


def _unchecked(
    checked: Sequence[Checked], known: Known, anchored: dict[str, int], registries: Sequence[str], young: Sequence[str], *, given: bool
) -> list[str]:
    """Return what could not be checked."""
    left = []
    behind = sum(max(0, one.head.number - max(anchored.get(one.chain, 0), one.first - 1)) for one in checked if one.records)
    if not given:
        left.append(
            "no anchors were given: nobody would notice if the whole database were brought back to an older state, or written anew with the key"
        )
    elif behind:
        left.append(f"{behind:,} of the records stand behind the last anchors of their chains: whether there were others behind these is not known")
    loose = [one for one in checked if one.chain not in registries and one.chain not in known.ended and anchored.get(one.chain, 0) < one.head.number]
    if loose:
        names = ", ".join(one.chain for one in loose[:3]) + (", …" if len(loose) > 3 else "")  # noqa: PLR2004  # a few as an example
        left.append(
            f"no end is noted of {len(loose):,} of the chains, whose processes run or were killed ({names}): whether records were cut off behind the "
            "last ones is told by an anchor alone"
        )
    if young:
        left.append(f"{len(young):,} of the chains began within the last seconds, with no record yet")
    return left
