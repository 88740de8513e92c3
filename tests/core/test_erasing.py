"""Erasure: of everything, for good, and told in a receipt."""

import pytest

from recollect import Erased, Memory
from recollect.model import Owner

ALICE = Owner("", "user", "alice")


@pytest.fixture
def memory() -> Memory:
    return Memory("memory://", embedder=None)


def fill(memory: Memory, name: str = "alice") -> None:
    user = memory.user(name)
    user.session("orders").append(user="Where is my order?", assistant="Let me look.")
    user.session("orders").update(title="Orders")
    user.session("empty").update(title="Nothing yet")
    user.remember("prefers email")
    user.documents("settings").put({"theme": "dark"})


def test_an_erased_user_is_gone_and_the_receipt_tells_what_was_there(memory: Memory) -> None:
    fill(memory)
    receipt = memory.user("alice").erase(by="ticket 17")
    assert receipt
    assert receipt.counts == {"sessions": 2, "messages": 2, "facts": 1, "documents": 1}
    assert (receipt.by, receipt.kind, receipt.tenant) == ("ticket 17", "user", "")
    assert receipt.requested <= receipt.finished
    assert memory.store.changes(ALICE, 0, 10) == []
    assert memory.users().items == []


def test_erasing_nobody_is_told_and_keeps_them_out_as_well(memory: Memory) -> None:
    receipt = memory.user("alice").erase()
    assert not receipt
    assert receipt.counts == {"sessions": 0, "messages": 0, "facts": 0, "documents": 0}
    with pytest.raises(Erased, match="readmit"):
        memory.user("alice").remember("x")
