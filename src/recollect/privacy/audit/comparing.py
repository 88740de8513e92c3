"""Comparing a chain with what is told of it elsewhere."""

from typing import NamedTuple

from recollect.privacy.audit.checking import Checked, Finding, missing
from recollect.privacy.audit.record import Head


class Known(NamedTuple):
    """What registries and anchors tell of chains: the record that begins each, with its MAC and time; MACs by number; its end; what was cut off."""

    begun: dict[str, tuple[str, int]]
    macs: dict[str, dict[int, str]]
    ended: dict[str, int]
    cut: dict[str, Head]

    def tell(self, head: Head) -> None:
        """Take in that a chain goes as far as this, at least."""
        if head.number:
            self.macs.setdefault(head.chain, {}).setdefault(head.number, head.mac)


def compare(one: Checked, known: Known, *, registry: bool) -> list[Finding]:
    """Return what is wrong with a chain that is sound by itself, by what registries and anchors tell of it."""
    findings = [] if not one.records else _beginning(one, known, registry=registry)
    told = known.macs.get(one.chain, {})
    end = known.ended.get(one.chain)
    most = max(told, default=0)
    if most > one.head.number:
        findings.append(Finding("truncated", one.chain, one.head.number + 1, f"{missing(one.head.number + 1, most)} at the end"))
    if end is not None and one.head.number > end:
        findings.append(Finding("foreign", one.chain, end + 1, f"there are records behind record {end}, at which the chain ended"))
    for number, mac in told.items():
        if one.macs.get(number, mac) != mac:
            findings.append(Finding("rewritten", one.chain, number, f"record {number} is not the one that was noted elsewhere: it was written anew"))
    return findings


def vanished(chain: str, known: Known) -> list[Finding]:
    """Return what is wrong where a chain is not there at all: nothing, if it was cut off for its age, or never had a record."""
    most = max(known.macs.get(chain, {}), default=0)
    cut = known.cut.get(chain)
    if cut is not None:
        many = f"the chain was cut off behind record {cut.number}; later ones, up to record {most}, are missing"
        return [Finding("truncated", chain, cut.number + 1, many)] if most > cut.number else []
    if known.ended.get(chain) == 0:
        return []
    many = f": {most:,} records at the least" if most else "; or its process was killed before it wrote a record"
    return [Finding("missing", chain, 0, f"the whole chain is missing{many}")]


def _beginning(one: Checked, known: Known, *, registry: bool) -> list[Finding]:
    """Check that a chain begins with its first record, or behind what was cut off, and as the registry tells."""
    cut = known.cut.get(one.chain)
    before = Head(one.chain, 0, "") if cut is None or one.first <= cut.number else cut  # it may be that it was to be cut off, and that was not done
    findings = []
    begun = known.begun.get(one.chain)
    if not registry and begun is None and cut is None:
        findings.append(Finding("missing", one.chain, 0, "the registry does not know the chain: its record of that was removed"))
    if one.first != before.number + 1:
        findings.append(Finding("missing", one.chain, before.number + 1, f"{missing(before.number + 1, one.first - 1)} at the beginning"))
    elif one.link and not registry:
        link = before.mac if before.number else begun[0] if begun is not None else one.link
        if one.link != link:
            findings.append(Finding("rewritten", one.chain, one.first, f"record {one.first} does not follow on what is noted before it"))
    return findings
