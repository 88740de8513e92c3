"""How each kind of vector store is searched for one owner's rows alone, and how it tells and removes what it has."""

from collections.abc import Callable, Mapping, Sequence
from threading import RLock
from typing import Any

from langchain_core.documents import Document
from langchain_core.vectorstores import VectorStore

from recollect.adapters.langchain.vectors.rows import Piece
from recollect.errors import Invalid, StoreError

Narrow = Callable[[str], Mapping[str, Any]]
"""From an owner's mark to what ``similarity_search_with_score`` is to be told, so that it finds rows whose metadata ``owner`` is that mark."""
Scored = list[tuple[Document, float]]


class Kind:
    """A vector store that takes a dict of metadata as its filter, as most do, and that many threads may call.

    Args:
        store: the vector store.
        narrow: how searches are narrowed, if it takes something else.
        lock: for those that one thread at a time may call.

    """

    def __init__(self, store: Any, narrow: Narrow | None, lock: RLock) -> None:
        self.store = store
        self.lock = lock
        self.narrow = narrow or self.narrowed
        self.tells = type(store).get_by_ids is not VectorStore.get_by_ids

    def narrowed(self, owner: str) -> Mapping[str, Any]:
        """Return what a search is to be told."""
        return {"filter": {"owner": owner}}

    def search(self, text: str, count: int, owner: str) -> Scored:
        """Return rows and their scores, the best first."""
        found: Scored = self.store.similarity_search_with_score(text, k=count, **self.narrow(owner))
        return found

    def known(self, ids: Sequence[str]) -> list[Document] | None:
        """Return the rows of some ids, those that there are; None if the store cannot tell."""
        return self.store.get_by_ids(list(ids)) if self.tells and ids else [] if self.tells else None

    def add(self, pieces: Sequence[Piece]) -> None:
        """Embed and add rows that are not there."""
        self.store.add_texts([one.text for one in pieces], metadatas=[dict(one.metadata) for one in pieces], ids=[one.id for one in pieces])

    def remove(self, ids: Sequence[str]) -> None:
        """Remove rows that are there, or may be."""
        if self.store.delete(list(ids)) is False:
            raise StoreError(f"{type(self.store).__name__} could not delete {len(ids)} rows; its log may tell why")


class Locked(Kind):
    """A vector store in this process, which one thread may call at a time."""

    def search(self, text: str, count: int, owner: str) -> Scored:
        """As Kind.search."""
        with self.lock:
            return super().search(text, count, owner)

    def known(self, ids: Sequence[str]) -> list[Document] | None:
        """As Kind.known."""
        with self.lock:
            return super().known(ids)

    def add(self, pieces: Sequence[Piece]) -> None:
        """As Kind.add."""
        with self.lock:
            super().add(pieces)

    def remove(self, ids: Sequence[str]) -> None:
        """As Kind.remove."""
        with self.lock:
            super().remove(ids)


class InMemory(Locked):
    """LangChain's own, which takes a function as its filter."""

    def narrowed(self, owner: str) -> Mapping[str, Any]:
        """As Kind.narrowed."""
        return {"filter": lambda document: document.metadata.get("owner") == owner}


class Faiss(Locked):
    """FAISS, which filters what it has found: it is asked for more until enough is left. It is locked while it works, not while it embeds."""

    def narrowed(self, owner: str) -> Mapping[str, Any]:
        """As Kind.narrowed."""
        return {"filter": lambda metadata: metadata.get("owner") == owner}

    def search(self, text: str, count: int, owner: str) -> Scored:
        """As Kind.search."""
        vector = self._embed([text], query=True)[0]
        narrow = self.narrow(owner)
        fetched = 4 * count
        while True:
            with self.lock:
                total = self.store.index.ntotal
                find, fetch = self.store.similarity_search_with_score_by_vector, max(1, min(fetched, total))
                found: Scored = find(vector, k=count, fetch_k=fetch, **narrow)
            if len(found) >= count or fetched >= total:
                return found
            fetched *= 8

    def add(self, pieces: Sequence[Piece]) -> None:
        """As Kind.add."""
        vectors = self._embed([one.text for one in pieces])
        with self.lock:
            there = {one.id for one in self.known([one.id for one in pieces]) or ()}  # somebody else's, meanwhile
            new = [(one, vector) for one, vector in zip(pieces, vectors, strict=True) if one.id not in there]
            texts = [(one.text, vector) for one, vector in new]
            if new:
                self.store.add_embeddings(texts, metadatas=[dict(one.metadata) for one, _ in new], ids=[one.id for one, _ in new])

    def _embed(self, texts: list[str], *, query: bool = False) -> Sequence[Sequence[float]]:
        embeddings = self.store.embeddings
        if embeddings is None:
            return [self.store.embedding_function(text) for text in texts]
        return [embeddings.embed_query(texts[0])] if query else embeddings.embed_documents(texts)


