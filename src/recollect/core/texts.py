"""Messages and facts as they are embedded, by position."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from recollect.codec import decode_message
from recollect.codec.facts import FACTS, decode_fact
from recollect.core.shown import passage_of
from recollect.model import Entry, Owner
from recollect.store.protocol import Store

if TYPE_CHECKING:
    from recollect.recall.passage import Passage


def passage(entry: Entry) -> "Passage":
    """Return a message as the search index takes it in."""
    from recollect.recall.passage import Passage

    message = decode_message(entry)
    return Passage(entry.session, entry.position, entry.role, entry.created, message.text, message.name)


def passages_at(store: Store, owner: Owner, positions: Sequence[int]) -> list["Passage"]:
    """Return the messages and facts at some positions, those that there are."""
    if not positions:
        return []
    found = [passage(entry) for entry in store.at(owner, positions)]
    lacking = set(positions).difference(one.position for one in found)
    if lacking:
        found += [passage_of(decode_fact(one)) for one in store.documents(owner, FACTS) if one.position in lacking]
    return found
