"""Real servers that are killed and come back lose nothing that was acknowledged through a failover."""

from collections import Counter
from pathlib import Path
from random import Random
from time import sleep

import pytest

from recollect.store.failover import Failover
from recollect.store.memory import MemoryStore

from .outages import Place, compare_store, settle, write
from .server_stores import KINDS


@pytest.mark.parametrize("kind", ["postgresql", "redis"])
def test_a_server_that_is_killed_and_restarted_loses_nothing(kind: str, tmp_path: Path) -> None:
    server = KINDS[kind].durable()

    def trouble() -> None:
        for _ in range(3):
            sleep(0.3)
            server.kill()
            sleep(0.3)
            server.start()

    with KINDS[kind].database(server) as url:
        store = Failover(lambda: KINDS[kind].open(url, wait=2), MemoryStore, spool=tmp_path / "spool.db", pause=0.02, longest=0.1, patience=0.2)
        try:
            said = write(store, False, trouble, Random(1))
            assert store.state.spooled_writes > 10
            settle(store, Place(tmp_path, replica=False))
            counts = Counter[str]()
            compare_store(store, said, counts)
            assert counts["acknowledged"] > 10
        finally:
            store.close()
