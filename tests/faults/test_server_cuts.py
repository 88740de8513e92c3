"""Writers whose connections are cut lose nothing that was acknowledged to them, and write nothing twice."""

import pytest

from .server_cuts import run
from .server_stores import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_cuts_lose_nothing(kind):
    counts = run(100, kind, 1)
    assert counts["cuts"] == 100
    assert counts["acknowledged"] > 50
    assert 0 < counts["unknown, happened"] < counts["unknown"]
