"""What likeness by vectors brings each of the messages that came so far."""

from collections.abc import Sequence

import apsw

from recollect.recall.dense import Dense
from recollect.recall.passage import FACT
from recollect.recall.rows import array
from recollect.recall.tables import ROLES
from recollect.recall.traits import Traits

NEAR = (0.3, 0.1)
"""What the likeness of the messages one and two turns away counts for a message, where messages are short."""

_FACT = ROLES.index(FACT)
_POSITIONS = "SELECT row, position FROM passage WHERE row IN (SELECT value FROM json_each(?))"


def alike(db: apsw.Connection, traits: Sequence[Traits], dense: Dense | None, usual: float) -> dict[int, float]:
    """Return likeness from 0, that of an average message, to 1, the most of these messages, by row; without those that have no vector.

    ``usual`` is what the turns around count for: 1 where messages are short and lean on each other, less where they are long.
    """
    if dense is None:
        return {}
    rows = [one.row for one in traits if one.role != _FACT]
    around = {row + turns for row in rows for turns in (-2, -1, 1, 2)}
    places = dict(db.execute(_POSITIONS, (array(around.difference(rows)),))) if around else {}
    places.update((one.row, one.position) for one in traits)
    typical = dense.typical
    found = zip(places, dense.similarities(list(places.values())), strict=True)
    beyond = {row: like - typical for row, like in found if like is not None}
    near, far = (usual * share for share in NEAR)
    alone = {one.row for one in traits if one.role == _FACT}
    get = beyond.get
    scores = {
        one.row: own
        if one.row in alone
        else own + near * (get(one.row - 1, 0.0) + get(one.row + 1, 0.0)) + far * (get(one.row - 2, 0.0) + get(one.row + 2, 0.0))
        for one in traits
        if (own := get(one.row)) is not None
    }
    most = max(scores.values(), default=0.0)
    return {row: max(0.0, score) / most if most > 0 else 0.0 for row, score in scores.items()}
