"""Reading what is new of one owner's ledger."""

from collections.abc import Iterator
from itertools import chain
from typing import Literal

from msgspec import Struct

from recollect.model import Document, Entry, Owner
from recollect.store.protocol import REWRITTEN, SETTINGS, Store
from recollect.transfer.backup.manifest import Mark
from recollect.transfer.backup.segment import Kept, KeptEntry, Part, kept_document, kept_entry, kept_settings
from recollect.transfer.copying.marks import fingerprint
from recollect.transfer.copying.pages import FIRST, pages

State = Literal["new", "same", "gone", "returned", "other"]
"""
What became of an owner's ledger since it was read: ``new``: it never was. ``same``: it goes on. ``gone``: there is none any more.
``returned``: neither what was there is left nor what came next, as if it was erased, which leaves a gap, and begun anew.
``other``: it is another one, or an earlier state.
"""


class Look(Struct, frozen=True):
    """A first look at an owner's ledger: what became of it, and the first page of what came."""

    owner: Owner
    state: State
    after: int
    page: list[Entry | Document]


class Piece(Struct, frozen=True):
    """A part of a ledger. ``mark``: how far it is read behind this part; None where it is as it was, amid what must be read whole."""

    part: Part
    mark: Mark | None
    rewritten: bool
    bytes: int


def look(store: Store, owner: Owner, mark: Mark | None) -> Look:
    """Return what became of a ledger since the mark: by one read, where it is as it was."""
    if mark is None or not mark.position:
        return Look(owner, "new", 0, store.changes(owner, 0, FIRST))
    found = store.changes(owner, mark.position - 1, FIRST)
    if found and found[0].position == mark.position:
        same = fingerprint(found[0]) == mark.seen
        return Look(owner, "same" if same else "other", mark.position, found[1:])
    first = store.changes(owner, 0, 1)
    if not first:
        return Look(owner, "gone", 0, [])
    if first[0].position > mark.position + 1:  # whatever was there is replaced or removed: to read it all is to read what is new
        return Look(owner, "returned", 0, []) if owner.kind != "tenant" else Look(owner, "new", 0, store.changes(owner, 0, FIRST))
    return Look(owner, "same" if found else "other", mark.position, found)


def pieces(store: Store, seen: Look, *, anew: bool) -> Iterator[Piece]:
    """Yield what is to be kept of a ledger, in order, until there is no more. ``anew``: all of it, in the place of what was kept."""
    owner, after = seen.owner, 0 if anew else seen.after
    fits = seen.after == after and seen.state != "returned"
    first = seen.page if fits else []
    whole = fits and len(first) < FIRST - 1  # a short page was the last one
    reached = first[-1].position if first else after
    rest = iter(()) if whole else pages(lambda beyond, limit: store.changes(owner, beyond, limit), reached)
    for page in chain([first] if first else [], rest):
        yield from _of_page(store, owner, page, anew=anew)
        anew = False


def _of_page(store: Store, owner: Owner, page: list[Entry | Document], *, anew: bool) -> Iterator[Piece]:
    items = [_kept(store, owner, item) for item in page]
    mark = Mark(owner.kind, owner.name, page[-1].position, fingerprint(page[-1]))
    rewritten = [item for item in page if isinstance(item, Document) and item.collection == REWRITTEN]
    size = sum(_size(item) for item in items)
    nothing = Mark(owner.kind, owner.name, 0, "") if anew else None  # who is killed behind this piece must not go on where the former reading ended
    yield Piece(Part(owner.kind, owner.name, anew, items), nothing if rewritten else mark, bool(rewritten), size)
    for notice in rewritten:
        for entries in pages(lambda after, limit: store.entries(owner, notice.key, after=after, before=notice.position, limit=limit), 0):  # noqa: B023  # used up within the round
            again = [kept_entry(entry) for entry in entries]
            yield Piece(Part(owner.kind, owner.name, anew=False, items=[], again=again), None, rewritten=True, bytes=sum(map(_size, again)))
    if rewritten:
        yield Piece(Part(owner.kind, owner.name, anew=False, items=[]), mark, rewritten=True, bytes=0)


def _kept(store: Store, owner: Owner, item: Entry | Document) -> Kept:
    if isinstance(item, Entry):
        return kept_entry(item)
    if item.collection == SETTINGS and item.body is not None:
        return kept_settings(item, store.session(owner, item.key))
    return kept_document(item)


def _size(item: Kept) -> int:
    """Return about how many bytes an item takes."""
    return len(item.body or b"") + (len(item.session) + len(item.id) if isinstance(item, KeptEntry) else len(item.collection) + len(item.key)) + 48
