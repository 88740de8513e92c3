"""The latest sessions of a tenant, among those of others."""

import pytest

from recollect.model import Owner
from recollect.store.relational import store as relational
from recollect.testing import entry

from .kinds import Kind


def test_the_latest_are_found_wherever_they_stand_among_those_of_other_tenants(kind: Kind, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relational, "LATEST", 10)
    store = kind.open(url)
    for number in range(40):
        tenant = "few" if number < 3 else "many"
        store.append(Owner(tenant, "user", f"{number}"), "s", [entry("1", created=number)])
    names = {tenant: [owner.name for owner, _ in store.recent(tenant, limit=4)] for tenant in ("few", "many", "none")}
    assert names == {"few": ["2", "1", "0"], "many": ["39", "38", "37", "36"], "none": []}
    store.close()
