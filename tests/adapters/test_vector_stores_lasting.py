"""Vectors that last are not made twice, and two processes over one ledger leave nothing behind of what either removes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recollect import Memory, Message
from recollect.adapters.langchain import VectorIndex

from .vector_stores import SIZE, SUNSET, Words, faiss, in_memory, texts

pytestmark = pytest.mark.filterwarnings(SUNSET)


def until(condition):
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def milvus_at(folder, words):
    from langchain_milvus import Milvus

    return Milvus(words, collection_name="messages", connection_args={"uri": str(folder / "milvus.db")})


def close_milvus(store, folder):
    from milvus_lite.server_manager import server_manager_instance

    store.client.close()
    server_manager_instance.release_server(str(folder / "milvus.db"))


def qdrant_at(folder, words):
    from langchain_qdrant import QdrantVectorStore
    from qdrant_client import QdrantClient, models

    client = QdrantClient(path=str(folder / "qdrant"), force_disable_check_same_thread=True)
    if not client.collection_exists("messages"):
        client.create_collection("messages", vectors_config=models.VectorParams(size=SIZE, distance=models.Distance.COSINE))
    return QdrantVectorStore(client, "messages", words)


def close_qdrant(store, folder):
    store.client.close()


def in_memory_at(folder, words):
    path = folder / "vectors.json"
    return type(in_memory(folder, words)).load(str(path), words) if path.exists() else in_memory(folder, words)


def close_in_memory(store, folder):
    store.dump(str(folder / "vectors.json"))


@pytest.mark.parametrize(
    ("opened", "closed"),
    [(milvus_at, close_milvus), (qdrant_at, close_qdrant), (in_memory_at, close_in_memory)],
    ids=["Milvus Lite", "Qdrant", "a file"],
)
def test_nothing_is_embedded_twice_over_a_restart(opened, closed, tmp_path):
    embedded = []
    for round in range(3):
        words = Words()
        store = opened(tmp_path, words)
        words.embedded.clear()
        with Memory(f"sqlite:///{tmp_path}/memory.db", vectors=VectorIndex(store)) as memory:
            alice = memory.user("alice")
            if not round:
                alice.session("s").append(*(Message("user", f"This is thing{number}.") for number in range(100)))
            alice.session("t").append(user=f"It is round{round} now.")
            alice.recall("thing")
            until(lambda memory=memory: not memory.embedder.waiting)
            assert alice.recall("thing42", k=1)[0].why["dense"] > 0
            assert len(texts(store)) == 101 + round
        embedded.append([text for text in words.embedded if text != "dummy_text"])
        closed(store, tmp_path)
    assert len(embedded[0]) == 101
    assert embedded[1:] == [["It is round1 now."], ["It is round2 now."]]


THEIRS = """
import sys
sys.path.insert(0, sys.argv[2])
from adapters.vector_stores import Words, in_memory, texts
from recollect import Memory
from recollect.adapters.langchain import VectorIndex

store = in_memory(None, Words())
with Memory(sys.argv[1], vectors=VectorIndex(store)) as memory:
    alice = memory.user("alice")
    assert alice.recall("sister lisbon", k=1)[0].why["dense"] > 0.4
    alice.session("b").append(user="My cousin lives in Oslo.")
    alice.session("a").delete()
    assert alice.recall("cousin oslo", k=1)[0].text == "My cousin lives in Oslo."
    assert texts(store) == ["My brother lives in Rome.", "My cousin lives in Oslo."]
"""


def test_what_another_process_wrote_and_removed_is_in_this_one_s_vectors_at_the_next_question(tmp_path):
    url = f"sqlite:///{tmp_path}/memory.db"
    ours = faiss(tmp_path, Words())
    with Memory(url, vectors=VectorIndex(ours)) as memory:
        alice = memory.user("alice")
        alice.session("a").append(user="My sister lives in Lisbon.")
        alice.session("b").append(user="My brother lives in Rome.")
        assert alice.recall("sister lisbon", k=1)[0].text == "My sister lives in Lisbon."
        command = [sys.executable, "-W", "error", "-c", THEIRS, url, str(Path(__file__).parents[1])]
        subprocess.run(command, check=True, timeout=60, env=os.environ)
        found = alice.recall("cousin oslo", k=1)[0]
        assert found.text == "My cousin lives in Oslo."
        assert found.why["dense"] > 0.4
        until(lambda: texts(ours) == ["My brother lives in Rome.", "My cousin lives in Oslo."])
