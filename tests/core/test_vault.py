"""Vectors are saved under their model's name; what cannot be saved or read is made anew, and harms nobody."""

import numpy as np
import pytest

from recollect import Memory
from recollect.core.vault import load_vectors, save_vectors, saved_as
from recollect.model import Owner
from recollect.recall.vectors import Vectors
from recollect.store.memory import MemoryStore
from recollect.store.protocol import PART

OWNER = Owner("", "user", "alice")


def filled() -> MemoryStore:
    """Return a store with a ledger that ends at position 1."""
    store = MemoryStore()
    Memory(store, embedder=None).user("alice").session("s").append(user="hello")
    return store


def vectors(name: str = "m", count: int = 3) -> Vectors:
    found = Vectors(name)
    found.add(range(1, count + 1), np.eye(8, dtype=np.float32)[np.arange(count) % 8])
    return found


def test_they_come_back_in_parts() -> None:
    store, many = filled(), vectors(count=PART // 8)
    assert save_vectors(store, OWNER, "m", many.dump(), 1)
    found = load_vectors(store, OWNER, "m")
    assert found is not None
    assert found.positions == many.positions


def test_each_model_has_its_own() -> None:
    store = filled()
    for name in ("m", "n"):
        assert save_vectors(store, OWNER, name, vectors("m").dump(), 1)
    assert len({saved_as(name) for name in ("m", "n")}) == 2
    assert load_vectors(store, OWNER, "m") is not None
    assert load_vectors(store, OWNER, "n") is None, "they are another model's, whatever they are saved as"


@pytest.mark.parametrize("data", [b"", b"x", vectors().dump()[:-1]])
def test_what_cannot_be_read_is_none(data: bytes) -> None:
    store = filled()
    assert store.save(OWNER, saved_as("m"), 1, [data])
    assert load_vectors(store, OWNER, "m") is None


def test_what_cannot_be_saved_is_told_in_the_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    store = filled()
    assert not save_vectors(store, OWNER, "m", vectors().dump(), 7), "the ledger does not end there"
    store.close()
    with caplog.at_level("INFO"):
        assert not save_vectors(store, OWNER, "m", vectors().dump(), 1)
    assert "put off" in caplog.text
