"""What the tests of failovers share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .failovers import House


@pytest.fixture(params=[False, True], ids=["copy", "replica"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, replica=request.param)
    yield house
    for store in house.opened:
        store.close()


@pytest.fixture
def lagging(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    for store in house.opened:
        store.close()
