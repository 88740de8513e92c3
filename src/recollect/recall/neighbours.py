"""The messages on either side of one, in its session."""

import apsw

from recollect.recall.rows import first, listed
from recollect.recall.tables import TURNS

_ROW = "SELECT row FROM passage WHERE position = ?"
_BEFORE = "SELECT position FROM passage WHERE row < ? AND row >= ? ORDER BY row DESC LIMIT ?"
_AFTER = "SELECT position FROM passage WHERE row > ? AND row < ? ORDER BY row LIMIT ?"


def neighbours(db: apsw.Connection, position: int, count: int) -> tuple[list[int], list[int]]:
    """Return the positions of at most ``count`` messages before a message, and of as many after it, both in order."""
    known = first(db, _ROW, position)
    if known is None:
        return [], []
    row = known[0]
    start = row // TURNS * TURNS
    return listed(db, _BEFORE, row, start, count)[::-1], listed(db, _AFTER, row, start + TURNS, count)
