"""What was merged into what, as long as that is not undone."""

from collections.abc import Iterable

from recollect.codec.facts import CHANGES, decode_change
from recollect.model import Fact, Owner
from recollect.store.protocol import Store


def merged_into(store: Store, owner: Owner, stored: Iterable[Fact], ids: set[str]) -> set[str]:
    """Return the ids of the facts that were put aside, and still are, for others that were merged with them, in whatever many steps.

    Args:
        store: where the changes are.
        owner: whose.
        stored: the owner's facts, as they were remembered.
        ids: of the facts that stand for those.

    """
    aside = {fact.id: fact.archived for fact in stored if fact.archived is not None}
    into: dict[str, set[str]] = {}
    for change in map(decode_change, store.documents(owner, CHANGES)) if aside else ():
        if change.kept is not None:
            into.setdefault(change.kept, set()).update(id for id in change.archived if aside.get(id) == change.at)
    found: set[str] = set()
    waiting = list(ids)
    while waiting:
        new = into.get(waiting.pop(), set()) - found - ids
        found |= new
        waiting += new
    return found
