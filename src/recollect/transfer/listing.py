"""What there is to export."""

from collections.abc import Iterator

from recollect.model import Document, Owner
from recollect.store import pages
from recollect.store.protocol import Store


def owners(store: Store, tenant: str, only: Owner | None) -> Iterator[Owner]:
    """Yield one owner, or all of a tenant's: anonymous sessions, the tenant itself, users."""
    return pages.owners(store, tenant) if only is None else iter([only])


def sessions(store: Store, owner: Owner) -> list[tuple[str, int]]:
    """Return the names and counts of an owner's sessions, the one with the latest activity last."""
    return [(state.name, state.count) for state in pages.all_sessions(store, owner)]


def documents(store: Store, owner: Owner) -> Iterator[Document]:
    """Yield an owner's documents, of all collections, in the order in which they were written."""
    after = 0
    while found := store.changes(owner, after, pages.PAGE):
        yield from (item for item in found if isinstance(item, Document) and item.body is not None)
        after = found[-1].position
