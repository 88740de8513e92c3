"""From a query to hits: candidates by words, then every signal on those."""

from collections.abc import Sequence

import apsw

from recollect.recall.dense import Dense
from recollect.recall.indexing import Writer
from recollect.recall.matching import CANDIDATES, best, candidates, matches, surroundings
from recollect.recall.passage import Filters, Hit
from recollect.recall.question import question
from recollect.recall.rank import ranked
from recollect.recall.sieve import Sieve
from recollect.recall.tables import TURNS
from recollect.recall.traits import Traits, in_spans, said_by, traits, traits_at
from recollect.recall.weights import Weights

WIDER = 4
"""How many times more candidates are looked for where some may not be found; all, if that is not enough."""
FINALISTS = 10
"""Messages that every signal is looked at for, and three more for each hit that is asked for."""
LOOKED_AT = 4_000
"""Messages alike that are looked at in search of some that may be found."""


def search(
    db: apsw.Connection, writer: Writer, query: str, k: int, filters: Filters, now: int | None, dense: Dense | None, weights: Weights
) -> Sequence[Hit]:
    """Return the best hits; see ``Index.search``."""
    if k < 1 or not writer.count:
        return []
    if now is None:
        now = writer.latest
    asked = question(query, now, writer.names, writer.speakers)
    sieve = Sieve(db, writer.facts, writer.prompts, filters)
    words = writer.occurrences.look_up(asked.wanted, writer.count)
    enough = CANDIDATES + 4 * k
    most = enough + len(sieve.hidden) if sieve.open else None if sieve.narrow else WIDER * enough
    promising = candidates(words, most)
    sources, satisfied = sieve.sources(promising.rows, enough)
    if not satisfied and len(promising.rows) == most:
        promising = candidates(words, None)
        sources, _ = sieve.sources(promising.rows, enough)
    count = FINALISTS + 3 * k
    found = matches(words, promising, sources, writer.usual, writer.fact_blocks)
    finalists = sieve.passing(best(found.whole, count if sieve.open else None))[:count]
    if len(finalists) < count:
        told = [row for row in sources if row // TURNS not in writer.fact_blocks]
        finalists += surroundings(found.whole, told, count - len(finalists))
    if not words and asked.speakers:
        finalists += said_by(db, asked.speakers, count)
    if asked.spans:
        finalists += in_spans(db, asked.spans, prompts=filters.prompts)
    known = sieve.passed(traits(db, finalists))
    if dense is not None:
        rows = {one.row for one in known}
        known += [one for one in _alike(db, sieve, dense, count) if one.row not in rows]
    return ranked(db, known, writer.sessions, found, asked, k, dense, weights, writer.usual)


def _alike(db: apsw.Connection, sieve: Sieve, dense: Dense, count: int) -> list[Traits]:
    """Return the messages most like the query: of those that may be found so many, as far as they are among the LOOKED_AT most like."""
    asked = count
    while True:
        positions = dense.nearest(asked)
        found = sieve.passed(traits_at(db, positions))
        if sieve.all or len(found) >= count or len(positions) < asked or asked >= LOOKED_AT:
            return found
        asked *= 4
