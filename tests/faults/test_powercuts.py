"""Power cuts lose nothing that was acknowledged, and the simulation would notice if they did."""

from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from recollect import StoreError

from .disk import Disk, Moved, Named, Sized, Synced, SyncedFolder, Unnamed, Wrote
from .powercuts import Care, cut, run
from .stores import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_three_hundred_seeds_of_power_cuts_lose_nothing(kind):
    counts = run(range(300), kind)
    assert counts["cuts"] == 600
    assert 0 < counts["under way, happened"] < counts["under way"]


def losses(care: Care, kind: str) -> Counter[type]:
    found: Counter[type] = Counter()
    for seed in range(30):
        with TemporaryDirectory() as folder:
            try:
                cut(seed, kind, Path(folder), Counter(), care)
            except (StoreError, AssertionError) as error:
                found[type(error)] += 1
    return found
