"""What Recollect asks of a database."""

from collections.abc import Callable, Mapping, Sequence
from time import time_ns
from typing import Protocol

from recollect.model import Document, Entry, Owner, Saved, SessionState

SETTINGS = "recollect.settings"
"""The collection of the sessions' settings, by session. Written by ``update_session`` alone."""

REMOVED = "recollect.removed"
"""The collection of notices, by session: every entry of the session before the notice's position is gone."""

REWRITTEN = "recollect.rewritten"
"""The collection of notices, by session: entries of the session before the notice's position have other bodies than they had."""

NOTICES = frozenset({REMOVED, REWRITTEN})
"""The collections of notices. A document whose body is None is a notice as well."""

RESTORING = "recollect.restoring"
"""The collection, in a tenant's ledger, of the note that a restore has begun here and has not come to its end. It is never sealed."""

RESTORED = "recollect.restored"
"""The collection, in a tenant's ledger, of the note which restore the memory came from. It is never sealed."""

PART = 256 << 10
"""Bytes that a part of a derived document has at the most."""

Clock = Callable[[], int]
"""Microseconds since 1970 (UTC). It decides when something has expired, and never an order."""


def system_clock() -> int:
    """Return the microseconds since 1970 (UTC) by the machine's clock."""
    return time_ns() // 1000


