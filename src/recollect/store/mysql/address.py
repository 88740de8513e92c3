"""What a URL of MySQL says."""

import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pymysql
from msgspec import Struct
from pymysql.constants import CLIENT

from recollect.errors import Invalid
from recollect.store.hosts import is_host
from recollect.store.mysql.connection import Connection, seconds

FORM = "mysql://user:password@host:3306/database?prefix=…&pool=10&wait=30&unix_socket=…&ssl_mode=verify_identity&ssl_ca=…"

MODES = ("disabled", "preferred", "required", "verify_ca", "verify_identity")
"""Of TLS, as MySQL's own programs name them."""

CONNECT, WRITE, READ = 10.0, 30.0, 60.0
"""Seconds for which the driver waits unless it is told otherwise. READ begins when a lock would have been waited for in vain."""


class Address(Struct, frozen=True):
    """Where the tables are: what the driver is to connect to (with the password), and the store's own settings as ``MySQLStore`` takes them."""

    driver: dict[str, Any]
    tls: dict[str, str]
    settings: dict[str, Any]

    def __repr__(self) -> str:
        """Leave out what may hold a password."""
        return f"Address({self.settings})"


def address(url: str) -> Address:
    """Take a URL apart.

    Raises:
        Invalid: it cannot be understood. The message does not repeat it, since it may hold a password.

    """
    try:
        parts = urlsplit(url)
        name = unquote(parts.path.removeprefix("/"), errors="strict")
        options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), errors="strict")
        driver: dict[str, Any] = {
            "host": parts.hostname or "localhost",
            "port": parts.port or 3306,
            "user": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password or "").encode(),
            "database": name,
        }
    except ValueError:
        raise Invalid(f"the URL cannot be understood; use the form {FORM}") from None  # it repeats the URL
    if parts.scheme not in {"mysql", "mariadb"} or not name or "/" in name or "\x00" in name or parts.fragment:
        raise Invalid(f"the URL names no database; use the form {FORM}")
    if not is_host(driver["host"]):
        raise Invalid(f"the URL's host is none; use the form {FORM}")
    settings: dict[str, Any] = {}
    tls: dict[str, str] = {}
    for key, value in options:
        if key in _OWN:
            settings[key] = _parse(_OWN, key, value)
        elif key in _DRIVER:
            driver[key] = _parse(_DRIVER, key, value)
        elif key in _TLS:
            tls[key] = value
        else:
            raise Invalid(f"there is no option {key!r}; use the form {FORM}")
    if tls.get("ssl_mode", MODES[0]) not in MODES:
        raise Invalid(f"ssl_mode={tls['ssl_mode']!r} is none of {', '.join(MODES)}")
    return Address(driver, tls, settings)


def maker(there: Address, wait: float) -> Callable[[], Connection]:
    """Return what makes a connection to an address. ``wait``: the seconds for which the server may keep a statement waiting for a lock."""
    patience = {"connect_timeout": CONNECT, "write_timeout": WRITE, "read_timeout": seconds(wait) + READ}
    options = {**patience, **there.driver, **_tls(there.tls), "charset": "utf8mb4", "autocommit": None, "client_flag": CLIENT.MULTI_STATEMENTS}
    patient = options.pop("read_timeout")
    greeting = min(options["connect_timeout"], patient)

    def make() -> Connection:
        connection: Connection = pymysql.connect(**options, read_timeout=greeting)  # else a server that is stuck would hold its greeting for longer
        connection._read_timeout = patient  # type: ignore[attr-defined]  # noqa: SLF001  # the driver has no other way
        return connection

    return make


def _tls(given: dict[str, str]) -> dict[str, Any]:
    """Return what the driver is told of TLS. A certificate of an authority is checked, with the server's name, unless ``ssl_mode`` says less."""
    mode = given.get("ssl_mode", "verify_identity" if given.get("ssl_ca") else "required" if given else "preferred")
    if mode == "disabled":
        return {"ssl_disabled": True}
    if mode == "preferred":
        return {}
    try:
        context = ssl.create_default_context(cafile=given.get("ssl_ca"))
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # which refuses the certificates that MySQL makes for itself
        context.check_hostname = mode == "verify_identity"
        context.verify_mode = ssl.CERT_REQUIRED if mode in {"verify_ca", "verify_identity"} else ssl.CERT_NONE
        if "ssl_cert" in given:
            context.load_cert_chain(given["ssl_cert"], given.get("ssl_key"), given.get("ssl_key_password"))
    except (OSError, ValueError) as error:
        raise Invalid(f"the files of ssl_ca, ssl_cert and ssl_key cannot be used: {error}") from error
    return {"ssl": context}


def _parse(known: dict[str, Callable[[str], Any]], key: str, value: str) -> Any:
    try:
        return known[key](value)
    except ValueError as error:
        raise Invalid(f"{key}={value!r} is no value for it; use the form {FORM}") from error


def _seconds(text: str) -> float:
    if not 0 < float(text) < 1e6:  # noqa: PLR2004
        raise ValueError(text)
    return float(text)


_OWN: dict[str, Callable[[str], Any]] = {"prefix": str, "pool": int, "wait": float}

_DRIVER: dict[str, Callable[[str], Any]] = {
    "unix_socket": str,
    "connect_timeout": _seconds,
    "read_timeout": _seconds,
    "write_timeout": _seconds,
}

_TLS = frozenset({"ssl_mode", "ssl_ca", "ssl_cert", "ssl_key", "ssl_key_password"})
