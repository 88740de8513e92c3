# ruff: noqa: S608  # SQL is put together of our own constants
"""The spool: a local SQLite file that keeps what was acknowledged while the primary was down, in order."""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.resources import files
from pathlib import Path
from random import randrange
from typing import Any, NamedTuple, TypeVar

import apsw

from recollect.errors import Invalid, NewerFormat, StoreError
from recollect.model import Owner
from recollect.store.failover.operations import Erase, Operation, Rewrite, decode, encode, span
from recollect.store.failover.positions import PROVISIONAL, RANGE, RANGES
from recollect.store.failover.state import Moved
from recollect.store.lifetime import CLOSED, Lifetime
from recollect.store.sqlite.commits import Commits
from recollect.store.sqlite.connection import connect, empty_log, make_private
from recollect.store.sqlite.errors import translate

T = TypeVar("T")

VERSION = 2
"""Of what the spool holds: 2 may hold rewrites, which an earlier Recollect cannot read. It is marked so by the first."""

PAGE = 200
"""Operations that are read at a time."""

_OWNER = "tenant IS ? AND kind IS ? AND name IS ?"


class Row(NamedTuple):
    """An operation in the spool. ``owner`` is None for what belongs to none; ``at`` in microseconds since 1970."""

    number: int
    owner: Owner | None
    position: int
    at: int
    tried: bool
    operation: Operation


class Refused(NamedTuple):
    """An acknowledged operation that the primary did not take when it was back, and why. It is kept until it is forgotten."""

    number: int
    owner: Owner | None
    at: int
    reason: str
    operation: Operation


class Extent(NamedTuple):
    """The numbers of an owner's first and last operation in the spool; 0 without any."""

    first: int
    last: int


class Counts(NamedTuple):
    """What waits in the spool, since when (microseconds since 1970), and what was refused."""

    waiting: int
    oldest: int | None
    refused: int


