"""No process's cache ever gives what another one has changed before. ``make stale`` does 100,000 operations."""

from pathlib import Path

import pytest

from conformance.kinds import KINDS
from faults.staleness import check
from recollect.store.protocol import system_clock

SHARED = [name for name, kind in KINDS.items() if kind.persistent and name != "sqlite, exclusive"]


@pytest.mark.parametrize("kind", SHARED)
def test_a_read_after_an_acknowledged_write_sees_it(kind: str, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    KINDS[kind].open(place, system_clock).close()  # starts the server, which the processes share
    counts = check(lambda: KINDS[kind].open(place, system_clock), 3000, tmp_path)
    assert counts["hits"] > counts["misses"] > 0
    assert counts["removals"] > 10
    assert counts["rewrites"] > 10
