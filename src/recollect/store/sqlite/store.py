"""The ledger in SQLite's tables."""

import logging
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import apsw

from recollect.errors import RecollectError, StoreError
from recollect.model import Document, Entry, Owner, Saved, SessionState
from recollect.store.lifetime import CLOSED, Lifetime
from recollect.store.protocol import Clock, system_clock
from recollect.store.sqlite import changes as ledger
from recollect.store.sqlite import derived, queries, rewriting
from recollect.store.sqlite import documents as document_rows
from recollect.store.sqlite import entries as entry_rows
from recollect.store.sqlite import sessions as session_rows
from recollect.store.sqlite.commits import Commits
from recollect.store.sqlite.connection import connect, empty_log, make_private, migrate
from recollect.store.sqlite.errors import translate
from recollect.store.sqlite.queries import POSITIONS
from recollect.store.sqlite.scrubbing import scrub

T = TypeVar("T")

SMALL = 200
"""Reads of at most so many rows share the writer's connection, whose pages are in memory, when no writer is at work."""

READERS = 8
"""Connections for reading that are kept open while nobody uses them."""

LOST = (
    "another copy of SQLite in this process, such as Python's sqlite3, has closed the same file and removed this one's log; "
    "open the store again and repeat the call, and query the file from another process, or through apsw"
)

_logger = logging.getLogger("recollect")


