"""Carrying one owner's documents over."""

from collections.abc import Iterable

from recollect.codec.facts import STATE
from recollect.core.secret import SECRET
from recollect.core.tombstones import ERASED, ERASING
from recollect.model import Document, Entry, Owner
from recollect.privacy.audit.place import POINTER
from recollect.store.protocol import NOTICES, RESTORED, RESTORING, SETTINGS, Store
from recollect.transfer.copying.marks import is_note

STAYING = frozenset((SETTINGS, *NOTICES, STATE, POINTER, SECRET, ERASED, ERASING, RESTORING, RESTORED))
"""The collections of what is not taken over as it is."""

OTHER = "the target has another document under this collection and key; remove it there, and copy again"


def is_carried(document: Document) -> bool:
    """Tell whether a copy takes a document over as it is; settings and notices come with their sessions, and notes stay.

    So does what tells how far messages are learned: by the source's positions, which would pass over messages of the target; and what names
    the audit's registry: the target's audit goes on in one of its own. Secrets and tombstones are taken over in their own way: see tombstones.
    """
    return document.collection not in STAYING and not is_note(document)


def carried(items: Iterable[Entry | Document]) -> list[Document]:
    """Return the documents that a copy takes over, with those that were removed."""
    return [item for item in items if isinstance(item, Document) and is_carried(item)]


def standing(store: Store, owner: Owner, documents: Iterable[Document]) -> dict[tuple[str, str], Document]:
    """Return what a store has under the collections and keys of some documents."""
    keys: dict[str, list[str]] = {}
    for document in documents:
        keys.setdefault(document.collection, []).append(document.key)
    return {(d.collection, d.key): d for collection, some in keys.items() for d in store.documents(owner, collection, keys=some)}


def choose(documents: Iterable[Document], here: dict[tuple[str, str], Document], since: int) -> tuple[list[Document], set[tuple[str, str]]]:
    """Return what is to be written, and what is to be left alone because the target had something else before the copy began.

    Where it had the same, it is written once more: from then on, it is the copy's. What the copy has once written, the source
    decides.
    """
    written: list[Document] = []
    aside: set[tuple[str, str]] = set()
    for document in documents:
        known = here.get((document.collection, document.key))
        if known is None:
            if document.body is not None:
                written.append(document)
        elif known.position > since:
            if known.body != document.body:
                written.append(document)
        elif known.body == document.body:
            written.append(document)
        elif document.body is not None:
            aside.add((document.collection, document.key))
    return written, aside


def more(written: Iterable[Document], here: dict[tuple[str, str], Document], since: int) -> int:
    """Return by how many the documents that are the copy's grow in number."""
    known = {name for name, document in here.items() if document.position > since}
    return sum((document.body is not None) - ((document.collection, document.key) in known) for document in written)
