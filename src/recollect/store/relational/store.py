"""The ledger in the tables of a relational server."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import TypeVar

from recollect.errors import StoreError
from recollect.model import Document, Entry, Owner, Saved, SessionState
from recollect.store.lifetime import Lifetime
from recollect.store.protocol import SETTINGS, Clock
from recollect.store.relational import changes as ledger
from recollect.store.relational import derived, rewriting
from recollect.store.relational import documents as document_rows
from recollect.store.relational import entries as entry_rows
from recollect.store.relational import sessions as session_rows
from recollect.store.relational.database import Database, Row, Statement, Transaction
from recollect.store.relational.statements import POSITIONS, Statements

T = TypeVar("T")

KEYS = 10_000
"""How many keys are asked for in one statement."""

EXPIRING = 1_000
"""How many sessions of an owner expire in one transaction."""

LATEST = 1_000
"""Among so many of the latest sessions of all tenants are those of one looked for first."""


class RelationalStore:
    """A store over a database that has the ledger's tables. A child opens the database, and may do some things quicker.

    A store must not be carried into a forked process: open it there anew.
    """

    def __init__(self, database: Database, sql: Statements, clock: Clock) -> None:
        self._database = database
        self._sql = sql
        self._clock = clock
        self._lifetime = Lifetime()

    def append(self, owner: Owner, session: str, entries: Sequence[Entry], *, expect: int | None = None) -> int:
        """See Store.append."""
        return self._write(lambda tx: entry_rows.append(tx, self._sql, owner, session, entries, expect, self._clock()))

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
        rows = self._read(entry_rows.entries_of(self._sql, owner, session, self._clock(), after, before, limit, newest, opening))
        return entry_rows.in_order(rows, session, limit, opening)

    def at(self, owner: Owner, positions: Sequence[int]) -> list[Entry]:
        """See Store.at."""
        wanted = sorted({position for position in positions if 0 < position < POSITIONS})
        parts = [wanted[start : start + KEYS] for start in range(0, len(wanted), KEYS)]
        now = self._clock()
        return [entry for part in parts for entry in entry_rows.placed(self._read(entry_rows.entries_at(self._sql, owner, part, now)))]

    def rewrite(self, owner: Owner, session: str, entries: Sequence[Entry], *, edition: int) -> int:
        """See Store.rewrite."""
        return self._write(lambda tx: rewriting.rewrite(tx, self._sql, owner, session, entries, edition, self._clock()))

    def session(self, owner: Owner, session: str) -> SessionState | None:
        """See Store.session."""
        rows = self._read((self._sql.session, (SETTINGS.encode(), self._sql.number(owner), session.encode(), self._clock())))
        return _state(rows[0]) if rows else None

    def sessions(self, owner: Owner, *, after: int | None = None, limit: int) -> list[SessionState]:
        """See Store.sessions."""
        below = POSITIONS if after is None else min(after, POSITIONS)
        rows = self._read((self._sql.sessions, (SETTINGS.encode(), self._sql.number(owner), below, self._clock(), limit)))
        return [_state(row) for row in rows]

    def update_session(self, owner: Owner, session: str, settings: bytes, *, ttl: int | None, expect: int) -> int:
        """See Store.update_session."""
        return self._write(lambda tx: session_rows.update_session(tx, self._sql, owner, session, settings, ttl, expect, self._clock()))

    def clear_session(self, owner: Owner, session: str) -> bool:
        """See Store.clear_session."""
        return self._write(lambda tx: session_rows.clear_session(tx, self._sql, owner, session, self._clock()))

    def delete_session(self, owner: Owner, session: str, *, expect: int | None = None) -> bool:
        """See Store.delete_session."""
        return self._write(lambda tx: session_rows.delete_session(tx, self._sql, owner, session, expect, self._clock()))

    def put(self, owner: Owner, documents: Sequence[Document], *, expect: Mapping[tuple[str, str], int] | None = None) -> int:
        """See Store.put."""
        return self._write(lambda tx: document_rows.put(tx, self._sql, owner, documents, expect or {}))

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
        if keys is None:
            rows = self._read(document_rows.by_range(self._sql, owner, collection, prefix, after, limit))
        else:
            wanted = sorted(key for key in set(keys) if key.startswith(prefix) and (after is None or key > after))
            parts = [wanted[start : start + KEYS] for start in range(0, len(wanted), KEYS)]
            rows = [row for part in parts for row in self._read(document_rows.by_keys(self._sql, owner, collection, part))][:limit]
        return [Document(collection, name.decode(), body, position) for name, body, position in rows]

    def changes(self, owner: Owner, after: int, limit: int) -> list[Entry | Document]:
        """See Store.changes."""
        return [ledger.change(row) for row in self._read(ledger.changes_of(self._sql, owner, after, limit))]

    def save(self, owner: Owner, name: str, position: int, parts: Sequence[bytes]) -> bool:
        """See Store.save."""
        return self._write(lambda tx: derived.save(tx, self._sql, owner, name, position, parts))

    def saved(self, owner: Owner, name: str) -> Saved | None:
        """See Store.saved."""
        return derived.saved(self._read(derived.saved_of(self._sql, owner, name)))

    def recent(self, tenant: str, *, limit: int) -> list[tuple[Owner, SessionState]]:
        """See Store.recent. The cost is that of all of the tenant's sessions where it has too few among the latest of all tenants."""
        now = self._clock()
        values = (SETTINGS.encode(), tenant.encode(), now, limit)
        rows = self._read((self._sql.latest, (now, max(LATEST, 2 * limit), *values)))
        if len(rows) < limit:
            rows = self._read((self._sql.recent, values))
        return [(Owner(tenant, row[0], row[1].decode()), _state(row[2:])) for row in rows]

    def owners(self, tenant: str, *, after: Owner | None = None, limit: int) -> list[Owner]:
        """See Store.owners."""
        kind, name = ("", b"") if after is None else (after.kind, after.name.encode())
        rows = self._read((self._sql.owners, (tenant.encode(), kind, name, limit, tenant.encode(), kind, limit, limit)))
        return [Owner(tenant, row[0], row[1].decode()) for row in rows]

    def erase(self, owner: Owner) -> bool:
        """See Store.erase."""
        return self._write(lambda tx: ledger.erase(tx, self._sql, owner))

    def expire(self) -> list[tuple[Owner, str]]:
        """See Store.expire. Each owner's ledger is a transaction of its own."""
        now = self._clock()
        gone: list[tuple[Owner, str]] = []
        rows = self._read((self._sql.expired, (now,)))
        for (tenant, kind, name), group in groupby(rows, key=lambda row: row[:3]):
            owner, names = Owner(tenant.decode(), kind, name.decode()), [row[3].decode() for row in group]
            for start in range(0, len(names), EXPIRING):
                some = names[start : start + EXPIRING]
                try:
                    gone += [(owner, name) for name in self._expire(owner, some, now)]
                except StoreError as error:
                    error.expired = [*gone, *((owner, name) for name in some)] if error.outcome == "unknown" else gone
                    raise
        return gone

    def _expire(self, owner: Owner, names: Sequence[str], now: int) -> list[str]:
        return self._write(lambda tx: session_rows.expire(tx, self._sql, owner, names, now))

    def size(self) -> int:
        """Return the bytes of the tables with their indexes."""
        return int(self._read((self._sql.size, ()))[0][0])

    def close(self) -> None:
        """See Store.close."""
        if self._lifetime.end():
            self._database.close()

    def _read(self, statement: Statement) -> list[Row]:
        self._lifetime.check()
        return self._database.read(*statement)

    def _write(self, work: Callable[[Transaction], T]) -> T:
        self._lifetime.check()
        return self._database.write(work)


def _state(row: Row) -> SessionState:
    return SessionState(row[0].decode(), *row[1:])