class Spool:
    """Operations of many owners, in order of their numbers; shared by the threads and processes of one machine.

    An owner's operations leave together, once all of them are on the primary: until then, readers are shown them all.

    ``primary`` is what the primary is called, where it has a URL. What waits for one is not handed to another.
    """

    def __init__(self, path: str | os.PathLike[str], *, wait: float, primary: str | None = None) -> None:
        self.path = str(Path(path).absolute())
        self._wait = wait
        self._lifetime = Lifetime()
        make_private(self.path)
        connection = connect(self.path, wait=wait)
        self._commits = Commits(connection)
        try:
            self._range = self._commits.run(partial(_open, path=self.path, primary=primary))
        except BaseException:
            connection.close()
            raise

    # what waits

    def any(self) -> bool:
        """Tell whether any operation waits."""
        return bool(self._fetch("SELECT EXISTS (SELECT 1 FROM recollect_operation)")[0][0])

    def extent(self, owner: Owner) -> Extent:
        """Return the numbers of an owner's operations."""
        return Extent(*self._fetch(_EXTENT, _columns(owner))[0])

    def left(self) -> int:
        """Return how often owners' operations have left, which tells whether anybody replays."""
        count: int = self._fetch("SELECT departures FROM recollect_spool")[0][0]
        return count

    def rows(self, owner: Owner, after: int) -> Iterator[Row]:
        """Yield an owner's operations beyond a number, also those that are done."""
        while found := self._fetch(f"{_ROWS} WHERE {_OWNER} AND number > ? ORDER BY number LIMIT ?", (*_columns(owner), after, PAGE)):
            for row in found:
                yield self._row(row)
            after = found[-1][0]

    def operation(self, number: int) -> Operation:
        """Return one operation.

        Raises:
            Moved: it has left the spool meanwhile.

        """
        rows = self._fetch("SELECT work FROM recollect_operation WHERE number = ?", (number,))
        if not rows:
            raise Moved("what was spooled has just moved to the primary; repeat the call")
        return decode(rows[0][0])

    def waiting(self, owner: Owner | None, limit: int) -> list[Row]:
        """Return the first of an owner's operations that are not done."""
        sql = f"{_ROWS} WHERE {_OWNER} AND NOT done ORDER BY number LIMIT ?"
        return [self._row(row) for row in self._fetch(sql, (*_columns(owner), limit))]

    def owners(self, tenant: str | None = None) -> list[Owner | None]:
        """Return whose operations are there, of one tenant or of all, those first whose oldest one is the oldest."""
        where = "" if tenant is None else "WHERE tenant = ?"
        sql = f"SELECT tenant, kind, name FROM recollect_operation {where} GROUP BY tenant, kind, name ORDER BY min(number)"
        return [_owner(row) for row in self._fetch(sql, () if tenant is None else (tenant,))]

    def counts(self) -> Counts:
        """Count what waits."""
        sql = "SELECT count(*), min(at), (SELECT count(*) FROM recollect_refused) FROM recollect_operation WHERE NOT done"
        return Counts(*self._fetch(sql)[0])

    def refused(self) -> list[Refused]:
        """Return what was refused, the oldest first."""
        rows = self._fetch("SELECT number, tenant, kind, name, at, reason, work FROM recollect_refused ORDER BY number")
        return [Refused(row[0], _owner(row[1:4]), row[4], row[5], decode(row[6])) for row in rows]

    def size(self) -> int:
        """Return the bytes of the file and of its log."""
        return sum(path.stat().st_size for path in (Path(self.path), Path(self.path + "-wal")) if path.exists())

    # what happens

    def add(self, owner: Owner | None, operation: Operation, at: int, *, behind: Extent | None, tried: bool) -> Row | None:
        """Keep an operation, durably, and return its row; None, and nothing is kept, if the owner's operations are no longer ``behind``.

        That of an erasure takes the place of all of the owner's others, whose bytes are overwritten.
        """

        def work(db: apsw.Connection) -> Row | None:
            if behind is not None and db.execute(_EXTENT, _columns(owner)).fetchall()[0] != behind:
                return None
            if isinstance(operation, Erase):
                db.execute(f"DELETE FROM recollect_operation WHERE {_OWNER}", _columns(owner))
                db.execute(f"DELETE FROM recollect_refused WHERE {_OWNER}", _columns(owner))
            offset: Any = db.execute("UPDATE recollect_spool SET next = next + ? RETURNING next - ?", (width, width)).fetchall()[0][0]
            if offset + width >= RANGE:
                raise StoreError(f"the spool has given out all of its {RANGE:,} positions; replay it, remove the file, and begin a new one")
            if isinstance(operation, Rewrite):
                db.execute("UPDATE recollect_spool SET version = ?", (VERSION,))
            values = (*_columns(owner), self._range + offset, at, tried, encode(operation))
            db.execute("INSERT INTO recollect_operation (tenant, kind, name, position, at, tried, work) VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            return Row(db.last_insert_rowid(), owner, self._range + offset, at, tried, operation)

        width = span(operation)
        row = self._write(work)
        if isinstance(operation, Erase):
            self.overwrite()
        return row

    def mark(self, number: int) -> None:
        """Note that an operation is about to be sent to the primary."""
        self._write(lambda db: db.execute("UPDATE recollect_operation SET tried = 1 WHERE number = ?", (number,)).fetchall())

    def settle(self, owner: Owner | None, numbers: Iterable[int]) -> bool:
        """Note that operations are done; once all of the owner's are, they leave. Returns whether they did."""

        def work(db: apsw.Connection) -> bool:
            db.executemany("UPDATE recollect_operation SET done = 1 WHERE number = ?", [(number,) for number in numbers])
            return _leave(db, owner)

        return self._write(work)

    def refuse(self, row: Row, reason: str) -> None:
        """Put an operation aside that the primary did not take: it counts as done, and is kept among the refused."""

        def work(db: apsw.Connection) -> None:
            values = (reason, row.number)
            columns = "number, tenant, kind, name, at"
            db.execute(f"INSERT OR REPLACE INTO recollect_refused SELECT {columns}, ?, work FROM recollect_operation WHERE number = ?", values)
            db.execute("UPDATE recollect_operation SET done = 1 WHERE number = ?", (row.number,))
            _leave(db, row.owner)

        self._write(work)

    def forget(self, number: int) -> bool:
        """Remove a refused operation for good. Returns whether there was one."""
        sql = "DELETE FROM recollect_refused WHERE number = ? RETURNING 1"
        return self._write(lambda db: bool(db.execute(sql, (number,)).fetchall()))

    def forget_owner(self, owner: Owner) -> None:
        """Remove what was refused of an owner."""
        if self._fetch(f"SELECT 1 FROM recollect_refused WHERE {_OWNER} LIMIT 1", _columns(owner)):
            self._write(lambda db: db.execute(f"DELETE FROM recollect_refused WHERE {_OWNER}", _columns(owner)).fetchall())
            self.overwrite()

    def overwrite(self) -> None:
        """Empty the log, in which the bytes of what has left may stand; where somebody reads it, that is left to the next time."""
        try:
            with self._commits.lock:
                empty_log(self._commits.connection, self._wait)
        except apsw.Error as error:
            raise translate(error) from error

    def close(self) -> None:
        """Let go of the file."""
        if self._lifetime.end():
            with self._commits.lock:
                self._commits.connection.close()

    def _fetch(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        self._lifetime.check()
        try:
            with self._commits.lock:
                return self._commits.connection.execute(sql, values).fetchall()
        except apsw.ConnectionClosedError as error:
            raise StoreError(CLOSED) from error
        except apsw.Error as error:
            raise translate(error) from error

    def _write(self, work: Callable[[apsw.Connection], T]) -> T:
        self._lifetime.check()
        try:
            return self._commits.run(work)
        except apsw.ConnectionClosedError as error:
            raise StoreError(CLOSED) from error

    def _row(self, row: Any) -> Row:
        return Row(row[0], _owner(row[1:4]), row[4], row[5], bool(row[6]), decode(row[7]))


_NUMBERED = "SELECT number FROM recollect_operation WHERE tenant IS ?1 AND kind IS ?2 AND name IS ?3 ORDER BY number"
_EXTENT = f"SELECT coalesce(({_NUMBERED} LIMIT 1), 0), coalesce(({_NUMBERED} DESC LIMIT 1), 0)"  # min and max together would read all
_ROWS = "SELECT number, tenant, kind, name, position, at, tried, work FROM recollect_operation"


def _open(db: apsw.Connection, *, path: str, primary: str | None) -> int:
    """Make the tables where they are new, and return where the spool's positions begin.

    Each opening writes, and so syncs what a process that was killed may have left in the log.
    """
    if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'recollect_spool'").fetchall():
        db.execute(files("recollect.store.failover").joinpath("spool.sql").read_text("utf-8"))
        db.execute("INSERT INTO recollect_spool VALUES (1, ?, 0, 0, 0, NULL)", (randrange(RANGES),))
    found: Any = db.execute("UPDATE recollect_spool SET opened = opened + 1 RETURNING version, range, primary_name").fetchall()[0]
    version, chosen, former = found
    if version > VERSION:
        raise NewerFormat(f"the spool has version {version}, and this Recollect knows {VERSION}; upgrade it with: pip install -U recollect")
    if primary is not None and former != primary:
        if former is not None and db.execute("SELECT 1 FROM recollect_operation LIMIT 1").fetchall():
            raise Invalid(f"what waits in the spool {path} belongs to {former}, not to {primary}; give this primary a spool of its own")
        db.execute("UPDATE recollect_spool SET primary_name = ?", (primary,))
    return int(PROVISIONAL + chosen * RANGE)


def _leave(db: apsw.Connection, owner: Owner | None) -> bool:
    if db.execute(f"SELECT 1 FROM recollect_operation WHERE {_OWNER} AND NOT done LIMIT 1", _columns(owner)).fetchall():
        return False
    db.execute(f"DELETE FROM recollect_operation WHERE {_OWNER}", _columns(owner))
    if db.changes():
        db.execute("UPDATE recollect_spool SET departures = departures + 1")
    return True


def _columns(owner: Owner | None) -> tuple[str | None, str | None, str | None]:
    return (None, None, None) if owner is None else (owner.tenant, owner.kind, owner.name)


def _owner(row: Any) -> Owner | None:
    return None if row[0] is None else Owner(*row)
