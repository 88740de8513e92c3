"""What a URL of PostgreSQL says: what is libpq's, and what is ours."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import psycopg
from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from recollect.errors import Invalid
from recollect.store.hosts import is_host, is_text

FORM = "postgresql://user:password@host:5432/database?schema=…&prefix=…&pool=10&wait=30&prepare=auto&read_timeout=90"

PREPARE = {"auto": None, "on": True, "off": False}

_PATIENCE = {"connect_timeout": "10", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": "30000"}
"""Where libpq is not told otherwise: so that a server that vanished without a word is noticed within half a minute."""


class Address(Struct, frozen=True):
    """Where the tables are: what libpq is to connect to (with the password), and the store's own settings as ``PostgreSQLStore`` takes them."""

    conninfo: str
    settings: dict[str, Any]

    def __repr__(self) -> str:
        """Leave out what may hold a password."""
        return f"Address({self.settings})"


def address(url: str) -> Address:
    """Take a URL apart.

    Raises:
        Invalid: it cannot be understood. The message does not repeat it, since it may hold a password.

    """
    base, _, query = url.partition("?")
    authority, _, path = base.partition("://")[2].partition("/")
    if "@" in path or "@" in authority.partition("@")[2][1:]:  # libpq would take a part of the password for the host, and tell it
        raise Invalid(f"the URL has an @ behind its host; write %40 for @ and %2F for / in a password; use the form {FORM}")
    settings: dict[str, Any] = {}
    foreign = []
    for item in query.split("&") if query else []:
        key, _, value = item.partition("=")
        if key in _OWN:
            settings[key] = _parse(key, unquote(value))
        else:
            foreign.append(item)
    return Address(complete("?".join([base, "&".join(foreign)] if foreign else [base])), settings)


def complete(conninfo: str) -> str:
    """Return what libpq is given: text is in UTF-8, also where a database has no encoding; and our patience where it says nothing of its own."""
    try:
        given = conninfo_to_dict(conninfo)
        whole = make_conninfo(conninfo, **{key: value for key, value in _PATIENCE.items() if key not in given}, client_encoding="UTF8")
    except (psycopg.Error, UnicodeError):
        raise Invalid(f"libpq does not understand the URL, or an option behind its ?; use the form {FORM}") from None  # it repeats the URL
    hosts = str(given.get("host") or "").split(",")
    if not is_text(conninfo) or not all(host.startswith(("/", "@")) or is_host(host) for host in hosts if host):
        raise Invalid(f"the URL's host is none, or it has a character that libpq cannot take; use the form {FORM}")
    return whole


def _parse(key: str, value: str) -> Any:
    try:
        return _OWN[key](value)
    except (KeyError, ValueError) as error:
        raise Invalid(f"{key}={value!r} is no value for it; use the form {FORM}") from error


_OWN: dict[str, Callable[[str], Any]] = {
    "schema": str,
    "prefix": str,
    "pool": int,
    "wait": float,
    "read_timeout": float,
    "prepare": PREPARE.__getitem__,
}
