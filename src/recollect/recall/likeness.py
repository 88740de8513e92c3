"""What likeness by vectors brings each of the messages that came so far."""

from collections.abc import Sequence

import apsw
import msgspec

from recollect.recall.dense import Dense
from recollect.recall.rows import array, only
from recollect.recall.traits import Traits

NEAR = (0.3, 0.1)
"""What the likeness of the messages one and two turns away counts for a message, where messages are short."""

_AROUND = """
SELECT json_group_array(passage.row), json_group_array(passage.position)
FROM json_each(?) AS wanted CROSS JOIN passage WHERE passage.row BETWEEN wanted.value - 2 AND wanted.value + 2
"""
_NUMBERS = msgspec.json.Decoder(list[int])


def alike(db: apsw.Connection, traits: Sequence[Traits], dense: Dense | None, usual: float) -> dict[int, float]:
    """Return likeness from 0, that of an average message, to 1, the most of these messages, by row; without those that have no vector.

    ``usual`` is what the turns around count for: 1 where messages are short and lean on each other, less where they are long.
    Facts stand too far apart to have any around.
    """
    if dense is None:
        return {}
    rows, positions = map(_NUMBERS.decode, only(db, _AROUND, array(one.row for one in traits)))
    places = dict(zip(rows, positions, strict=True))
    typical = dense.typical
    found = zip(places, dense.similarities(list(places.values())), strict=True)
    beyond = {row: like - typical for row, like in found if like is not None}
    near, far = (usual * share for share in NEAR)
    get = beyond.get
    scores = {
        row: own + near * (get(row - 1, 0.0) + get(row + 1, 0.0)) + far * (get(row - 2, 0.0) + get(row + 2, 0.0))
        for row, *_ in traits
        if (own := get(row)) is not None
    }
    most = max(scores.values(), default=0.0)
    return {row: score / most if score > 0 else 0.0 for row, score in scores.items()}
