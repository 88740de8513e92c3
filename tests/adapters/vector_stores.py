"""LangChain's vector stores, each with nothing in it, and an embedder that knows the words of a text."""

from hashlib import sha256
from uuid import uuid4

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import InMemoryVectorStore

SIZE = 64
SUNSET = "ignore:.langchain-community. is being sunset:DeprecationWarning"


class Words(Embeddings):
    """Texts are as alike as they have words in common."""

    def __init__(self, size=SIZE):
        self.size = size
        self.embedded = []

    def embed_documents(self, texts):
        self.embedded += texts
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text):
        vector = [0.01] * self.size
        for word in text.lower().replace("?", " ").replace(".", " ").split():
            vector[sha256(word.encode()).digest()[0] % self.size] += 1.0
        return vector


def in_memory(folder, words):
    return InMemoryVectorStore(words)


def faiss(folder, words):
    from faiss import IndexFlatL2
    from langchain_community.docstore.in_memory import InMemoryDocstore
    from langchain_community.vectorstores import FAISS

    return FAISS(words, IndexFlatL2(SIZE), InMemoryDocstore(), {})


def milvus(folder, words, name=None):
    from langchain_milvus import Milvus

    return Milvus(words, collection_name=name or f"c{uuid4().hex}", connection_args={"uri": str(folder / "milvus.db")})


def qdrant(folder, words):
    from langchain_qdrant import QdrantVectorStore
    from qdrant_client import QdrantClient, models

    client = QdrantClient(":memory:")
    client.create_collection("messages", vectors_config=models.VectorParams(size=SIZE, distance=models.Distance.COSINE))
    return QdrantVectorStore(client, "messages", words)


MAKERS = {"in memory": in_memory, "FAISS": faiss, "Milvus": milvus, "Qdrant": qdrant}


def texts(store):
    """Return all texts that a vector store has, in order."""
    if hasattr(store, "collection_name") and hasattr(store, "search_by_metadata"):  # Milvus, whose searches may leave out a row
        return sorted(document.page_content for document in store.search_by_metadata("position > 0", limit=1000))
    return sorted(document.page_content for document, _ in store.similarity_search_with_score("anything", k=1000))


every_store = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