class SQLiteStore:
    """A store in one SQLite file (with its ``-wal`` and ``-shm`` files), shared by threads and processes of one machine.

    Args:
        path: the file; made if it is absent, readable by its owner alone, in a folder that exists.
        wait: the seconds for which other writers are waited for, before ``Busy`` is raised.
        exclusive: keep the file to this store alone, without shared memory: for file systems that have none.
        vfs: the name of a registered SQLite VFS, instead of the system's.
        clock: tells when a session has expired.

    ``path``, made absolute, is public. Every commit is synced to the disk before a call returns (``WAL``,
    ``synchronous=FULL``), and removed bytes are overwritten (``secure_delete``) and leave the log. A store must not be carried
    into a forked process: open it there anew. No other copy of SQLite in this process (Python's ``sqlite3``, say) may open the
    file: when it closes it, this store's log is gone. Then the next call raises StoreError.

    """

    def __init__(
        self, path: str | os.PathLike[str], *, wait: float = 30.0, exclusive: bool = False, vfs: str | None = None, clock: Clock = system_clock
    ) -> None:
        self.path = str(Path(path).absolute())
        self._wait = wait
        self._exclusive = exclusive
        self._vfs = vfs
        self._clock = clock
        self._lifetime = Lifetime()
        self._lost = False
        if vfs is None:
            make_private(self.path)
        writer = connect(self.path, wait=wait, vfs=vfs, exclusive=exclusive)
        try:
            migrate(writer)
        except RecollectError:
            writer.close()
            raise
        self._shared = "" if exclusive or vfs is not None else f"{self.path}-shm"
        self._inode = _inode(self._shared)
        self._commits = Commits(writer, self._check_log)
        self._readers: deque[apsw.Connection] = deque()

    def append(self, owner: Owner, session: str, entries: Sequence[Entry], *, expect: int | None = None) -> int:
        """See Store.append."""
        return self._write(entry_rows.append, owner, session, entries, expect, self._clock)

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
        """See Store.entries."""
        after = min(max(after, 0), POSITIONS)  # one below 0 would reach into the session in front of this one
        until = POSITIONS if before is None else min(before, POSITIONS)
        values = (owner.tenant, owner.kind, owner.name, session, self._clock(), after, until, -1 if limit is None else limit)
        small = limit is not None and limit <= SMALL
        if opening:
            rows = self._read(entry_rows.with_opening, values, newest, opening, small=small, parts=True)
        else:
            rows = self._read(queries.fetch_all, queries.LAST_ENTRIES if newest else queries.FIRST_ENTRIES, values, small=small)
            if newest:
                rows.reverse()
        return [Entry(at, id, role, created, tokens, digest, body, session, edition) for at, id, role, created, tokens, digest, body, edition in rows]

    def at(self, owner: Owner, positions: Sequence[int]) -> list[Entry]:
        """See Store.at."""
        small = len(positions) <= SMALL
        rows = self._read(entry_rows.entries_at, owner, positions, self._clock(), small=small, parts=True)
        return [Entry(*row) for row in rows]

    def rewrite(self, owner: Owner, session: str, entries: Sequence[Entry], *, edition: int) -> int:
        """See Store.rewrite."""
        return self._remove(rewriting.rewrite, owner, session, entries, edition, self._clock)

    def session(self, owner: Owner, session: str) -> SessionState | None:
        """See Store.session."""
        row = (owner.tenant, owner.kind, owner.name, session, self._clock())
        found = self._read(queries.fetch_one, queries.SESSION, row, small=True)
        return None if found is None else SessionState(*found)

    def sessions(self, owner: Owner, *, after: int | None = None, limit: int) -> list[SessionState]:
        """See Store.sessions."""
        row = (owner.tenant, owner.kind, owner.name, POSITIONS if after is None else after, self._clock(), limit)
        return [SessionState(*found) for found in self._read(queries.fetch_all, queries.SESSIONS, row, small=limit <= SMALL)]

    def update_session(self, owner: Owner, session: str, settings: bytes, *, ttl: int | None, expect: int) -> int:
        """See Store.update_session."""
        return self._write(session_rows.update_session, owner, session, settings, ttl, expect, self._clock)

    def clear_session(self, owner: Owner, session: str) -> bool:
        """See Store.clear_session."""
        return self._remove(session_rows.clear_session, owner, session, self._clock)

    def delete_session(self, owner: Owner, session: str, *, expect: int | None = None) -> bool:
        """See Store.delete_session."""
        return self._remove(session_rows.delete_session, owner, session, expect, self._clock)

    def put(self, owner: Owner, documents: Sequence[Document], *, expect: Mapping[tuple[str, str], int] | None = None) -> int:
        """See Store.put."""
        write = self._remove if any(document.body is None for document in documents) else self._write
        return write(document_rows.put, owner, documents, expect or {})

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
        """See Store.documents."""
        return self._read(document_rows.documents, owner, collection, keys, prefix, after, limit)

    def changes(self, owner: Owner, after: int, limit: int) -> list[Entry | Document]:
        """See Store.changes."""
        return self._read(ledger.changes, owner, after, limit)

    def save(self, owner: Owner, name: str, position: int, parts: Sequence[bytes]) -> bool:
        """See Store.save."""
        return self._write(derived.save, owner, name, position, parts)

    def saved(self, owner: Owner, name: str) -> Saved | None:
        """See Store.saved."""
        return self._read(derived.saved, owner, name)

    def recent(self, tenant: str, *, limit: int) -> list[tuple[Owner, SessionState]]:
        """See Store.recent."""
        rows = self._read(queries.fetch_all, queries.RECENT, (tenant, self._clock(), limit))
        return [(Owner(tenant, row[0], row[1]), SessionState(*row[2:])) for row in rows]

    def owners(self, tenant: str, *, after: Owner | None = None, limit: int) -> list[Owner]:
        """See Store.owners."""
        beyond = ("", "") if after is None else (after.kind, after.name)
        rows = self._read(queries.fetch_all, queries.OWNERS, (tenant, *beyond, limit))
        return [Owner(tenant, *row) for row in rows]

    def erase(self, owner: Owner) -> bool:
        """See Store.erase."""
        return self._remove(ledger.erase, owner)

    def expire(self) -> list[tuple[Owner, str]]:
        """See Store.expire."""
        return self._remove(session_rows.expire, self._clock)

    def scrub(self) -> list[str]:
        """See Scrubs.scrub."""
        self._lifetime.check()
        return scrub(self._commits, self.path, self._vfs or "", self._wait)

    def size(self) -> int:
        """Return the bytes of the database file and of its write-ahead log."""
        return sum(path.stat().st_size for path in (Path(self.path), Path(self.path + "-wal")) if path.exists())

    def close(self) -> None:
        """See Store.close."""
        if self._lifetime.end():
            with self._commits.lock:
                while self._readers:
                    self._readers.pop().close()
                self._commits.connection.close()

    def _write(self, work: Callable[..., T], *values: Any) -> T:
        self._lifetime.check()
        if self._lost:
            raise StoreError(LOST)
        try:
            return self._commits.run(work, *values)
        except apsw.ConnectionClosedError as error:
            raise StoreError(CLOSED) from error

    def _remove(self, work: Callable[..., T], *values: Any) -> T:
        """Write, and then empty the log, in which the bytes of what was removed may stand."""
        removed = self._write(work, *values)
        if removed:
            try:
                with self._commits.lock:
                    empty_log(self._commits.connection, self._wait)
            except apsw.Error as error:
                _logger.warning("%s: the log could not be emptied, which is put off: %s", self.path, error)
        return removed

    def _read(self, work: Callable[..., T], *values: Any, small: bool = False, parts: bool = False) -> T:
        """Return ``work(connection, *values)``, run in a snapshot of the database. ``small``: it reads little. ``parts``: in several statements."""
        self._lifetime.check()
        if self._lost:
            raise StoreError(LOST)
        try:
            if self._exclusive or (small and not self._commits.lock.locked()):
                with self._commits.lock:
                    db = self._commits.connection
                    return _in_snapshot(db, work, values) if parts else work(db, *values)
            with self._reader() as db:
                return _in_snapshot(db, work, values)
        except apsw.ConnectionClosedError as error:
            raise StoreError(CLOSED) from error
        except apsw.Error as error:
            raise translate(error) from error

    @contextmanager
    def _reader(self) -> Iterator[apsw.Connection]:
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = connect(self.path, wait=self._wait, vfs=self._vfs)
        done = False
        try:
            yield connection
            done = True
        finally:
            if done and not self._lifetime.over and len(self._readers) < READERS:
                self._readers.append(connection)
            else:
                connection.close()

    def _check_log(self) -> None:
        """Raise if commits go to a log that is no longer the database's: then they are not to be acknowledged.

        Locks belong to a process, not to a copy of SQLite: when another copy in this process closes the file, it takes
        itself for the last user, and removes the log under this one, with the shared memory beside it.
        """
        if _inode(self._shared) != self._inode:
            self._lost = True
            raise StoreError(LOST, "unknown")


def _in_snapshot(connection: apsw.Connection, work: Callable[..., T], values: tuple[Any, ...]) -> T:
    connection.execute("BEGIN")
    try:
        return work(connection, *values)
    finally:
        if connection.in_transaction:  # after a full disk and the like, SQLite has ended it itself
            connection.execute("COMMIT")


def _inode(path: str) -> int | None:
    """Return the number of a file; None without one. To ask it of the log itself would make the next sync of the log slower."""
    try:
        return os.stat(path).st_ino  # noqa: PTH116  # on the way of each commit
    except FileNotFoundError:
        return None
