"""A LangChain vector store, or one for each owner, as what keeps a memory's vectors."""

from collections.abc import Callable, Sequence
from threading import Lock, RLock
from weakref import WeakKeyDictionary

from langchain_core.documents import Document
from langchain_core.vectorstores import VectorStore

from recollect.adapters.langchain.vectors.kinds import Kind, Narrow, checked, kind_of
from recollect.adapters.langchain.vectors.rows import id_of, mark, near, pieces, place
from recollect.errors import Invalid
from recollect.model import Owner
from recollect.recall.pieces import MOST
from recollect.recall.vector_index import Near, Row

AT_ONCE = 1000
"""Ids that a store is asked for at once."""


class VectorIndex:
    """A LangChain vector store in the place of a memory's own vectors: ``Memory(…, vectors=VectorIndex(store))``. It embeds by itself.

    Rows have the metadata ``owner`` (64 hexadecimal digits that stand for tenant and user), ``tenant``, ``kind``, ``user``, ``session``,
    ``position``, ``piece`` and ``pieces``, and the text. Searches are narrowed by ``owner`` in the store's own way; what they return is
    checked against the tenant and the user again.

    Args:
        store: a vector store that can delete; or a function from an ``Owner`` (``tenant``, ``kind``, ``name``) to one of that owner's own,
            which is called at every use, and is to return the same one each time.
        narrow: for a store that is no FAISS, Milvus, Qdrant, nor one that takes ``filter={"owner": mark}``: a function from an owner's mark to
            the arguments by which ``similarity_search_with_score`` finds rows of that ``owner`` alone.
        name: what it is called, for people; that of its class, unless given. Another one makes a memory look for all that it has again.

    Raises:
        Invalid: the store cannot delete, or is none.

    """

    def __init__(self, store: VectorStore | Callable[[Owner], VectorStore], *, narrow: Narrow | None = None, name: str | None = None) -> None:
        self._narrow = narrow
        self._lock = Lock()
        self._locks: WeakKeyDictionary[VectorStore, RLock] = WeakKeyDictionary()
        if isinstance(store, VectorStore):
            self._of: Callable[[Owner], VectorStore] = lambda _: store
            self._kind(store)
        elif callable(store) and not isinstance(store, type):
            self._of = store
        else:
            raise Invalid(f"the vector store is a {type(store).__name__}; give one of LangChain's, or a function from an Owner to one")
        self.name = name or (type(store).__name__ if isinstance(store, VectorStore) else getattr(store, "__name__", type(store).__name__))

    def add(self, owner: Owner, rows: Sequence[Row]) -> None:
        """Embed and keep rows; what is there already, with the same text, is left as it is."""
        kind = self._kind(self._of(owner))
        wanted = [piece for row in rows for piece in pieces(owner, row)]
        ids = {piece.id for piece in wanted}
        known = kind.known(list(ids))
        whose = mark(owner)
        if known is None:
            kind.remove([id_of(whose, row.position, piece) for row in rows for piece in range(MOST)])
            known = []
        there = {id_of(whose, at[0], at[1]): document for document in known if (at := place(document)) is not None}
        missing = [piece for piece in wanted if not piece.same(there.get(piece.id))]
        other = [piece.id for piece in missing if piece.id in there] + _beyond(whose, rows, known)
        if other:  # left by another ledger of the same owner, or said before the message was rewritten
            kind.remove(other)
        if missing:
            kind.add(missing)

    def remove(self, owner: Owner, positions: Sequence[int]) -> None:
        """Remove messages, those that are there."""
        kind, whose = self._kind(self._of(owner)), mark(owner)
        for start in range(0, len(positions), AT_ONCE):
            some = positions[start : start + AT_ONCE]
            first = self._places(kind, whose, [(position, 0) for position in some])
            if first is None:
                kind.remove([id_of(whose, position, piece) for position in some for piece in range(MOST)])
                continue
            more = self._places(kind, whose, [(position, piece) for (position, _), of in first.items() for piece in range(1, of)])
            found = [id_of(whose, position, piece) for position, piece in (*first, *(more or ()))]
            if found:
                kind.remove(found)

    def lacking(self, owner: Owner, positions: Sequence[int]) -> list[int]:
        """Return which messages are not there; all, where the store cannot tell."""
        found = self._places(self._kind(self._of(owner)), mark(owner), [(position, 0) for position in positions])
        return [position for position in positions if found is None or (position, 0) not in found]

    def search(self, owner: Owner, text: str, count: int) -> list[Near]:
        """Return the pieces most like a text among this owner's, at most ``count``."""
        found = self._kind(self._of(owner)).search(text, count, mark(owner))
        sign = -1.0 if found and found[0][1] < found[-1][1] else 1.0  # distances grow, the best first
        return [one for document, score in found if (one := near(document, sign * score)) is not None]

    def _places(self, kind: Kind, whose: str, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int] | None:
        """Return which pieces are there, and how many pieces their messages have; None if the store cannot tell."""
        documents = kind.known([id_of(whose, position, piece) for position, piece in wanted])
        if documents is None:
            return None
        return {at[:2]: at[2] for document in documents if (at := place(document)) is not None}

    def _kind(self, store: VectorStore) -> Kind:
        checked(store)
        with self._lock:
            lock = self._locks.get(store) or self._locks.setdefault(store, RLock())
        return kind_of(store, self._narrow, lock)


def _beyond(whose: str, rows: Sequence[Row], known: Sequence[Document]) -> list[str]:
    """Return the ids of the pieces that messages have no more, where those that are there tell of more."""
    counts = {row.position: len(row.pieces) for row in rows}
    places = [at for document in known if (at := place(document)) is not None]
    return list({id_of(whose, position, number): None for position, _, of in places for number in range(counts.get(position, of), of)})
