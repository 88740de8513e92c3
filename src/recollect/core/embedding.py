"""The embedder of a memory: asked within a time limit, left alone for a while when it fails, and its state told."""

from collections.abc import Callable, Sequence
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from msgspec import Struct

from recollect.core.pool import Pool
from recollect.errors import Invalid, MissingExtra, RecollectError
from recollect.recall.embedder import Embedder, as_embedder, matrix, name_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")

LIMIT = 1.0
"""Seconds that a query's vector may take; recall goes by words alone then."""
PATIENCE = 60.0
"""Seconds that the vectors of a batch of messages may take."""
PAUSE = 10.0
"""Seconds for which an embedder that failed is left alone."""
THREADS = 8
"""Queries that are embedded at once."""

State = Literal["ready", "none", "failing", "off"]


class EmbedderStatus(Struct, frozen=True):
    """What recall goes by beside words.

    Args:
        state: ``ready``; ``none`` where there is no model; ``failing`` where the embedder failed or was too slow lately, so that
            recall goes by words alone; ``off`` where ``embedder=None`` was given.
        name: the name that vectors are kept under, where there is an embedder.
        reason: what to do where there is none, or how it failed last.
        failures: how often it failed or was too slow.
        waiting: messages, of the users in memory, that have no vector yet.

    """

    state: State
    name: str | None = None
    reason: str = ""
    failures: int = 0
    waiting: int = 0

    def __str__(self) -> str:
        """Return it in a line, for a person."""
        if self.state == "ready":
            return f"words and {self.name}"
        return f"words alone: {self.reason}" if self.name is None else f"words alone, {self.name} is failing: {self.reason}"


class Embedding:
    """Asks an embedder, from threads of its own. What it cannot give is None: it never raises what an embedder raises.

    Args:
        given: an embedder; ``"auto"`` for MiniLM where it is installed; None for none; or a list of some, each the next one's successor.
        limit: seconds that a query's vector may take.

    Raises:
        Invalid: what was given is no embedder.
        MissingExtra: an embedder was given, and numpy is not installed.

    """

    def __init__(self, given: object, limit: float = LIMIT) -> None:
        self.former: Embedding | None = None
        if isinstance(given, list | tuple):
            if not given:
                raise Invalid("the list of embedders is empty; give one, or None for none")
            self.former = Embedding(given[1:], limit) if given[1:] else None
            given = given[0]
        self._auto = given == "auto" if isinstance(given, str) else False
        self._embedder: Embedder | None = None if self._auto or given is None else _checked(given)
        self._limit = limit
        self._lock = Lock()
        self._absent = "" if given is not None else "no embedder was given"
        self._off = given is None
        self._asking = Pool(THREADS, "recollect-embedder")
        self._background = Pool(1, "recollect-embedding")
        self._closed = False
        self._failures = 0
        self._failed = ""
        self._rests_until = 0.0

    @property
    def name(self) -> str | None:
        """The name that its vectors are kept under; None where there is no embedder."""
        found = self._found()
        return None if found is None else name_of(found)

    @property
    def rests(self) -> bool:
        """Whether it failed a moment ago, and is left alone."""
        return monotonic() < self._rests_until

    def status(self, waiting: int = 0) -> EmbedderStatus:
        """Return how it stands."""
        name = self.name
        if name is None:
            return EmbedderStatus("off" if self._off else "none", None, self._absent)
        return EmbedderStatus("failing" if self._failed else "ready", name, self._failed, self._failures, waiting)

    def query(self, text: str) -> "NDArray[Any] | None":
        """Return the vector of a query, (numbers,) of length 1; None where there is none within the time limit."""
        embedder = self._found()
        if embedder is None or self.rests:
            return None
        return self._within(self._limit, lambda: matrix([embedder.embed_query(text)], 1)[0])

    def documents(self, texts: Sequence[str], *, at_once: bool = False) -> "NDArray[Any] | None":
        """Return the vectors of texts, (texts, numbers) of length 1; None where the embedder fails. ``at_once``: within a query's limit.

        Raises:
            Invalid: the embedder gave something else than vectors for these texts.

        """
        embedder = self._found()
        if embedder is None or self.rests:
            return None
        found = self._within(self._limit if at_once else PATIENCE, lambda: embedder.embed_documents(list(texts)))
        return None if found is None else matrix(found, len(texts))

    def run(self, work: Callable[[], None]) -> None:
        """Have something done in the background, one thing behind the other."""
        if not self._closed:
            self._background.submit(work)

    def close(self) -> None:
        """End the threads. A call under way is waited for as long as a query's may take."""
        self._closed = True
        if self.former is not None:
            self.former.close()
        self._asking.close(self._limit)
        self._background.close(self._limit)

    def _found(self) -> Embedder | None:
        if self._auto:
            with self._lock:
                if self._auto:
                    self._embedder, self._absent = _installed()
                    self._auto = False
        return self._embedder

    def _within(self, limit: float, call: Callable[[], T]) -> T | None:
        """Return a call's result, made in a thread; None if it fails, or takes longer."""
        from concurrent.futures import CancelledError

        future = None if self._closed else self._asking.submit(call)
        if future is None:
            return None
        try:
            error = future.exception(timeout=limit)
        except TimeoutError:
            self.note(f"no answer within {limit:g} s")
            return None
        except CancelledError:  # the memory was closed
            return None
        if error is not None:
            self.note(f"{type(error).__name__}: {error}".splitlines()[0][:300])
            return None
        self._failed = ""
        return future.result()

    def note(self, reason: str) -> None:
        """Take note that it failed, and leave it alone for a while."""
        with self._lock:
            first, self._failed = not self._failed, reason
            self._failures += 1
            self._rests_until = monotonic() + PAUSE
        if first:
            import logging

            logging.getLogger("recollect").warning("The embedder %s fails (%s): recall goes by words alone meanwhile.", self.name, reason)


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
