"""Carrying rewrites over: messages of the target are given what those of the source hold, where they stand."""

from collections.abc import Iterator

from msgspec.structs import replace

from recollect.errors import Conflict
from recollect.model import Entry, Owner
from recollect.store.protocol import Store
from recollect.transfer.copying.pages import pages

TRIES = 10
"""So often a session is gone over while others rewrite it, here or there."""


def is_same(entry: Entry, other: Entry) -> bool:
    """Tell whether an entry is the source's other one, whatever either holds."""
    return (entry.id, entry.role) == (other.id, other.role)


def is_equal(entry: Entry, other: Entry) -> bool:
    """Tell whether an entry holds what another one does."""
    return (entry.tokens, entry.digest, entry.body) == (other.tokens, other.digest, other.body)


class Rewriter:
    """Rewrites one owner's sessions in a target."""

    def __init__(self, source: Store, target: Store, owner: Owner) -> None:
        self._source = source
        self._target = target
        self._owner = owner

    def rewrite(self, session: str) -> tuple[int, bool]:
        """Give the entries of a session that the copy has made what the source's hold, and read them back.

        Returns:
            How many were rewritten, and whether all are equal.

        """
        total = 0
        for _ in range(TRIES):
            before = total
            try:
                for count in self._once(session):
                    total += count
            except Conflict:  # others rewrite the target's
                continue
            if total == before:
                return total, True
        return total, False

    def pairs(self, session: str) -> Iterator[tuple[Entry, Entry | None]]:
        """Yield the target's entries, each with the one that stands in its place at the source."""
        return (pair for page in self._pages(session) for pair in page)

    def _once(self, session: str) -> Iterator[int]:
        """Go over a session once, and yield page by page how many entries were rewritten."""
        for page in self._pages(session):
            told = [(entry, other) for entry, other in page if other is not None and is_same(entry, other)]
            other_ways = [(entry, other) for entry, other in told if not is_equal(entry, other)]
            if other_ways:
                news = [replace(other, position=entry.position) for entry, other in other_ways]
                yield len(news) if self._target.rewrite(self._owner, session, news, edition=page[0][0].edition) else 0
            if len(told) < len(page):  # the source's was emptied meanwhile, of which it tells
                break

    def _pages(self, session: str) -> Iterator[list[tuple[Entry, Entry | None]]]:
        said = (entry for page in self._entries(self._source, session) for entry in page)
        return ([(entry, next(said, None)) for entry in page] for page in self._entries(self._target, session))

    def _entries(self, store: Store, session: str) -> Iterator[list[Entry]]:
        return pages(lambda after, limit: store.entries(self._owner, session, after=after, limit=limit), 0)
