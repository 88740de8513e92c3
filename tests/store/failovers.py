"""A failover between stores in memory, whose primary can be switched off."""

from pathlib import Path
from typing import Any

from faults.flaky import Flaky
from recollect.store.failover import Failover
from recollect.store.memory import MemoryStore


class House:
    """A failover that checks at each call whether its primary is back, over stores in memory; its fallback is a copy, or a replica."""

    def __init__(self, place: Path, *, replica: bool = False) -> None:
        self.place, self.replica = place, replica
        self.behind = MemoryStore()
        self.primary = Flaky(self.behind)
        self.copy = Flaky(self.behind if replica else MemoryStore())
        self.opened: list[Failover] = []
        self.store = self.open()

    def open(self, **options: Any) -> Failover:
        store = Failover(self.primary, self.copy, spool=self.place / "spool.db", replica=self.replica, **({"pause": 0.0, "longest": 0.0} | options))
        self.opened.append(store)
        return store

    def down(self) -> Failover:
        self.primary.up = False
        return self.store

    def up(self) -> Failover:
        self.primary.up = True
        return self.store

    def spooled_bytes(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.place.glob("spool.db*"))
