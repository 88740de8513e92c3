"""The SQL of the ledger, written once: the tables' names are put in at opening, what differs between databases is in the dialect."""
# ruff: noqa: S608  # SQL is put together of our own constants, and of names that were checked

import re
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

from msgspec import Struct

from recollect.errors import Invalid
from recollect.model import Entry, Owner
from recollect.store.relational.database import Row, Statement

POSITIONS = (1 << 63) - 1
"""Positions are below this."""

ALL = 1 << 62
"""As a limit: none."""

TABLES = ("owner", "session", "entry", "document", "derived", "watermark", "migration", "messages")

ENTRY_COLUMNS = "owner, session, position, id, role, created, tokens, digest, body"

_ENTRY = "e.position, e.id, e.role, e.created, e.tokens, e.digest, e.body"

_LIVE = "(s.expires IS NULL OR s.expires > %s)"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")


class Dialect(Struct, frozen=True):
    """Where databases differ.

    ``quote`` stands around a name, ``unless_there`` behind an INSERT into ``owner`` that is to do nothing where the owner is there,
    ``replacing`` behind one into ``document`` that is to replace body and position, ``rewriting`` behind one into ``entry`` that is to
    replace tokens, digest and body, ``size`` returns the bytes that the tables take.
    ``number`` makes of an owner's 16 bytes what the driver takes for its column. For a planner that might take another index than
    theirs, ``by_session`` stands behind the table of entries where those of one session are read, ``by_position`` where those at some
    positions are, and ``by_updated`` behind the table of sessions where the latest are. ``lateral``: whether there is LATERAL.
    ``schema``, ``prefix`` and the tables' names, as ``{entry}``, may stand in ``size``.
    """

    quote: str
    unless_there: str
    replacing: str
    rewriting: str
    size: str
    number: Callable[[bytes], Any] = bytes
    by_session: str = ""
    by_position: str = ""
    lateral: bool = False
    by_updated: str = ""


def table_names(quote: str, schema: str | None, prefix: str) -> dict[str, str]:
    """Return the tables' names as they stand in SQL, with ``schema`` and ``prefix`` beside them.

    Raises:
        Invalid: schema or prefix hold other characters than ASCII letters, digits and ``_``.

    """
    for what, name in (("schema", schema), ("prefix", prefix)):
        if name is not None and not _NAME.fullmatch(name) and not (what == "prefix" and name == ""):
            raise Invalid(f"the {what} {name!r} is no plain name; use up to 40 ASCII letters, digits and _, with no digit in front")
    within = "" if schema is None else f"{quote}{schema}{quote}."
    return {
        **{table: f"{within}{quote}{prefix}{table}{quote}" for table in TABLES},
        "within": within,
        "schema": schema or "",
        "prefix": prefix,
    }


def owner_number(owner: Owner) -> bytes:
    """Return the 16 bytes by which all tables know an owner: BLAKE2b over the length (4 bytes, big-endian) and UTF-8 of each of its parts."""
    parts = [part.encode() for part in (owner.tenant, owner.kind, owner.name)]
    return blake2b(b"".join([len(part).to_bytes(4, "big") + part for part in parts]), digest_size=16).digest()


def marks(count: int) -> str:
    """Return the place-holders of a list of so many values."""
    return ", ".join(["%s"] * count)


def _of_session(t: dict[str, str], dialect: Dialect, rest: str, flag: str = "") -> str:
    """Return what reads entries of one session, each with the session's edition; see ``Statements.of_session`` for its first values.

    A plain join would make the planners sort all of the session's entries, since they do not see that the session is one.
    """
    session = f"FROM {t['session']} AS s WHERE s.owner = %s AND s.name = %s AND {_LIVE}"
    if dialect.lateral:
        entries = f"SELECT {_ENTRY} FROM {t['entry']} AS e WHERE e.owner = s.owner AND e.session = s.number {rest} LIMIT %s"
        return f"SELECT e.*, s.edition{flag} FROM (SELECT s.owner, s.number, s.edition {session}) AS s CROSS JOIN LATERAL ({entries}) AS e"
    joined = f"{t['session']} AS s STRAIGHT_JOIN {t['entry']} AS e{dialect.by_session}"
    one = f"s.owner = %s AND s.name = %s AND e.owner = %s AND e.session = (SELECT s.number {session})"
    return f"SELECT {_ENTRY}, s.edition{flag} FROM {joined} WHERE {one} {rest} LIMIT %s"


