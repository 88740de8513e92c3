"""What the errors of MySQL and MariaDB mean to a caller."""

import pymysql

from recollect.errors import Busy, Damaged, Outcome, StorageFull, StoreError

PACKET = (
    "the call is above what the server takes at once (max_allowed_packet), of which a message can have three quarters; "
    "raise it on the server, for example to 64M, or shorten the message"
)

_Meaning = tuple[type[StoreError], str]

_RIGHTS: _Meaning = (StoreError, "the user lacks a right on the tables; see the page on MySQL for the GRANTs")
_REFUSED: _Meaning = (StoreError, "the server refuses the user; check the name, the password, and from which hosts it may come")
_DISK: _Meaning = (StorageFull, "the server's disk is full; free some space and repeat the call")
_MEMORY: _Meaning = (StoreError, "the server has run out of memory; see its log, and repeat the call")
_READ_ONLY: _Meaning = (StoreError, "the server only reads: it is a replica, or was set so; connect to the primary")
_CONNECTIONS: _Meaning = (Busy, "the server has no more connections; try again, use a smaller pool=…, or raise its max_connections")
_AGAIN: _Meaning = (Busy, "the server kept giving the transaction up for the sake of others; try again")
_SLOW: _Meaning = (Busy, "the statement was cancelled, or took longer than the server lets it; try again")
_ENDED: _Meaning = (StoreError, "the server ended the connection: it was stopped, or an administrator did it; repeat the call")
_DAMAGED: _Meaning = (Damaged, "the server found a damaged table; see its log, and restore it from a backup")
_NO_TABLE: _Meaning = (
    StoreError,
    "a table of Recollect's is not there; if it was dropped, restore it from a backup; where all are gone, opening the store makes new ones",
)
_FOREIGN: _Meaning = (StoreError, "a table of this name is somebody else's, or was changed; choose another prefix=…")

_MEANINGS: dict[int, _Meaning] = {
    1205: (Busy, "other writers held the same owner for longer than the bounded wait; try again"),
    **dict.fromkeys((1020, 1213, 3101), _AGAIN),
    **dict.fromkeys((1040, 1203, 1226), _CONNECTIONS),
    **dict.fromkeys((1317, 1969, 3024), _SLOW),
    1047: (Busy, "this node of the cluster is not ready; try again"),
    **dict.fromkeys((1021, 1114, 3675), _DISK),
    **dict.fromkeys((1037, 1038, 1041, 1135), _MEMORY),
    1153: (StorageFull, PACKET),
    **dict.fromkeys((1290, 1792, 1836), _READ_ONLY),
    **dict.fromkeys((1045, 1130, 1698, 1820, 1862, 3118, 4151), _REFUSED),
    1044: (StoreError, "there is no such database, or the user may not use it; see the page on MySQL for what to create and to grant"),
    **dict.fromkeys((1142, 1143, 1227, 1370), _RIGHTS),
    1049: (StoreError, "there is no such database; create it first"),
    1146: _NO_TABLE,
    **dict.fromkeys((1050, 1054, 1347), _FOREIGN),
    **dict.fromkeys((1034, 1035, 1194, 1195, 1712, 1877, 1932), _DAMAGED),
    1665: (StoreError, "binlog_format=STATEMENT does not go with READ COMMITTED; set it to ROW or MIXED on the server"),
    **dict.fromkeys((1053, 1927, 4031), _ENDED),
    **dict.fromkeys((2002, 2003, 2005), (StoreError, "no connection could be made; check that the server runs, and its address")),
    2026: (StoreError, "no connection over TLS could be made; check ssl_mode, ssl_ca and the server's certificate"),
}
"""By error number: what the server calls ER_…, from 2000 on what the client calls CR_…."""

LOST = "the server cannot be reached, or the connection was lost; check that it runs, and repeat the call"

REPEATABLE = frozenset({1020, 1213, 3101})
"""Deadlocks and what clusters make of them: the server has rolled back, and asks for another attempt."""

UNCERTAIN = frozenset({1053, 1180, 1317, 1598})
"""What may come in answer to a COMMIT that was, or may yet be, carried out."""

ELSEWHERE = frozenset({1047, 1053, *(number for number, meaning in _MEANINGS.items() if meaning is _READ_ONLY)})
"""The connection is in order, but the next one may lead to a better server."""

_NO_SPACE = ("error 28 ", "error 122 ", "errno: 28 ", "errno: 122 ", "No space left")
"""ENOSPC and EDQUOT, within what the server says of a failure of its storage engine."""


def number_of(error: pymysql.MySQLError) -> int:
    """Return the error's number; 0 where the driver gives none."""
    number = error.args[0] if error.args else 0
    return number if isinstance(number, int) else 0


def translate(error: pymysql.MySQLError, outcome: Outcome = "failed") -> StoreError:
    """Return our error for one of the driver's."""
    number = number_of(error)
    said = " ".join(str(part) for part in error.args[1:]) or str(error)
    ours, advice = _DISK if any(text in said for text in _NO_SPACE) else _MEANINGS.get(number) or _unnamed(number)
    return ours(f"{advice} (error {number}: {said})", outcome)


def _unnamed(number: int) -> _Meaning:
    """Return what a number means that is not in the table."""
    return StoreError, LOST if number == 0 or number in range(2000, 3000) else "MySQL failed"
