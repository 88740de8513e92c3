"""The ledger in the tables of MySQL or MariaDB."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from recollect.errors import StoreError
from recollect.model import Document, Entry, Owner
from recollect.store.mysql.address import address, maker
from recollect.store.mysql.changes import Changes, in_order
from recollect.store.mysql.connection import Connection, Link, close, connect, usable
from recollect.store.mysql.database import MySQL
from recollect.store.mysql.durability import Durability, look
from recollect.store.mysql.migrations import QUOTE, migrate
from recollect.store.mysql.quick import MANY, QuickAppend
from recollect.store.protocol import Clock, system_clock
from recollect.store.relational import Dialect, Pool, RelationalStore, Statements, check_limits, first_of
from recollect.store.relational.statements import owner_number, table_names

DIALECT = Dialect(
    quote=QUOTE,
    unless_there="ON DUPLICATE KEY UPDATE owner = owner",
    replacing="ON DUPLICATE KEY UPDATE position = VALUES(position), body = VALUES(body)",
    rewriting="ON DUPLICATE KEY UPDATE tokens = VALUES(tokens), digest = VALUES(digest), body = VALUES(body)",
    size="SELECT coalesce(sum(data_length + index_length), 0) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN "
    "('{prefix}owner', '{prefix}session', '{prefix}entry', '{prefix}document', '{prefix}derived', '{prefix}watermark', '{prefix}migration')",
    by_session=" FORCE INDEX (PRIMARY)",
    by_position=" FORCE INDEX (by_position)",
    by_updated=" FORCE INDEX (by_updated)",
)

KEPT = (
    "the tables' files hold removed rows until OPTIMIZE TABLE makes them anew, or until their space is used again, "
    "and the redo and undo logs until these have gone round"
)
KEPT_IN_BINLOG = "the binary log, and what reads it, hold what was written until they expire: PURGE BINARY LOGS"

SMALL = 1 << 20
"""Bytes; a larger batch goes the general way, in as many statements as the server takes."""


class MySQLStore(RelationalStore):
    """A store in a MySQL or MariaDB database, shared by threads, processes and machines.

    Args:
        to: a URL, whose query may hold the settings below beside the driver's own; or a callable that makes a PyMySQL connection to the
            database, which becomes the store's.
        prefix: what the tables' names begin with.
        pool: how many connections are open at the most; they are opened when they are needed.
        wait: the seconds for which a connection, or the lock of an owner, is waited for, before ``Busy`` is raised; the server counts
            whole seconds.
        clock: tells when a session has expired.

    What was acknowledged is as durable as the server's configuration makes it: ``durability`` tells what may be lost, and when.

    """

    def __init__(
        self, to: str | Callable[[], Connection], *, prefix: str = "recollect_", pool: int = 10, wait: float = 30.0, clock: Clock = system_clock
    ) -> None:
        if isinstance(to, str):
            there = address(to)
            prefix, pool, wait = (there.settings.get(key, given) for key, given in (("prefix", prefix), ("pool", pool), ("wait", wait)))
            check_limits(pool, wait)
            make = maker(there, wait)
        else:
            check_limits(pool, wait)
            make = to
        names = table_names(QUOTE, None, prefix)
        connections: Pool[Link] = Pool(lambda: connect(make, wait), usable, close, size=pool, wait=wait)
        with first_of(connections) as link:
            migrate(link, prefix, wait)
            self.durability: Durability = look(link)
        tables = ", ".join([names[table] for table in ("owner", "session", "entry", "document", "derived")])
        self._analyze = f"ANALYZE NO_WRITE_TO_BINLOG TABLE {tables}"
        self._mysql = MySQL(connections)
        self._quick = QuickAppend(names)
        self._changes = Changes(names)
        super().__init__(self._mysql, Statements(DIALECT, names), clock)

    def append(self, owner: Owner, session: str, entries: Sequence[Entry], *, expect: int | None = None) -> int:
        """See Store.append. New entries of a session that is there take one round trip, all others three.

        Where the connection was lost behind the commit, the ids of the entries tell whether they are there: the call is repeated.
        """
        try:
            return self._quickly(owner, session, entries, expect) or super().append(owner, session, entries, expect=expect)
        except StoreError as error:
            if error.outcome != "unknown":
                raise
            return self._again(error, owner, session, entries, expect)

    def _quickly(self, owner: Owner, session: str, entries: Sequence[Entry], expect: int | None) -> int | None:
        """Append entries in one round trip, and return the last one's position; None where that cannot be done."""
        self._lifetime.check()
        if not 0 < len(entries) <= MANY or len({entry.id for entry in entries}) < len(entries) or sum([len(e.body) for e in entries]) > SMALL:
            return None
        return self._mysql.once(self._quick.statements(owner_number(owner), session, entries, expect, self._clock()))

    def _again(self, lost: StoreError, owner: Owner, session: str, entries: Sequence[Entry], expect: int | None) -> int:
        try:
            return super().append(owner, session, entries, expect=expect)
        except StoreError:
            raise lost from lost.__cause__

    def changes(self, owner: Owner, after: int, limit: int) -> list[Entry | Document]:
        """See Store.changes."""
        return in_order(self._read(self._changes.statement(owner_number(owner), after, limit)), limit)

    def keeps(self) -> list[str]:
        """See Keeps.keeps."""
        self._lifetime.check()
        return [KEPT, *([KEPT_IN_BINLOG] if self.durability.binlog else [])]

    def size(self) -> int:
        """Return the bytes of the tables with their indexes, once the server has been told to look at them anew, by a user who may."""
        with suppress(StoreError):
            self._write(lambda tx: tx.ask((self._analyze, ())))
        return super().size()


def open_url(url: str) -> MySQLStore:
    """Open the store that a URL names."""
    return MySQLStore(url)
