"""The ledger in PostgreSQL's tables."""

from collections.abc import Sequence
from uuid import UUID

from recollect.errors import Invalid, StoreError
from recollect.model import Entry, Owner
from recollect.store.postgresql.address import address, complete
from recollect.store.postgresql.borrowed import Borrowed, ConnectionPool
from recollect.store.postgresql.connection import Link, close, connect, usable
from recollect.store.postgresql.database import PostgreSQL
from recollect.store.postgresql.durability import Durability, look
from recollect.store.postgresql.migrations import QUOTE, migrate
from recollect.store.postgresql.quick import MANY, QuickAppend
from recollect.store.postgresql.scrubbing import scrub
from recollect.store.protocol import Clock, system_clock
from recollect.store.relational import Connections, Dialect, Pool, RelationalStore, Statements, check_limits, first_of
from recollect.store.relational.statements import POSITIONS, table_names

DIALECT = Dialect(
    quote=QUOTE,
    unless_there="ON CONFLICT (owner) DO NOTHING",
    replacing="ON CONFLICT (owner, collection, name) DO UPDATE SET position = excluded.position, body = excluded.body",
    rewriting="ON CONFLICT (owner, session, position) DO UPDATE SET tokens = excluded.tokens, digest = excluded.digest, body = excluded.body",
    size="SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0)::bigint "
    "FROM unnest(ARRAY['{owner}', '{session}', '{entry}', '{document}', '{derived}', '{watermark}', '{migration}']) AS name",
    number=lambda number: UUID(bytes=number),
    lateral=True,
)

READ = 60.0
"""Seconds for which an answer is waited for when a lock would have been waited for in vain."""


class PostgreSQLStore(RelationalStore):
    """A store in a PostgreSQL database, shared by threads, processes and machines.

    Args:
        to: a URL, whose query may hold the settings below beside libpq's own; or a ``psycopg_pool.ConnectionPool``, which stays the
            caller's to close.
        schema: where the tables are; made if it is absent. Without, the first of the user's ``search_path``.
        prefix: what the tables' names begin with.
        pool: how many connections are open at the most; they are opened when they are needed.
        wait: the seconds for which a connection, or the lock of an owner, is waited for, before ``Busy`` is raised.
        prepare: whether statements are prepared on the server. None: where the connection is no pooling proxy's.
        read_timeout: the seconds without anything of an answer after which a connection is given up. None: a minute more than ``wait``.
        clock: tells when a session has expired.

    What was acknowledged is as durable as the server's configuration makes it: ``durability`` tells what may be lost, and when.

    """

    def __init__(
        self,
        to: str | ConnectionPool,
        *,
        schema: str | None = None,
        prefix: str = "recollect_",
        pool: int = 10,
        wait: float = 30.0,
        prepare: bool | None = None,
        read_timeout: float | None = None,
        clock: Clock = system_clock,
    ) -> None:
        names = table_names(QUOTE, schema, prefix)
        check_limits(pool, wait)
        if read_timeout is not None and not read_timeout > 0:
            raise Invalid(f"a read_timeout of {read_timeout} seconds leaves no time for an answer; give more than 0")
        connections: Connections[Link]
        if isinstance(to, str):
            conninfo = complete(to)
            patience = wait + READ if read_timeout is None else read_timeout
            connections = Pool(lambda: connect(conninfo, wait=wait, patience=patience, prepare=prepare), usable, close, size=pool, wait=wait)
        else:
            connections = Borrowed(to, wait)
        with first_of(connections) as link:
            _check_text(link)
            migrate(link, schema, prefix, wait)
            self.durability: Durability = look(link)
        self._server = PostgreSQL(connections, wait)
        super().__init__(self._server, Statements(DIALECT, names), clock)
        self._quick = QuickAppend(names, wait)
        self._tables = ", ".join([names[table] for table in ("owner", "session", "entry", "document", "derived")])

    def append(self, owner: Owner, session: str, entries: Sequence[Entry], *, expect: int | None = None) -> int:
        """See Store.append. New entries of a session that is there take one round trip, all others two or three."""
        self._lifetime.check()
        if 0 < len(entries) <= MANY and (expect is None or expect <= POSITIONS):
            found = self._server.once(*self._quick.statement(self._sql.number(owner), session, entries, expect, self._clock()))
            if found:
                return int(found[0][0])
        return super().append(owner, session, entries, expect=expect)

    def scrub(self) -> list[str]:
        """See Scrubs.scrub."""
        self._lifetime.check()
        return scrub(self._server, self._tables)


def open_url(url: str) -> PostgreSQLStore:
    """Open the store that a URL names."""
    there = address(url)
    return PostgreSQLStore(there.conninfo, **there.settings)


def _check_text(link: Link) -> None:
    """Refuse a given connection that tells text as bytes."""
    if link.connection.info.encoding == "ascii":
        raise StoreError("the pool's connections are in SQL_ASCII; make them with client_encoding='UTF8'")
