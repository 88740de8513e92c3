"""Carrying erasures over."""

from recollect.model import Owner, SessionState
from recollect.store.pages import sessions
from recollect.store.protocol import Store
from recollect.transfer.copying.documents import carried
from recollect.transfer.copying.marks import Claim, Mark, Notes
from recollect.transfer.copying.pages import pages

ERASED = "the source has erased this owner, and the target has not"
MORE = f"{ERASED}: it holds more of the owner than this copy has made; erase it there by hand"
UNASKED = f"{ERASED}: add --follow or --erase to carry erasures over (in Python: erase=True), or erase it there by hand"
UNKNOWN = f"{ERASED}: nothing in the source shows that it is still the one that was copied; erase it there by hand"
OTHER = "the source's ledger is another than the one that was copied, or an earlier state of it; erase the owner in the target, and copy again"


def erase(target: Store, owner: Owner, notes: Notes, mark: Mark) -> bool:
    """Erase an owner in the target, if the copy alone has made what is there. Returns whether it did."""
    if not mark.sole or not notes.alone(owner):
        return False
    claims = notes.every_claim(owner)
    if any(_foreign(target, owner, state, claims) for state in sessions(target, owner)):
        return False
    kept = (item for page in pages(lambda beyond, limit: target.changes(owner, beyond, limit), 0) for item in carried(page))
    if sum(item.body is not None for item in kept) != mark.documents:
        return False
    target.erase(owner)
    return True


def _foreign(target: Store, owner: Owner, state: SessionState, claims: dict[str, Claim]) -> bool:
    """Tell whether others have written messages into a session."""
    claim = claims.get(state.name)
    if claim is None or claim.aside:
        return True
    if state.position in (0, claim.at):
        return False
    newest = target.entries(owner, state.name, limit=1, newest=True)
    return not newest or newest[0].id != claim.last
