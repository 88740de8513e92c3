"""Whether a ledger is the one that was copied before. Positions are never used again, so that it can be told."""

from typing import Literal

from recollect.model import Document, Entry, Owner
from recollect.store.protocol import REMOVED, SETTINGS, Store
from recollect.transfer.copying.documents import is_carried
from recollect.transfer.copying.marks import Claim, Mark, Notes, fingerprint
from recollect.transfer.copying.pages import pages

Verdict = Literal["same", "likely", "erased", "other"]
"""
``same``: what stood at the mark stands there still. ``likely``: it was replaced or removed, and all that was copied is accounted
for. ``erased``: the owner was erased, and may have been begun anew. ``other``: another ledger, or an earlier state of this one.
"""


def recognise(source: Store, target: Store, owner: Owner, notes: Notes, mark: Mark) -> Verdict:
    """Tell what became of the ledger that was copied up to a mark.

    Whatever goes from a ledger leaves something at a later position: the new document, or a notice. So there is always something
    at the mark's position or beyond, and something before it unless all that was there has been replaced or removed.
    """
    following = source.changes(owner, mark.position - 1, 1)
    if following and following[0].position == mark.position:
        return "same" if fingerprint(following[0]) == mark.seen else "other"
    first = source.changes(owner, 0, 1)
    if not first:
        return "erased"
    if not following:
        return "other"
    if first[0].position < mark.position:
        return "likely"
    return "likely" if _accounted(source, target, owner, notes, mark) else "erased"


def _accounted(source: Store, target: Store, owner: Owner, notes: Notes, mark: Mark) -> bool:
    """Tell whether the source says of everything that was copied what became of it."""
    told = {
        hash((item.collection, item.key))
        for page in pages(lambda after, limit: source.changes(owner, after, limit), mark.position)
        for item in page
        if isinstance(item, Document)
    }
    ours = {name: _reach(target, owner, name, claim) for name, claim in notes.every_claim(owner).items() if not claim.foreign}
    surplus = -mark.documents
    for page in pages(lambda after, limit: target.changes(owner, after, limit), 0):
        for item in page:
            if isinstance(item, Entry):
                if item.position <= ours.get(item.session, 0) and hash((REMOVED, item.session)) not in told:
                    return False
            elif item.collection == SETTINGS:
                if item.body is not None and item.key in ours and hash((SETTINGS, item.key)) not in told:
                    return False
            elif is_carried(item):
                surplus += item.body is not None and hash((item.collection, item.key)) in told
    return surplus >= 0


def _reach(target: Store, owner: Owner, name: str, claim: Claim) -> int:
    """Return the position up to which a session's messages are the copy's."""
    newest = target.entries(owner, name, limit=1, newest=True) if claim.last else []
    return newest[0].position if newest and newest[0].id == claim.last else claim.at
