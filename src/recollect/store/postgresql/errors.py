"""What PostgreSQL's errors mean to a caller."""

import psycopg

from recollect.errors import Busy, Damaged, Outcome, StorageFull, StoreError

_MEANINGS: dict[str, tuple[type[StoreError], str]] = {
    "55P03": (Busy, "other writers held the same owner for longer than the bounded wait; try again"),
    "57014": (Busy, "the statement was cancelled, or took longer than the server's statement_timeout; try again"),
    "40": (Busy, "the server kept giving the transaction up for the sake of others; try again"),
    "53300": (Busy, "the server has no more connections for this user; try again, or raise its max_connections"),
    "57P03": (Busy, "the server is starting up or shutting down; try again"),
    "53100": (StorageFull, "the server's disk is full; free some space and repeat the call"),
    "53": (StoreError, "the server has run out of a resource; see its log, and repeat the call"),
    "54": (StoreError, "a value is above one of PostgreSQL's limits"),
    "25006": (StoreError, "the server only reads: it is a standby, or was set so; connect to the primary (target_session_attrs=read-write)"),
    "25": (StoreError, "the connection was in a transaction of somebody else's; give connections that are idle"),
    "28": (StoreError, "the server refuses the user; check the name, the password and pg_hba.conf"),
    "3D000": (StoreError, "there is no such database; create it first"),
    "42501": (StoreError, "the user lacks a right on the tables; see the page on PostgreSQL for the GRANTs"),
    "42P01": (
        StoreError,
        "a table of Recollect's is not there; if it was dropped, restore it from a backup; where all are gone, opening the store makes new ones",
    ),
    "42P07": (StoreError, "a table or view of this name is somebody else's; choose another prefix=… or schema=…"),
    "42703": (StoreError, "a table of this name is somebody else's, or was changed; choose another prefix=… or schema=…"),
    "3F000": (StoreError, "there is no such schema; create it first"),
    "XX001": (Damaged, "the server found damaged data; restore it from a backup"),
    "XX002": (Damaged, "the server found a damaged index; rebuild it with REINDEX"),
    "57": (StoreError, "the server ended the connection: it was stopped, or an administrator did it; repeat the call"),
    "08": (StoreError, "the connection to the server was lost; repeat the call"),
}
"""By SQLSTATE, or the class that it begins with."""

LOST = "the server cannot be reached, or the connection was lost; check that it runs, and repeat the call"

REPEATABLE = frozenset({"40001", "40P01"})
"""Serialisation failures and deadlocks: the server has rolled back, and asks for another attempt."""

ELSEWHERE = frozenset({"25006", "57P03"})
"""The connection is in order, but the next one may lead to a better server."""


def translate(error: psycopg.Error, outcome: Outcome = "failed") -> StoreError:
    """Return our error for one of the driver's."""
    state = error.sqlstate or ""
    ours, advice = _MEANINGS.get(state) or _MEANINGS.get(state[:2]) or _unnamed(error)
    said = error.diag.message_primary or " ".join(str(error).split())  # the detail may hold what somebody wrote
    return ours(f"{advice} (PostgreSQL says: {said})", outcome)


def _unnamed(error: psycopg.Error) -> tuple[type[StoreError], str]:
    """Return what an error means that came without a SQLSTATE, or with an unknown one."""
    if error.sqlstate is None and isinstance(error, psycopg.OperationalError):
        return StoreError, LOST
    return StoreError, "PostgreSQL failed"
