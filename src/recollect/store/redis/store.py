"""The ledger in Redis."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace
from redis import Redis
from redis.cluster import RedisCluster

from recollect.errors import NewerFormat
from recollect.model import Document, Entry, Owner, Saved, SessionState
from recollect.store.lifetime import Lifetime
from recollect.store.protocol import Clock, system_clock
from recollect.store.redis import changes as ledger
from recollect.store.redis import derived, places, rewriting
from recollect.store.redis import documents as document_keys
from recollect.store.redis import entries as entry_lists
from recollect.store.redis import owners as shards
from recollect.store.redis import sessions as session_rows
from recollect.store.redis.connecting import connect, parse, servers_of
from recollect.store.redis.connections import Connections
from recollect.store.redis.durability import Durability, look, memory_used, wait_behind
from recollect.store.redis.keys import Keys
from recollect.store.redis.lines import Line
from recollect.store.redis.options import Options
from recollect.store.redis.scripts import Command
from recollect.store.redis.scrubbing import scrub

FORMAT = 2
"""The version of the keys' layout. 2 has what was derived of a ledger, under a key of its own, which 1 would leave behind."""


class RedisStore:
    """A store in Redis or Valkey, shared by any number of threads, processes and machines.

    Args:
        server: a URL (see docs/redis.md), whose options go before these arguments; or an open ``redis.Redis`` or
            ``redis.cluster.RedisCluster``, which stays its giver's to close.
        prefix: what all keys begin with.
        durability: ``"fsync"`` waits, behind each write, until it is on the server's disk (WAITAOF: Redis 7.2 and newer, Valkey).
        replicas: how many replicas must have each write before it is acknowledged.
        connections: how many calls may be under way at once; further ones wait.
        wait: the seconds for which a free connection or an answer is waited for, before an error is raised.
        readable: whether each message that is not sealed is also written as a hash of its own, for tools that show and index these.
        clock: tells when a session has expired.

    What was acknowledged is as durable as the server's configuration makes it: ``durability`` tells what may be lost, and when.
    A store must not be carried into a forked process: open it there anew.

    """

    def __init__(
        self,
        server: "str | Redis | RedisCluster",
        *,
        prefix: str = "recollect",
        durability: str | None = None,
        replicas: int = 0,
        connections: int = 32,
        wait: float = 30.0,
        readable: bool = False,
        clock: Clock = system_clock,
    ) -> None:
        options = Options(prefix, durability, replicas, connections, wait, readable)
        address = parse(server) if isinstance(server, str) else None
        if address is not None:
            options = replace(options, **address.options)
        self._clock = clock
        self._readable = options.readable
        self._lifetime = Lifetime()
        self._given = address is None
        self._keys = Keys(options.prefix)
        servers = servers_of(server) if address is None else connect(address, options.wait)
        self._line = Line(servers, Connections(options.connections, options.wait, keep=not self._given), options.wait)
        try:
            self.durability: Durability = look(self._line)
            self._line.behind = wait_behind(self._line, self.durability, options)
            self._check_format()
        except BaseException:
            self.close()
            raise

    def append(self, owner: Owner, session: str, entries: Sequence[Entry], *, expect: int | None = None) -> int:
        """See Store.append."""
        return entry_lists.append(self._open(), self._keys, owner, session, entries, expect, self._clock(), readable=self._readable)

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
        return entry_lists.entries(self._open(), self._keys, owner, session, after, before, limit, newest, opening, self._clock())

    def at(self, owner: Owner, positions: Sequence[int]) -> list[Entry]:
        """See Store.at. Two round trips: one finds the sessions."""
        return places.at(self._open(), self._keys, owner, positions, self._clock())

    def rewrite(self, owner: Owner, session: str, entries: Sequence[Entry], *, edition: int) -> int:
        """See Store.rewrite."""
        return rewriting.rewrite(self._open(), self._keys, owner, session, entries, edition, self._clock(), readable=self._readable)

    def session(self, owner: Owner, session: str) -> SessionState | None:
        """See Store.session."""
        return session_rows.session(self._open(), self._keys, owner, session, self._clock())

    def sessions(self, owner: Owner, *, after: int | None = None, limit: int) -> list[SessionState]:
        """See Store.sessions."""
        return session_rows.sessions(self._open(), self._keys, owner, after, limit, self._clock())

    def update_session(self, owner: Owner, session: str, settings: bytes, *, ttl: int | None, expect: int) -> int:
        """See Store.update_session."""
        return session_rows.update_session(self._open(), self._keys, owner, session, settings, ttl, expect, self._clock())

    def clear_session(self, owner: Owner, session: str) -> bool:
        """See Store.clear_session."""
        return session_rows.clear_session(self._open(), self._keys, owner, session, self._clock())

    def delete_session(self, owner: Owner, session: str, *, expect: int | None = None) -> bool:
        """See Store.delete_session."""
        was, over = session_rows.delete_session(self._open(), self._keys, owner, session, self._clock(), expect)
        return was and not over

    def put(self, owner: Owner, documents: Sequence[Document], *, expect: Mapping[tuple[str, str], int] | None = None) -> int:
        """See Store.put."""
        return document_keys.put(self._open(), self._keys, owner, documents, expect or {})

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
        return document_keys.documents(self._open(), self._keys, owner, collection, keys, prefix, after, limit)

    def changes(self, owner: Owner, after: int, limit: int) -> list[Entry | Document]:
        """See Store.changes."""
        return ledger.changes(self._open(), self._keys, owner, after, limit)

    def save(self, owner: Owner, name: str, position: int, parts: Sequence[bytes]) -> bool:
        """See Store.save."""
        return derived.save(self._open(), self._keys, owner, name, position, parts)

    def saved(self, owner: Owner, name: str) -> Saved | None:
        """See Store.saved."""
        return derived.saved(self._open(), self._keys, owner, name)

    def recent(self, tenant: str, *, limit: int) -> list[tuple[Owner, SessionState]]:
        """See Store.recent."""
        return shards.recent(self._open(), self._keys, tenant, limit, self._clock())

    def owners(self, tenant: str, *, after: Owner | None = None, limit: int) -> list[Owner]:
        """See Store.owners."""
        return shards.owners(self._open(), self._keys, tenant, after, limit)

    def erase(self, owner: Owner) -> bool:
        """See Store.erase."""
        return shards.erase(self._open(), self._keys, owner)

    def expire(self) -> list[tuple[Owner, str]]:
        """See Store.expire. Each session is one transaction."""
        return shards.expire(self._open(), self._keys, self._clock())

    def scrub(self) -> list[str]:
        """See Scrubs.scrub."""
        return scrub(self._open())

    def size(self) -> int:
        """Return the bytes of memory that the servers use, for all that they hold, ours and others'."""
        return memory_used(self._open())

    def close(self) -> None:
        """See Store.close. A client that was given stays open."""
        if self._lifetime.end() and not self._given:
            self._line.connections.close()
            self._line.servers.close()

    def _open(self) -> Line:
        self._lifetime.check()
        return self._line

    def _check_format(self) -> None:
        key = self._keys.format
        self._line.call(Command(b"SET", key, (b"%d" % FORMAT, b"NX")), write=True)
        found = self._line.call(Command(b"GET", key))
        if found == b"1":  # all that stands there is as it was
            self._line.call(Command(b"SET", key, (b"%d" % FORMAT,)), write=True)
            return
        if found != b"%d" % FORMAT:
            raise NewerFormat(f"the keys have the layout {found!r}, which this Recollect cannot read; upgrade it, or choose another prefix")
