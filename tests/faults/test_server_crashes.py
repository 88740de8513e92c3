"""Servers that are killed under load lose nothing that was acknowledged, and stores go on when they are back."""

import pytest

from .server_crashes import run
from .server_stores import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_five_crashes_lose_nothing_and_no_store_is_opened_again(kind):
    counts, slowest = run(5, kind, 1)
    assert counts["crashes"] == 5
    assert slowest < 10
