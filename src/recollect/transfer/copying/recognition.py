"""Whether a ledger is the one that was copied before. Positions are never used again, so that it can be told."""

from collections.abc import Iterator
from typing import Literal

from recollect.model import Document, Entry, Owner
from recollect.store.protocol import REMOVED, REWRITTEN, SETTINGS, Store
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
        if fingerprint(following[0]) == mark.seen:
            return "same"
        return "likely" if _is_rewritten(source, owner, following[0], mark) else "other"
    first = source.changes(owner, 0, 1)
    if not first:
        return "erased"
    if not following:
        return "other"
    if first[0].position < mark.position:
        return "likely"
    return "likely" if _accounted(source, target, owner, notes, mark) else "erased"


def _is_rewritten(source: Store, owner: Owner, item: Entry | Document, mark: Mark) -> bool:
    """Tell whether an entry may hold something else than what was copied, since its session was rewritten after that."""
    told = source.documents(owner, REWRITTEN, keys=[item.session]) if isinstance(item, Entry) else []
    return any(notice.position > mark.position for notice in told)


def _accounted(source: Store, target: Store, owner: Owner, notes: Notes, mark: Mark) -> bool:
    """Tell whether the source says of everything that was copied what became of it."""
    claims = {name: claim for name, claim in notes.every_claim(owner).items() if not claim.foreign}
    pending = {name for name, claim in claims.items() if claim.last}
    told = {
        hash((item.session, item.id) if isinstance(item, Entry) else (item.collection, item.key))
        for page in pages(lambda after, limit: source.changes(owner, after, limit), mark.position)
        for item in page
        if isinstance(item, Document) or item.session in pending
    }
    reach = {name: _reach(target, owner, name, claims[name]) for name in pending}
    documents = 0
    for page in pages(lambda after, limit: target.changes(owner, after, limit), 0):
        for item in page:
            if isinstance(item, Document) and is_carried(item):
                documents += item.body is not None and hash((item.collection, item.key)) in told
            elif _is_ours(item, claims, reach) and not {hash(trace) for trace in _traces(item, claims)} & told:
                return False
    return documents >= mark.documents


def _is_ours(item: Entry | Document, claims: dict[str, Claim], reach: dict[str, int]) -> bool:
    """Tell whether the copy wrote an entry of the target, or settings that stand there."""
    if isinstance(item, Entry):
        return item.session in claims and item.position <= reach.get(item.session, claims[item.session].at)
    return item.collection == SETTINGS and item.body is not None and item.key in claims


def _traces(item: Entry | Document, claims: dict[str, Claim]) -> Iterator[tuple[str, str]]:
    """Yield what the source has, behind the mark, if it has replaced or removed this; or, if it was sent ahead of the mark, has it still."""
    if isinstance(item, Document):
        yield SETTINGS, item.key
        return
    yield REMOVED, item.session
    if item.position > claims[item.session].at:
        yield item.session, item.id


def _reach(target: Store, owner: Owner, name: str, claim: Claim) -> int:
    """Return the position up to which a session's messages are the copy's."""
    newest = target.entries(owner, name, limit=1, newest=True)
    return newest[0].position if newest and newest[0].id == claim.last else claim.at
