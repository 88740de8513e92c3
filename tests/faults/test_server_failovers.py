"""Primaries and slots of Redis that move under load lose nothing that enough replicas had."""

import pytest

from .server_failovers import HOW, run


@pytest.mark.parametrize("how", HOW)
def test_moves_under_load_lose_nothing(how):
    counts, _ = run(2, how, 3)
    assert counts["moves"] == 2
    assert counts["acknowledged"] > 100
