"""What the adapters' tests share."""

import pytest

from places import PLACES, url_of
from recollect import Memory


@pytest.fixture(params=PLACES)
def memory(request, tmp_path):
    with Memory(url_of(request.param, tmp_path)) as opened:
        yield opened
