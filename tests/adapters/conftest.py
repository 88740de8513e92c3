"""What the adapters' tests share."""

import pytest

from recollect import Memory


@pytest.fixture
def memory(tmp_path):
    with Memory(f"sqlite:///{tmp_path}/memory.db") as opened:
        yield opened
