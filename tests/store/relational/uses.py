"""Every statement of a store, used once."""

from recollect.store.relational import RelationalStore
from recollect.testing import ALICE, entry


def use(store: RelationalStore) -> None:
    """Use every statement, and close."""
    store.append(ALICE, "s", [entry("1")])
    store.append(ALICE, "s", [entry("2")])
    store.update_session(ALICE, "s", b" 1", ttl=1, expect=0)
    store.expire()
    store.append(ALICE, "s", [entry("1")])
    assert [item.id for item in store.entries(ALICE, "s")] == ["1"]
    assert store.size() > 0
    store.delete_session(ALICE, "s")
    store.erase(ALICE)
    store.close()
