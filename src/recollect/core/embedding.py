"""The embedder of a memory: asked within a time limit, left alone for a while when it fails, and its state told."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from recollect.core.guarded import LIMIT, EmbedderStatus, Guarded
from recollect.errors import Invalid, MissingExtra, RecollectError
from recollect.recall.embedder import Embedder, as_embedder, matrix, name_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

PATIENCE = 60.0
"""Seconds that the vectors of a batch of messages may take."""


class Embedding(Guarded):
    """Asks an embedder, from threads of its own. What it cannot give is None: it never raises what an embedder raises.

    Args:
        given: an embedder; ``"auto"`` for MiniLM where it is installed; None for none; or a list of some, each the next one's successor.
        limit: seconds that a query's vector may take.

    Raises:
        Invalid: what was given is no embedder.
        MissingExtra: an embedder was given, and numpy is not installed.

    """

    def __init__(self, given: object, limit: float = LIMIT) -> None:
        super().__init__("embedder", limit)
        self.former: Embedding | None = None
        if isinstance(given, list | tuple):
            if not given:
                raise Invalid("the list of embedders is empty; give one, or None for none")
            self.former = Embedding(given[1:], limit) if given[1:] else None
            given = given[0]
        self._auto = given == "auto" if isinstance(given, str) else False
        self._embedder: Embedder | None = None if self._auto or given is None else _checked(given)
        self._absent = "" if given is not None else "no embedder was given"
        self._off = given is None

    @property
    def name(self) -> str | None:
        """The name that its vectors are kept under; None where there is no embedder."""
        found = self._found()
        return None if found is None else name_of(found)

    def status(self, waiting: int = 0) -> EmbedderStatus:
        """Return how it stands."""
        if self.name is None:
            return EmbedderStatus("off" if self._off else "none", None, self._absent)
        return super().status(waiting)

    def query(self, text: str) -> "NDArray[Any] | None":
        """Return the vector of a query, (numbers,) of length 1; None where there is none within the time limit."""
        embedder = self._found()
        if embedder is None or self.rests:
            return None
        return self.within(self._limit, lambda: matrix([embedder.embed_query(text)], 1)[0])

    def documents(self, texts: Sequence[str], *, at_once: bool = False) -> "NDArray[Any] | None":
        """Return the vectors of texts, (texts, numbers) of length 1; None where the embedder fails. ``at_once``: within a query's limit.

        Raises:
            Invalid: the embedder gave something else than vectors for these texts.

        """
        embedder = self._found()
        if embedder is None or self.rests:
            return None
        found = self.within(self._limit if at_once else PATIENCE, lambda: embedder.embed_documents(list(texts)))
        return None if found is None else matrix(found, len(texts))

    def close(self) -> None:
        """End the threads. A call under way is waited for as long as a query's may take."""
        if self.former is not None:
            self.former.close()
        super().close()

    def _found(self) -> Embedder | None:
        if self._auto:
            with self._lock:
                if self._auto:
                    self._embedder, self._absent = _installed()
                    self._auto = False
        return self._embedder


def _checked(given: object) -> Embedder:
    from importlib.util import find_spec

    embedder = as_embedder(given)
    if find_spec("numpy") is None:
        raise MissingExtra("numpy is not installed, which vectors are kept in: pip install 'recollect[semantic]'")
    return embedder


def _installed() -> tuple[Embedder | None, str]:
    """Return the model that is installed on this machine, if there is one; otherwise what to do."""
    from recollect.models.install import missing
    from recollect.models.known import MINILM
    from recollect.models.minilm import MiniLM
    from recollect.models.shelf import Shelf

    try:
        shelf = Shelf()
        if shelf.manifest(MINILM.name) is None:
            return None, "no model is installed; install one with: recollect model install minilm"
        absent = missing()
        if absent:
            return None, f"MiniLM is installed, but not {', '.join(absent)}: pip install 'recollect[semantic]'"
        return MiniLM(shelf), ""
    except (RecollectError, OSError) as error:
        return None, str(error)
