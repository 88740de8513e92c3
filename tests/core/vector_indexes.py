"""Vector indexes for tests: one in memory that knows a little, and may go wrong."""

from collections.abc import Sequence
from threading import Event

from recollect.model import Owner
from recollect.recall.vector_index import Near, Row

from .embedders import Knowing


class Kept:
    """Keeps rows in a dict, by owner and position. It finds everybody's where it is ``careless``."""

    name = "kept"

    def __init__(self) -> None:
        self.rows: dict[tuple[Owner, int], Row] = {}
        self.embedded: list[str] = []
        self.fails = ""
        self.careless = False
        self.may_add = Event()
        self.may_add.set()
        self.may_search = Event()
        self.may_search.set()
        self.adding = Event()
        self.model = Knowing()

    def add(self, owner: Owner, rows: Sequence[Row]) -> None:
        self.adding.set()
        self.may_add.wait(20)
        self.check()
        if any("indigestible" in piece for row in rows for piece in row.pieces):
            raise ValueError("indigestible")
        for row in rows:
            if self.rows.get((owner, row.position)) != row:
                self.rows[owner, row.position] = row
                self.embedded += row.pieces

    def remove(self, owner: Owner, positions: Sequence[int]) -> None:
        self.check()
        for position in positions:
            self.rows.pop((owner, position), None)

    def lacking(self, owner: Owner, positions: Sequence[int]) -> list[int]:
        self.check()
        return [position for position in positions if (owner, position) not in self.rows]

    def search(self, owner: Owner, text: str, count: int) -> list[Near]:
        self.may_search.wait(20)
        self.check()
        query = self.model.vector(text)
        found = [
            Near(whose, position, row.session, sum(a * b for a, b in zip(query, self.model.vector(piece), strict=True)))
            for (whose, position), row in self.rows.items()
            for piece in row.pieces
            if self.careless or whose == owner
        ]
        return sorted(found, key=lambda one: one.score, reverse=True)[:count]

    def check(self) -> None:
        if self.fails:
            raise ConnectionError(self.fails)

    @property
    def texts(self) -> list[str]:
        return sorted(piece for row in self.rows.values() for piece in row.pieces)