class Qdrant(Kind):
    """Qdrant on a server."""

    def narrowed(self, owner: str) -> Mapping[str, Any]:
        """As Kind.narrowed."""
        from qdrant_client import models

        condition = models.FieldCondition(key=f"{self.store.metadata_payload_key}.owner", match=models.MatchValue(value=owner))
        return {"filter": models.Filter(must=[condition])}


class QdrantHere(Locked, Qdrant):
    """Qdrant in this process."""


class Milvus(Kind):
    """Milvus, Milvus Lite and Zilliz. What stands in its expressions are hexadecimal digits, never a name."""

    def __init__(self, store: Any, narrow: Narrow | None, lock: RLock) -> None:
        if getattr(store, "auto_id", False):
            raise Invalid("this Milvus store gives out ids by itself; make it with auto_id=False, so that messages can be found again and removed")
        super().__init__(store, narrow, lock)

    def narrowed(self, owner: str) -> Mapping[str, Any]:
        """As Kind.narrowed."""
        return {"expr": f'owner == "{owner}"'}

    def search(self, text: str, count: int, owner: str) -> Scored:
        """As Kind.search."""
        return super().search(text, count, owner) if self._is_made() else []

    def known(self, ids: Sequence[str]) -> list[Document] | None:
        """As Kind.known."""
        if not ids or not self._is_made():
            return []
        fields = ["tenant", "kind", "user", "owner", "session", "position", "piece", "pieces"]
        text = self.store._text_field  # noqa: SLF001  # there is no public name for it
        expression = f"{self.store._primary_field} in {list(ids)}"  # noqa: SLF001  # as above
        found = self.store.client.query(self.store.collection_name, filter=expression, output_fields=[*fields, text], limit=len(ids))
        return [Document(page_content=row[text], metadata={name: row[name] for name in fields}) for row in found]

    def add(self, pieces: Sequence[Piece]) -> None:
        """As Kind.add. Two processes that add the same message write it once."""
        if not self._is_made():
            with self.lock:
                if not self._is_made():
                    super().add(pieces)
                    return
        documents = [Document(page_content=one.text, metadata=dict(one.metadata)) for one in pieces]
        self.store.upsert(ids=[one.id for one in pieces], documents=documents)

    def remove(self, ids: Sequence[str]) -> None:
        """As Kind.remove."""
        if self._is_made():
            super().remove(ids)

    def _is_made(self) -> bool:
        """Tell whether there is a collection, and this store knows it: the first row makes one, here or in another process."""
        if self.store.search_params is None:
            with self.lock:
                if self.store.search_params is None and self.store.col is not None:
                    self.store._init()  # noqa: SLF001  # what its constructor does where there is one
                return self.store.search_params is not None
        return True


KNOWN: dict[str, type[Kind]] = {"FAISS": Faiss, "InMemoryVectorStore": InMemory, "Milvus": Milvus, "QdrantVectorStore": Qdrant}
"""Vector stores that are filtered by something else than a dict, by the name of their class."""


def checked(store: Any) -> Any:
    """Return a vector store, if it can do what is needed.

    Raises:
        Invalid: it is none, or it cannot remove what it has, or does not tell how alike things are.

    """
    if not isinstance(store, VectorStore):
        raise Invalid(f"a {type(store).__name__} is no vector store; give one of LangChain's, or a function from an Owner to one")
    own = type(store)
    if own.delete is VectorStore.delete:
        raise Invalid(f"{own.__name__} cannot delete, so what a user removes would stay in it; take another vector store")
    if own.similarity_search_with_score is VectorStore.similarity_search_with_score:
        raise Invalid(f"{own.__name__} does not tell how alike what it finds is (similarity_search_with_score); take another vector store")
    return store


def kind_of(store: Any, narrow: Narrow | None, lock: RLock) -> Kind:
    """Return how a vector store is used.

    Raises:
        Invalid: it gives out ids by itself.

    """
    own = type(store)
    names = {one.__name__ for one in own.__mro__}
    kind: type[Kind] = next((KNOWN[name] for name in KNOWN if name in names), Kind)
    if kind is Qdrant and _is_local(store):
        kind = QdrantHere
    return kind(store, narrow, lock)


def _is_local(store: Any) -> bool:
    return type(getattr(store.client, "_client", None)).__name__ == "QdrantLocal"
