"""What tests of one kind of server, and of each, are given."""

from collections.abc import Iterator

import pytest

from .kinds import KINDS, Kind


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture
def url(kind: Kind) -> Iterator[str]:
    with kind.database() as url:
        yield url
