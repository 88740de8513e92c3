"""What ranking knows of a message besides its words."""

from collections.abc import Iterable
from typing import NamedTuple

import apsw

from recollect.recall.dates import Span
from recollect.recall.rows import array, listed

IN_SPANS = 64
"""Messages of a time that a query names which are looked at whatever their words, the longest statements first."""

OF_SPAN = 2_000
"""The latest messages of such a time among which these are chosen."""
LATELY = 20_000
"""Messages among which a person's words are looked for when no other word of the question is known."""

_TRAITS = "SELECT row, position, created, said, length, form, role, speaker FROM passage WHERE row IN (SELECT value FROM json_each(?)) AND length > 0"
_TRAITS_AT = """
SELECT row, position, created, said, length, form, role, speaker FROM passage WHERE position IN (SELECT value FROM json_each(?)) AND length > 0
"""
_AT = "SELECT row FROM passage WHERE position IN (SELECT value FROM json_each(?))"
_IN_SPAN = """
SELECT row FROM (SELECT row, said FROM passage WHERE created >= ? AND created < ? AND role >= ? ORDER BY created DESC LIMIT ?)
ORDER BY said DESC LIMIT ?
"""

_SAID_BY = """
SELECT row FROM (SELECT row, said, speaker FROM passage ORDER BY position DESC LIMIT ?)
WHERE speaker IN (SELECT value FROM json_each(?)) ORDER BY said DESC LIMIT ?
"""


class Traits(NamedTuple):
    """A message's row. ``length`` counts its content words, ``said`` those outside questions; ``form`` has the bits of ``tables``."""

    row: int
    position: int
    created: int
    said: int
    length: int
    form: int
    role: int
    speaker: int | None


def traits(db: apsw.Connection, rows: Iterable[int]) -> list[Traits]:
    """Return what is known of some rows, in any order; of those that there are, and that say anything: a bare tool call is no answer."""
    return list(map(Traits._make, db.execute(_TRAITS, (array(rows),))))


def in_spans(db: apsw.Connection, spans: Iterable[Span], *, prompts: bool) -> list[int]:
    """Return rows of the times that a query names, with or without system messages, which have the lowest role."""
    return [row for span in spans for row in listed(db, _IN_SPAN, span.since, span.until, 0 if prompts else 1, OF_SPAN, IN_SPANS)]


def said_by(db: apsw.Connection, speakers: Iterable[int], count: int) -> list[int]:
    """Return rows of what some people said lately, the longest statements first."""
    return listed(db, _SAID_BY, LATELY, array(speakers), count)


def traits_at(db: apsw.Connection, positions: Iterable[int]) -> list[Traits]:
    """Return the same by positions."""
    return list(map(Traits._make, db.execute(_TRAITS_AT, (array(positions),))))


def rows_at(db: apsw.Connection, positions: Iterable[int]) -> list[int]:
    """Return the rows of some positions, of those that there are."""
    return listed(db, _AT, array(positions))
