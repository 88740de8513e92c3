"""Values as they stand in SQL.

Bytes and text are written in hexadecimal digits, or in Base64 where they are long: no quote, no backslash, no character set and no
mode of the server can give them another meaning. What is sent is ASCII throughout.
"""

from binascii import b2a_base64
from collections.abc import Callable
from typing import Any

from recollect.store.relational import Statement

LONG = 64 << 10
"""From so many bytes on, Base64 takes a value: 4 bytes for 3 instead of 2 for 1, but a function's call on the server."""


def rendered(statement: Statement) -> str:
    """Return the SQL of a statement with its values put in."""
    sql, values = statement
    return sql % tuple([_WRITERS[type(value)](value) for value in values])


def _bytes(value: bytes) -> str:
    if len(value) < LONG:
        return f"X'{value.hex()}'"
    return f"FROM_BASE64('{b2a_base64(value, newline=False).decode()}')"


_WRITERS: dict[type, Callable[[Any], str]] = {
    int: str,
    bytes: _bytes,
    type(None): lambda _: "NULL",
    str: lambda value: f"_utf8mb4 X'{value.encode().hex()}'",
}