class Store(Protocol):
    """Where bytes live: ledgers of entries and documents, one for each owner.

    Each method is one atomic transaction: it happens whole, or not at all. What a writing method has returned survives the
    end of the process and of the machine's power, as far as the database can promise it. Methods may be called by many
    threads at once. Driver errors leave as ``StoreError`` or one of its children.

    Positions are handed out within the transaction: strictly increasing for each owner, over its entries and documents
    together, and never used again, also after an erasure, which leaves a gap: one position that is
    handed out to nobody. Whatever is written or removed takes a position.

    A session whose time is over is hidden from ``entries``, ``session``, ``sessions`` and ``recent`` at once. ``expire``
    removes it, as does the next append or update, which starts it anew.
    """

    def append(self, owner: Owner, session: str, entries: Sequence[Entry], *, expect: int | None = None) -> int:
        """Add entries at the end of a session, making owner and session where they are new.

        An entry whose id is in the session already with the same role and digest is left as it is. If all are, the call
        changes nothing, whatever ``expect`` says: it is a retry.

        Returns:
            The highest position among the given entries; the session's position if none were given.

        Raises:
            Conflict: an id is there with another role or digest, or the session's position is not ``expect``.

        """
        ...

    def entries(
        self,
        owner: Owner,
        session: str,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int | None = None,
        newest: bool = False,
        opening: int = 0,
    ) -> list[Entry]:
        """Return entries with ``after < position < before``, in order of position.

        With a limit: the first so many, or the last so many where ``newest``. If that many were found, the session's first
        ``opening`` entries are put in front of them, but for those that are among them already: what a view needs, in one
        round trip. The cost is that of what is returned, not of the session's length. ``Entry.session`` and ``Entry.edition`` are set.
        """
        ...

    def at(self, owner: Owner, positions: Sequence[int]) -> list[Entry]:
        """Return the entries at some positions, whatever their session, in order of position: those that there are and are not hidden.

        One round trip, or two where a database knows entries by their session alone. The cost is that of what is returned.
        """
        ...

    def rewrite(self, owner: Owner, session: str, entries: Sequence[Entry], *, edition: int) -> int:
        """Replace what entries hold: ``tokens``, ``digest`` and ``body``. Where they stand, and their ids, roles and times, stay.

        The bytes that they held are removed as those of a deleted session are. The session's edition rises by one, its count of
        tokens follows, and a notice is left: the document ``(REWRITTEN, session)``, at a new position. Like each notice, it takes
        all derived documents of the owner with it. What the session's listings go by (``updated``, ``activity``) and its expiry stay.

        What was appended at first is then no retry any more: an append of an entry's former digest is a Conflict, and one of its
        present digest is a retry. The edition lasts until the session is deleted; clearing keeps it.

        Args:
            owner: whose ledger.
            session: whose entries; all of one session.
            entries: as they are to be, each with the position at which it stands, and its id. Those that are not there are left out.
            edition: the session's edition as it was when they were read (``Entry.edition``).

        Returns:
            The position of the notice; 0 if none of the entries is there any more (or is hidden), so that nothing was changed.

        Raises:
            Conflict: the session has been rewritten since they were read. Read them again.

        """
        ...

    def session(self, owner: Owner, session: str) -> SessionState | None:
        """Return one session, or None."""
        ...

    def sessions(self, owner: Owner, *, after: int | None = None, limit: int) -> list[SessionState]:
        """Return an owner's sessions by falling ``activity``, those below ``after``."""
        ...

    def update_session(self, owner: Owner, session: str, settings: bytes, *, ttl: int | None, expect: int) -> int:
        """Replace a session's settings and time to live, making it where it is new.

        Returns:
            The new revision.

        Raises:
            Conflict: the session's revision is not ``expect`` (0: there are no settings yet).

        """
        ...

    def clear_session(self, owner: Owner, session: str) -> bool:
        """Remove a session's entries, keep its settings, and leave a notice. Returns whether there was such a session."""
        ...

    def delete_session(self, owner: Owner, session: str, *, expect: int | None = None) -> bool:
        """Remove a session with its entries and settings, and leave a notice.

        Returns:
            Whether there was such a session; where there was none, whatever ``expect`` says.

        Raises:
            Conflict: the session's position is not ``expect`` (0: it has no entries); nothing was removed.

        """
        ...

    def put(self, owner: Owner, documents: Sequence[Document], *, expect: Mapping[tuple[str, str], int] | None = None) -> int:
        """Write documents; one whose body is None is removed, and leaves a notice.

        Args:
            owner: whose ledger.
            documents: at most one for each ``(collection, key)``.
            expect: the present position of any ``(collection, key)``; 0 where there must be none.

        Returns:
            The highest position given out, 0 without documents.

        Raises:
            Conflict: a position is not as expected.

        """
        ...

    def documents(
        self,
        owner: Owner,
        collection: str,
        *,
        keys: Sequence[str] | None = None,
        prefix: str = "",
        after: str | None = None,
        limit: int | None = None,
    ) -> list[Document]:
        """Return a collection's documents by key, in order of code points: those among ``keys``, with ``prefix``, beyond ``after``."""
        ...

    def changes(self, owner: Owner, after: int, limit: int) -> list[Entry | Document]:
        """Return the first ``limit`` entries, documents and notices beyond a position, in order of position."""
        ...

    def save(self, owner: Owner, name: str, position: int, parts: Sequence[bytes]) -> bool:
        """Keep a derived document in the place of the one of this name, all or nothing; without parts, remove that one.

        Derived is what can be made again of the ledger, such as a search index. It takes no position, is in neither ``changes``
        nor ``documents``, is not copied with the ledger, and may be lost with the machine's power.

        Each notice, whatever of, and so each removal of a session takes all derived documents of the owner with it, since they may
        hold words of what was removed. And none is kept that has not seen a removal: ``position``, that of the last change read
        before it was made, must be that of the latest notice or beyond, within the ledger that is there now (positions are not used
        again, so that one made of an erased ledger stays out of the owner's next one). One made of less never replaces one made of more.

        Args:
            owner: of whose ledger it was made.
            name: what it is; short.
            position: up to where the ledger was read for it.
            parts: its bytes, at most ``PART`` in each.

        Returns:
            Whether it was kept. If not, read what came, and make it anew.

        """
        ...

    def saved(self, owner: Owner, name: str) -> Saved | None:
        """Return a derived document; None where there is none, or its bytes are damaged."""
        ...

    def recent(self, tenant: str, *, limit: int) -> list[tuple[Owner, SessionState]]:
        """Return a tenant's sessions over all owners, the latest ``updated`` first: an overview, not an order."""
        ...

    def owners(self, tenant: str, *, after: Owner | None = None, limit: int) -> list[Owner]:
        """Return a tenant's owners in order, those beyond ``after``."""
        ...

    def erase(self, owner: Owner) -> bool:
        """Remove an owner and all that it has. Returns whether there was one."""
        ...

    def expire(self) -> list[tuple[Owner, str]]:
        """Delete the sessions whose time is over. Returns which, each with its owner, so that what rests on them can go too.

        Owners' ledgers may be transactions of their own.

        Raises:
            StoreError: ``expired`` tells what may be deleted already.

        """
        ...

    def size(self) -> int:
        """Return the bytes that the store takes where it lives."""
        ...

    def close(self) -> None:
        """Let go of files and connections. Further calls raise StoreError; a further close does nothing."""
        ...
