"""What undoes a pruning or a merging."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.json import Decoder

from recollect.codec.body import pack, unpack
from recollect.codec.facts import CHANGES
from recollect.model import Document, Fact, Owner, Source
from recollect.store.protocol import Store


class Change(Struct, frozen=True, omit_defaults=True):
    """What is needed to undo a change: ids alone, so that a fact that is forgotten leaves no copy here.

    Args:
        archived: the ids of the facts that were put aside.
        at: when.
        kept: the id of the fact that stands for them since, where they were merged.
        added: the sources that it got from them.

    """

    archived: list[str]
    at: datetime
    kept: str | None = None
    added: list[Source] = []


_decoder = Decoder(Change)


def encode_change(id: str, change: Change) -> Document:
    """Return the document of a change."""
    return Document(CHANGES, id, pack(change))


def decode_change(document: Document) -> Change:
    """Return the change of a document.

    Raises:
        NewerFormat, Damaged: the body cannot be read.

    """
    return unpack(document.body or b"", _decoder)


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
