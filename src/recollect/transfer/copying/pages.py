"""Reading in pages of bounded bytes."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from recollect.model import Document, Entry

Item = TypeVar("Item", Entry, Document, Entry | Document)

FIRST = 32
MOST = 1000
"""Entries and documents read at a time: at the start, and at the most."""

BYTES = 2 << 20
"""Where a page took more than this, the next one has half as many."""


def pages(read: Callable[[int, int], list[Item]], after: int) -> Iterator[list[Item]]:
    """Yield what ``read(after, limit)`` returns, page by page, until there is no more."""
    limit = FIRST
    while page := read(after, limit):
        size = sum(len(item.body or b"") for item in page)
        limit = max(1, limit // 2) if size > BYTES else min(MOST, limit * 2)
        after = page[-1].position
        yield page
