"""A memory, and the handles that it gives."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from recollect.codec.plain import check_name
from recollect.core import auditing, collections, sessions
from recollect.core.address import address
from recollect.core.engine import INDEX_BYTES
from recollect.core.tails import CACHE_BYTES, CacheStats
from recollect.memory.documents import Documents
from recollect.memory.session import Session
from recollect.memory.user import User
from recollect.model import Hold, Owner, Page, Receipt, Retained, Scanned, SessionInfo, Standing
from recollect.runtime import Blocking, Model, Progress, complete
from recollect.store import Store

if TYPE_CHECKING:
    from recollect.aio import AsyncMemory
    from recollect.core.background import Learning
    from recollect.core.finders import Finder
    from recollect.core.guarded import EmbedderStatus
    from recollect.core.trail import Trail
    from recollect.privacy.audit import Audit, Record, Verified
    from recollect.privacy.keys import Keyring
    from recollect.privacy.redaction import Redaction
    from recollect.privacy.retention import Retention
    from recollect.recall.embedder import Call, Embedder
    from recollect.recall.vector_index import VectorIndex


class Memory:
    """The memory of one application, in a database that its owner runs. ``AsyncMemory`` has the same methods, to be awaited.

    Args:
        store: a URL such as ``sqlite:///support.db``, ``file:///folder`` or ``memory://``, or an open store, which its owner closes.
        tenant: whose memory, where one database holds several. No call reaches another tenant's.
        cache_bytes: how much this memory may keep of the ends of the sessions in use. What it gives is never stale.
        embedder: what turns texts into vectors, so that recall goes by meaning beside words: LangChain's ``Embeddings``, or a function with a
            name from a list of texts to a list of vectors. Unless given, MiniLM where it is installed on this machine
            (``recollect model install minilm``); None for words alone. It never raises: where it fails or is slow, recall goes by words.
            A list names the embedders that were used before, behind the one that is used now: their vectors serve until there are others.
        vectors: what keeps the vectors instead of this memory, and embeds by itself: a ``recollect.adapters.langchain.VectorIndex`` over a
            LangChain vector store. It never makes a recall fail either.
        index_bytes: how much it may keep of the search indexes of the users who were lately asked about.
        redact: what is not to be stored, such as ``Redaction()``: personal values are replaced before anything is written, indexed or embedded.
        keys: what seals all that is stored, each user's with a key of their own: see ``open_keyring``. Whoever opened the keyring closes it.
        audit: have all that reads or changes a user's data noted, in a form that no one can change unseen: ``Audit(key="audit.key")``.

    Raises:
        Invalid: the URL names no store, or keys were given, and the memory is not sealed.
        Locked: the memory is sealed, and no keys were given, or others.
        StoreError: the store cannot be opened.

    """

    def __init__(
        self,
        store: str | Store,
        *,
        tenant: str = "",
        embedder: "Embedder | Call | str | Sequence[Any] | None" = "auto",
        vectors: "VectorIndex | None" = None,
        cache_bytes: int = CACHE_BYTES,
        index_bytes: int = INDEX_BYTES,
        redact: "Redaction | None" = None,
        keys: "Keyring | None" = None,
        audit: "Audit | None" = None,
    ) -> None:
        from recollect.core.opening import opened

        self.tenant = check_name(tenant, "the tenant", empty=True)
        self.store, self._owns_store, self._engine, self._embedding = opened(
            store, self.tenant, Blocking(), embedder, vectors, cache_bytes, index_bytes, redact, audit, keys
        )
        self._learning: list[Learning] = []

    @cached_property
    def aio(self) -> "AsyncMemory":
        """The same memory, to be awaited. It shares the store; closing this memory closes both."""
        from recollect.aio import AsyncMemory

        other = AsyncMemory(self.store, tenant=self.tenant)
        other._engine = self._engine._replace(runtime=other._engine.runtime)  # noqa: SLF001  # the other face of this object
        other._learning = self._learning  # noqa: SLF001  # as above
        return other

    @property
    def trail(self) -> "Trail | None":
        """What notes what is done; None where the memory is not audited."""
        return self._engine.audit

    @property
    def redaction(self) -> "Redaction | None":
        """What is not stored; None where everything is."""
        return None if self._engine.redacting is None else self._engine.redacting.rules

    @property
    def cache(self) -> CacheStats:
        """What the cache of this memory holds, and how often it served: see ``cache_bytes``."""
        return self._engine.tails.stats()

    @property
    def embedder(self) -> "EmbedderStatus":
        """What recall goes by beside words: the embedder and how it stands, or what to do to have one."""
        return self._engine.indexes.embedder

    def session(self, id: str, *, user: str | None = None) -> Session:
        """Return the handle of a session: of a user's, or of an anonymous one, which shares its ledger with no other."""
        return Session(self._engine, address(self.tenant, user, id))

    def user(self, name: str) -> User:
        """Return the handle of a user."""
        return User(self._engine, Owner(self.tenant, "user", check_name(name, "the user")))

    def documents(self, collection: str) -> Documents:
        """Return the handle of a collection that belongs to the tenant, and to no user."""
        return Documents(self._engine, Owner(self.tenant, "tenant", ""), collections.check_collection(collection))

    def users(self, *, after: str | None = None, limit: int = 100) -> Page[str]:
        """Return a page of the users that have anything stored, in order."""
        return complete(sessions.users(self._engine, self.tenant, after, limit))

    def recent(self, *, limit: int = 50) -> list[SessionInfo]:
        """Return the sessions that were updated last, over all users and the anonymous ones: for an overview."""
        return complete(sessions.recent(self._engine, self.tenant, limit))

    @contextmanager
    def acting(self, actor: str, *, purpose: str = "") -> Iterator[None]:
        """Have what is done within the block noted as somebody's: ``with memory.acting("agent-7", purpose="ticket 12"): …``.

        It holds for this thread, or for this task and those that it starts. Both stand in the audit as they are: no user's name, no content.
        """
        with auditing.acting(actor, purpose):
            yield

    def audit(
        self,
        *,
        user: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> "list[Record]":
        """Return the audit's records by their time: those about a user, by somebody, of an action, from a time on, before a time (aware).

        Raises:
            Invalid: the memory was opened without its audit.

        """
        from recollect.core import audit

        owner = None if user is None else Owner(self.tenant, "user", check_name(user, "the user"))
        wanted = audit.Wanted(owner, None, actor, action, since, until)
        return complete(audit.records(self._engine, owner or Owner(self.tenant, "tenant", ""), wanted))

    def verify_receipt(self, receipt: Receipt | bytes | str) -> Standing:
        """Tell whether this memory signed a receipt of an erasure (its JSON does as well), and whether it still holds.

        Raises:
            Invalid: it is none, or another tenant's.

        """
        from recollect.core import receipts

        return complete(receipts.verify(self._engine, self.tenant, receipt))

    def verify_audit(self, anchors: str | PathLike[str] | None = None) -> "Verified":
        """Verify the audit: that no record was altered, removed, moved or added, as far as that can be told, and tell what cannot.

        Args:
            anchors: the file that ``Audit(anchor=…)`` was given, by which also a cut-off end is found.

        Raises:
            Invalid: the memory was opened without its audit.
            NotFound: there is no audit, or no such file.

        """
        from recollect.core import audit

        return complete(audit.verified(self._engine, self.tenant, anchors))

    def holds(self) -> list[Hold]:
        """Return the legal holds on users and sessions, the oldest first."""
        from recollect.core import holding

        return complete(holding.holds(self._engine, self.tenant))

    def retain(
        self,
        rules: "Retention",
        *,
        dry_run: bool = True,
        now: datetime | None = None,
        clock_is_right: bool = False,
        progress: "Progress | None" = None,
    ) -> Retained:
        """Remove what is older than rules of retention keep it: ``memory.retain(Retention.load("retention.toml"))``.

        It can be cut off and repeated. What is under a legal hold is passed over, and counted.

        Args:
            rules: what of whom is kept how long.
            dry_run: only count, unless told otherwise.
            now: from when "older" is seen; the present unless given (aware).
            clock_is_right: the clock may be believed though it is far ahead of all that the memory has seen.
            progress: called with how many users and anonymous sessions are done, of how many.

        Raises:
            Doubtful: the clock is far ahead of the latest message and the latest retention. Nothing was removed.
            Invalid: there is a rule for the audit, and the memory was opened without.

        """
        from recollect.core import retaining

        return complete(retaining.retain(self._engine, self.tenant, rules, now, dry_run, clock_is_right, progress))

    def expire(self) -> int:
        """Delete the sessions whose time to live is over, in all tenants, and return how many. They are hidden before.

        The facts and vectors that rest on them alone go with them. Where that fails, StoreError has the outcome "unknown": repeat it.
        """
        return complete(sessions.expire(self._engine))

    def scan(self, redaction: "Redaction | None" = None, *, dry_run: bool = True, progress: "Progress | None" = None) -> Scanned:
        """Find what the rules find in all that is stored of the tenant, and redact it. Unless it is told otherwise, it only tells what it would do.

        What was cut off goes on where it stood when it is called again. No two values are told apart in what it returns: counts alone.

        Args:
            redaction: the rules; those of the memory unless given, and all kinds if it has none.
            dry_run: change nothing.
            progress: called with how much is done, and how much there is.

        """
        from recollect.core import scanning

        return complete(scanning.scan(self._engine, self.tenant, redaction, dry_run, progress))

    def learn_in_background(
        self, model: Model | None = None, *, rules: "Finder | str | None" = None, every: timedelta = timedelta(seconds=10)
    ) -> "Learning":
        """Learn from what users say, in a thread, a while after they have said it; closing the memory ends it.

        Any number of processes may do so at once: each message is learned once.

        Args:
            model: a chat model to ask; otherwise rules find facts.
            rules: other rules than those for English: ``"de"``, ``Rules.load(path)``. For several languages, call this once for each.
            every: how long to wait between two looks for new messages.

        Raises:
            Invalid: what is given is no model, or no rules.

        """
        from recollect.core.background import Learning

        learning = Learning(self._engine, self.tenant, model, rules, every)
        self._learning.append(learning)
        return learning

    def close(self) -> None:
        """Let go of the threads, and of the store if it was opened from a URL."""
        for learning in self._learning:
            learning.close()
        self._embedding.close()
        if "aio" in self.__dict__:
            self.aio._engine.runtime.close()  # noqa: SLF001  # the other face of this object
        self._engine.indexes.close()
        if self._engine.audit is not None:
            self._engine.audit.close()
        if self._owns_store:
            self.store.close()

    def __enter__(self) -> Self:
        """Return the memory, to be closed at the end of the block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the memory."""
        self.close()