def _at_positions(t: dict[str, str], dialect: Dialect, columns: str) -> str:
    """Return what reads columns of the entries at ``positions``, with edition and name of their sessions, but of those that are hidden.

    Where there is LATERAL, each is looked for by itself, whatever the statistics say.
    """
    session = f"s.owner = e.owner AND s.number = e.session AND {_LIVE}"
    if not dialect.lateral:
        joined = f"{t['entry']} AS e{dialect.by_position} STRAIGHT_JOIN {t['session']} AS s ON {session}"
        return f"SELECT {columns}, s.edition, s.name FROM {joined} WHERE e.owner = %s AND e.position IN ({{positions}})"
    # a range in order, not an equality: for that, a planner without statistics may as well take the index by session
    one = "e.owner = %s AND e.position BETWEEN w.position AND w.position ORDER BY e.position LIMIT 1"
    return (
        f"SELECT {columns}, s.edition, s.name FROM (VALUES {{positions}}) AS w (position) "
        f"CROSS JOIN LATERAL (SELECT e.* FROM {t['entry']} AS e WHERE {one}) AS e "
        f"CROSS JOIN LATERAL (SELECT s.edition, s.name FROM {t['session']} AS s WHERE {session} LIMIT 1) AS s"
    )


class Statements:
    """The statements over one set of tables. Names and ids are UTF-8 bytes, so that they sort by code point; an owner's number is 16 bytes."""

    def __init__(self, dialect: Dialect, names: dict[str, str]) -> None:
        self._number = dialect.number
        self._make_reading_entries(names, dialect)
        self._make_reading(names, dialect)
        self._make_writing(names, dialect)

    def _make_reading_entries(self, t: dict[str, str], dialect: Dialect) -> None:
        between = "AND e.position > %s AND e.position < %s ORDER BY e.position"
        self.first_entries = _of_session(t, dialect, between)
        self.last_entries = _of_session(t, dialect, f"{between} DESC")
        opening = _of_session(t, dialect, "ORDER BY e.position", ", 0")
        self.first_and_opening = f"({opening}) UNION ALL ({_of_session(t, dialect, between, ', 1')})"
        self.last_and_opening = f"({opening}) UNION ALL ({_of_session(t, dialect, f'{between} DESC', ', 1')})"
        self._lateral = dialect.lateral
        self._entries_at = _at_positions(t, dialect, _ENTRY)
        self._standing = _at_positions(t, dialect, "e.position, e.id, e.role, e.created, e.tokens")

    def _make_reading(self, t: dict[str, str], dialect: Dialect) -> None:
        state = (
            "s.name, s.count, s.tokens, s.created, s.updated, CASE WHEN s.count > 0 THEN s.activity ELSE 0 END, s.activity, s.ttl, s.expires, "
            "d.body, coalesce(d.position, 0)"
        )
        settings = f"LEFT JOIN {t['document']} AS d ON d.owner = s.owner AND d.collection = %s AND d.name = s.name AND d.body IS NOT NULL"
        states = f"FROM {t['session']} AS s {settings}"
        self.session = f"SELECT {state} {states} WHERE s.owner = %s AND s.name = %s AND {_LIVE}"
        self.sessions = f"SELECT {state} {states} WHERE s.owner = %s AND s.activity < %s AND {_LIVE} ORDER BY s.activity DESC LIMIT %s"
        recent = (
            f"SELECT o.kind, o.name, {state} FROM {{sessions}} AS s JOIN {t['owner']} AS o ON o.owner = s.owner {settings} "
            f"WHERE o.tenant = %s AND {_LIVE} ORDER BY s.updated DESC, s.owner, s.number DESC LIMIT %s"
        )
        latest = f"(SELECT * FROM {t['session']} AS s{dialect.by_updated} WHERE {_LIVE} ORDER BY s.updated DESC LIMIT %s)"
        self.recent = recent.format(sessions=t["session"])
        self.latest = recent.format(sessions=latest)
        self.owners = (
            f"(SELECT kind, name FROM {t['owner']} WHERE tenant = %s AND kind = %s AND name > %s ORDER BY name LIMIT %s) UNION ALL "
            f"(SELECT kind, name FROM {t['owner']} WHERE tenant = %s AND kind > %s ORDER BY kind, name LIMIT %s) ORDER BY kind, name LIMIT %s"
        )
        # each part is cut to the limit before anything is joined to it: else, how much is read is left to what the planner guesses
        self.changes = (
            "(SELECT e.position AS position, 0 AS what, s.name, e.id, e.role, e.created, e.tokens, e.digest, e.body, s.edition FROM "
            f"(SELECT * FROM {t['entry']} WHERE owner = %s AND position > %s ORDER BY position LIMIT %s) AS e "
            f"JOIN {t['session']} AS s ON s.owner = e.owner AND s.number = e.session) UNION ALL "
            "(SELECT d.position, 1, d.collection, d.name, NULL, NULL, NULL, NULL, d.body, NULL "
            f"FROM {t['document']} AS d WHERE d.owner = %s AND d.position > %s ORDER BY d.position LIMIT %s) ORDER BY position LIMIT %s"
        )
        self.documents = (
            f"SELECT d.name, d.body, d.position FROM {t['document']} AS d WHERE d.owner = %s AND d.collection = %s AND d.body IS NOT NULL"
        )
        self.derived = f"SELECT d.part, d.position, d.body FROM {t['derived']} AS d WHERE d.owner = %s AND d.name = %s"
        self.expired = (
            f"SELECT o.tenant, o.kind, o.name, s.name FROM {t['session']} AS s JOIN {t['owner']} AS o ON o.owner = s.owner "
            "WHERE s.expires <= %s ORDER BY s.owner"
        )
        self.size = dialect.size.format(**t)

    def _make_writing(self, t: dict[str, str], dialect: Dialect) -> None:
        self.lock = f"SELECT head FROM {t['owner']} WHERE owner = %s FOR UPDATE"
        self.find = (
            f"SELECT s.number, s.count, s.tokens, s.created, s.updated, s.activity, s.ttl, s.expires, s.edition FROM {t['session']} AS s "
            "WHERE s.owner = %s AND s.name = %s"
        )
        self.known = (
            f"SELECT e.id, e.role, e.digest, e.position FROM {t['entry']} AS e WHERE e.owner = %s "
            f"AND e.session = (SELECT s.number FROM {t['session']} AS s WHERE s.owner = %s AND s.name = %s) AND e.id IN "
        )
        self.document_at = (
            f"SELECT d.position FROM {t['document']} AS d WHERE d.owner = %s AND d.collection = %s AND d.name = %s AND d.body IS NOT NULL"
        )
        self.make_owner = f"INSERT INTO {t['owner']} (owner, tenant, kind, name, head) VALUES (%s, %s, %s, %s, 0) {dialect.unless_there}"
        mark = f"(SELECT position FROM {t['watermark']})"
        self.raise_head = f"UPDATE {t['owner']} SET head = greatest(head, {mark}), floor = greatest(floor, 1 + {mark}) WHERE owner = %s"
        self.move_head = f"UPDATE {t['owner']} SET head = %s WHERE owner = %s"
        self.make_session = (
            f"INSERT INTO {t['session']} (owner, number, name, count, tokens, created, updated, activity, ttl, expires) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        )
        self.set_session = (
            f"UPDATE {t['session']} SET count = %s, tokens = %s, created = %s, updated = %s, activity = %s, ttl = %s, expires = %s "
            "WHERE owner = %s AND number = %s"
        )
        self.raise_edition = f"UPDATE {t['session']} SET tokens = tokens + %s, edition = edition + 1 WHERE owner = %s AND number = %s"
        self.remove_session = f"DELETE FROM {t['session']} WHERE owner = %s AND number = %s"
        self.remove_entries = f"DELETE FROM {t['entry']} WHERE owner = %s AND session = %s"
        self._add_entries = f"INSERT INTO {t['entry']} ({ENTRY_COLUMNS}) VALUES "
        self._rewriting = f" {dialect.rewriting}"
        self._put_documents = (
            f"INSERT INTO {t['document']} (owner, collection, name, position, body) VALUES ",
            f" {dialect.replacing}",
        )
        self._put_derived = f"INSERT INTO {t['derived']} (owner, name, part, position, body) VALUES "
        self.derived_at = f"SELECT d.position FROM {t['derived']} AS d WHERE d.owner = %s AND d.name = %s AND d.part = 0"
        self.floor = f"SELECT floor FROM {t['owner']} WHERE owner = %s"
        self.move_floor = f"UPDATE {t['owner']} SET floor = %s WHERE owner = %s"
        self.remove_derived = f"DELETE FROM {t['derived']} WHERE owner = %s AND name = %s"
        self.remove_all_derived = f"DELETE FROM {t['derived']} WHERE owner = %s"
        self.erase = [f"DELETE FROM {t[table]} WHERE owner = %s" for table in ("entry", "session", "document", "derived", "owner")]
        self.raise_watermark = f"UPDATE {t['watermark']} SET position = greatest(position, %s)"

    def number(self, owner: Owner) -> Any:
        """Return what the tables' column ``owner`` is compared with."""
        return self._number(owner_number(owner))

    def of_session(self, owner: Any, name: bytes, now: int) -> tuple[Any, ...]:
        """Return the first values of what reads entries of a session."""
        return (owner, name, now) if self._lateral else (owner, name, owner, owner, name, now)

    def entries_at(self, owner: Any, positions: Sequence[int], now: int) -> Statement:
        """Return what reads the entries at some positions, each with edition and name of its session."""
        return self._at(self._entries_at, owner, positions, now)

    def standing(self, owner: Any, positions: Sequence[int], now: int) -> Statement:
        """Return what reads position, id, role, time and tokens of the entries at some positions, with edition and name of their sessions."""
        return self._at(self._standing, owner, positions, now)

    def _at(self, sql: str, owner: Any, positions: Sequence[int], now: int) -> Statement:
        if not self._lateral:
            return sql.format(positions=marks(len(positions))), (now, owner, *positions)
        return sql.format(positions=", ".join(["(%s::bigint)"] * len(positions))), (*positions, owner, now)

    def add_entries(self, owner: Any, session: int, placed: Sequence[tuple[int, Entry]], *, replacing: bool = False) -> list[Statement]:
        """Return what inserts entries at their positions; where ``replacing``, what gives those that are there other tokens, digests and bodies."""
        sql, behind = f"({marks(9)})", self._rewriting if replacing else ""
        return [
            (self._add_entries + ", ".join([sql] * len(rows)) + behind, [value for row in rows for value in row])
            for rows in _chunks([(owner, session, n, e.id.encode(), e.role, e.created, e.tokens, e.digest, e.body) for n, e in placed])
        ]

    def put_documents(self, owner: Any, rows: Sequence[tuple[bytes, bytes, int, bytes | None]]) -> list[Statement]:
        """Return what writes documents: collection, name, position and body of each."""
        sql = f"({marks(5)})"
        insert, replacing = self._put_documents
        return [
            (insert + ", ".join([sql] * len(part)) + replacing, [value for row in part for value in row])
            for part in _chunks([(owner, *row) for row in rows])
        ]

    def put_derived(self, owner: Any, rows: Sequence[tuple[bytes, int, int, bytes]]) -> list[Statement]:
        """Return what writes parts: name, number, position and body of each."""
        sql = f"({marks(5)})"
        return [
            (self._put_derived + ", ".join([sql] * len(part)), [value for row in part for value in row])
            for part in _chunks([(owner, *row) for row in rows])
        ]


ROWS, BYTES = 500, 4 << 20
"""What one INSERT takes at the most: MySQL refuses long statements, PostgreSQL those with many values."""


def _chunks(rows: list[Row]) -> list[list[Row]]:
    chunks: list[list[Row]] = []
    room = 0
    for row in rows:
        size = len(row[-1] or b"")
        if not chunks or len(chunks[-1]) == ROWS or size > room:
            chunks.append([])
            room = BYTES
        chunks[-1].append(row)
        room -= size
    return chunks
