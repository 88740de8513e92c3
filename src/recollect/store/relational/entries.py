"""Entries: appending, within a transaction, and what reads them."""

from collections.abc import Mapping, Sequence
from operator import attrgetter

from recollect.errors import Conflict
from recollect.model import Entry, Owner
from recollect.store.protocol import SETTINGS
from recollect.store.relational.database import Row, Statement, Transaction
from recollect.store.relational.documents import position_of
from recollect.store.relational.rows import Ledger, SessionRow, session_row
from recollect.store.relational.sessions import remove
from recollect.store.relational.statements import ALL, POSITIONS, Statements, marks

Known = Mapping[str, tuple[str, bytes, int]]
"""Role, digest and position by id."""

_position = attrgetter("position")

IDS = 10_000
"""How many ids are asked for in one statement."""


def append(tx: Transaction, sql: Statements, owner: Owner, name: str, entries: Sequence[Entry], expect: int | None, now: int) -> int:
    """See Store.append."""
    ledger = Ledger(tx, sql, owner)
    found, *answers = ledger.open(ledger.find(name), *_questions(ledger, name, entries), make=bool(entries))
    session = session_row(found)
    known: Known = {row[0].decode(): row[1:] for rows in answers for row in rows}
    over = session is not None and session.expired(now)
    if session is not None and over and entries:
        (document,) = tx.ask(position_of(ledger, SETTINGS, name))
        remove(ledger, name, session, settings=bool(document))
    if over:
        session, known = None, {}
    position = 0 if session is None else session.position
    new = _new(known, name, entries, position)
    if expect is not None and expect != position and (new or not entries):
        raise Conflict(f"session {name!r} stands at position {position}, not at {expect}; read what came, and try again", position)
    if not new:
        return max([known[entry.id][2] for entry in entries], default=position)
    last = _insert(ledger, session, name, new, now)
    ledger.finish()
    return last


def _questions(ledger: Ledger, name: str, entries: Sequence[Entry]) -> list[Statement]:
    """Return what asks which ids are there."""
    ids = list({entry.id: entry.id.encode() for entry in entries}.values())
    where = (ledger.number, ledger.number, name.encode())
    parts = [ids[start : start + IDS] for start in range(0, len(ids), IDS)]
    return [(f"{ledger.sql.known}({marks(len(part))})", (*where, *part)) for part in parts]


def _new(known: Known, name: str, entries: Sequence[Entry], position: int) -> list[Entry]:
    """Return the entries that are not there yet, each once; raise Conflict where an id stands for two contents."""
    new: dict[str, Entry] = {}
    for entry in entries:
        there = known.get(entry.id)
        if there is None:
            twin = new.setdefault(entry.id, entry)
            there = (twin.role, twin.digest, 0)
        if there[:2] != (entry.role, entry.digest):
            raise Conflict(f"session {name!r} has another message with the id {entry.id!r}; give the new one an id of its own", position)
    return list(new.values())


def _insert(ledger: Ledger, session: SessionRow | None, name: str, new: Sequence[Entry], now: int) -> int:
    """Insert entries at the next positions, and return the last of these."""
    first = ledger.take(len(new))
    last = first + len(new) - 1
    tokens = sum([entry.tokens or 0 for entry in new])
    updated = new[-1].created
    if session is None:
        row = SessionRow(first, len(new), tokens, new[0].created, updated, last, None, None)
        ledger.make_session(name, row)
    else:
        created = session.created if session.count else new[0].created
        expires = None if session.ttl is None else now + session.ttl
        row = SessionRow(session.number, session.count + len(new), session.tokens + tokens, created, updated, last, session.ttl, expires)
        ledger.set_session(row)
    ledger.transaction.tell(*ledger.sql.add_entries(ledger.number, row.number, list(enumerate(new, first))))
    return last


def entries_of(
    sql: Statements, owner: Owner, session: str, now: int, after: int, before: int | None, limit: int | None, newest: bool, opening: int
) -> Statement:
    """Return what reads entries; see Store.entries, and ``in_order`` for its rows."""
    where = sql.of_session(sql.number(owner), session.encode(), now)
    until = POSITIONS if before is None else min(before, POSITIONS)
    bounds = (min(after, POSITIONS), until, ALL if limit is None else limit)
    if limit is not None and opening > 0:
        return (sql.last_and_opening if newest else sql.first_and_opening), (*where, opening, *where, *bounds)
    return (sql.last_entries if newest else sql.first_entries), (*where, *bounds)


def entries_at(sql: Statements, owner: Owner, positions: Sequence[int], now: int) -> Statement:
    """Return what reads the entries at some positions; see ``placed`` for its rows."""
    return sql.entries_at(sql.number(owner), positions, now)


def placed(rows: list[Row]) -> list[Entry]:
    """Return the entries that the rows tell of."""
    found = [Entry(row[0], row[1].decode(), row[2], row[3], row[4], row[5], row[6], row[8].decode(), row[7]) for row in rows]
    found.sort(key=_position)
    return found


def in_order(rows: list[Row], session: str, limit: int | None, opening: int) -> list[Entry]:
    """Return the entries that the rows tell of, the opening ones in front where they belong there."""
    if limit is not None and opening > 0:
        span = [row for row in rows if row[8]]
        start = min([row[0] for row in span], default=0) if len(span) == limit else 0
        rows = [*(row for row in rows if not row[8] and row[0] < start), *span]
    found = [Entry(row[0], row[1].decode(), row[2], row[3], row[4], row[5], row[6], session, row[7]) for row in rows]
    found.sort(key=_position)
    return found
